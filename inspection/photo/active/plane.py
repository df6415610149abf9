"""The one smooth sheet that explains most matches: a plane, and a gentle bend of it where allowed."""

import cv2
import numpy as np

from inspection.photo.active.matching import Matches, Points

_ROUNDS = 6
_STIFFNESS = 3e-4  # of the bend, a match: keeps it from swinging where no match holds it


def left_over(matches: Matches, *, degree: int, within: float) -> Points | None:
    """How far each point ends from where the sheet would carry it: (n, 2) px; None where none fits.

    A plane carries points by a homography. What a lens, a rolling shutter or a bowed sheet adds is smooth:
    a polynomial of `degree` 1 to 3 in x and y, fitted to the points that it brings `within` so many pixels.
    """
    if len(matches) < 12:
        return None
    try:
        sheet, _ = cv2.findHomography(
            matches.first, matches.second, cv2.USAC_MAGSAC, 2.0, maxIters=3000, confidence=0.999
        )
    except cv2.error:
        return None
    if sheet is None or not np.isfinite(sheet).all():
        return None
    carried = _carried(np.asarray(sheet, np.float64), matches.first)
    if not np.isfinite(carried).all():
        return None
    return matches.second - _bent(matches, carried, degree=degree, within=within)


def _carried(sheet: Points, points: Points) -> Points:
    ahead = np.hstack([points, np.ones((len(points), 1))]) @ sheet.T
    with np.errstate(divide="ignore", invalid="ignore"):  # on the horizon: not finite, and told so above
        return np.asarray(ahead[:, :2] / ahead[:, 2:])


def _bent(matches: Matches, carried: Points, *, degree: int, within: float) -> Points:
    """The sheet with its bend, fitted anew to fewer and fewer outsiders."""
    terms = _terms(matches.first, degree)
    stiff = np.eye(terms.shape[1]) * _STIFFNESS * len(matches)
    fitted, reach = carried, 3 * within
    for _ in range(_ROUNDS):
        near = np.linalg.norm(matches.second - fitted, axis=1) < reach
        if near.sum() < 12:
            break
        held = terms[near]
        bend = np.linalg.solve(held.T @ held + stiff, held.T @ (matches.second - carried)[near])
        fitted, reach = carried + terms @ bend, max(0.75 * within, 0.75 * reach)
    return fitted


def _terms(points: Points, degree: int) -> Points:
    """(n, k): every product of x and y up to `degree`, of points within about [-1, 1]."""
    centred = points - points.mean(0)
    x, y = (centred / (np.abs(centred).max() + 1e-6)).T
    return np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], 1)
