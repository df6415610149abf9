"""Two views a hand's width apart: near and far parts of an item move apart, a picture moves as one sheet.

Asked of the photo's middle alone: a screen or a print stands in a room, and the room has depth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspection.photo.active.answers import Depth, Views
from inspection.photo.active.matching import SIDE, Matches, matched, middle_of, still, working_size
from inspection.photo.active.plane import left_over
from inspection.photo.photo import Picture

# Chosen on 720 built flat pairs and on the real pairs of docs/active_capture.md.
_INNER, _WIDER = 0.5, 0.75  # shares of the photo's height and width
_INNER_WITHIN, _WIDER_WITHIN = 2.6, 3.2  # px: what a plane, or a bent sheet, may leave unexplained
_FARTHEST = 80.0  # px: an item a hand deep moves less; what moves more is mirrored, or mismatched
_LEAST_POINTS = 50
_LEAST_STILL = 0.55
_DEPTH_FROM = ((0.12, 3, 0.05, 3), (0.10, 2, 0.20, 8))
"""Share and places off the plane in the inner part, then off the bent sheet around: either row will do."""
_NEAREST, _NEAREST_SHARE, _NEAREST_WITHIN, _LEAST_NEAREST_OFF = 30, 0.2, 1.0, 0.18
"""Of so many points nearest to the middle, or all within that share of the photo if more, enough must leave
a plane of their own by so many px: a phone's screen may be small."""
_SAME_PLACE = 8.0  # px
_CELLS = 12  # places a side


@dataclass(frozen=True, slots=True, kw_only=True)
class _Apart:
    """What a sheet does not explain."""

    points: int
    still: float
    off: float = 0.0
    places: int = 0
    parallax: float = 0.0


def look_twice(first: Picture, second: Picture) -> Depth:
    """Is there depth in the middle of what two photos from two places show?

    The photos may differ in size and light. Same arguments, same answer. Raises nothing for any two pictures.
    """
    one, other = working_size(first), working_size(second)
    if one is None or other is None:
        return Depth(why=Views.TOO_SMALL)
    matches = matched(one, other)
    inner = middle_of(matches, one.shape, _INNER)
    bent = _apart(middle_of(matches, one.shape, _WIDER), one.shape, degree=3, within=_WIDER_WITHIN)
    flat = _apart(inner, one.shape, degree=1, within=_INNER_WITHIN)
    nearest = _off_nearest(inner, one.shape)
    return Depth(
        why=_why(flat, bent, nearest=nearest, moved=_moved(inner)),
        points=flat.points,
        still=flat.still,
        off_sheet=flat.off,
        places=flat.places,
        off_bent=bent.off,
        bent_places=bent.places,
        off_nearest=nearest,
        parallax=flat.parallax / SIDE,
    )


def _why(flat: _Apart, bent: _Apart, *, nearest: float, moved: float) -> Views:
    if flat.still < _LEAST_STILL and flat.points >= 15:
        return Views.NOT_ONE_SCENE
    if flat.points < _LEAST_POINTS:
        return Views.TOO_LITTLE_DETAIL
    seen = (flat.off, flat.places, bent.off, bent.places)
    enough = any(all(has >= least for has, least in zip(seen, row, strict=True)) for row in _DEPTH_FROM)
    if enough and nearest >= _LEAST_NEAREST_OFF:
        return Views.DEPTH
    return Views.SAME_PLACE if moved < _SAME_PLACE else Views.FLAT


def _off_nearest(matches: Matches, shape: tuple[int, ...]) -> float:
    """The share of the points nearest to the photo's middle that leave the plane they fit best."""
    height, width = shape[:2]
    kept = still(matches)
    aside = 2 * np.abs(kept.first / [width, height] - 0.5).max(1)
    reach = max(_NEAREST_SHARE, float(np.sort(aside)[min(_NEAREST, len(kept)) - 1])) if len(kept) else 0.0
    near = kept.only(aside <= reach)
    rest = left_over(near, degree=1, within=_NEAREST_WITHIN)
    return 0.0 if rest is None else float((np.linalg.norm(rest, axis=1) > _NEAREST_WITHIN).mean())


def _moved(matches: Matches) -> float:
    """Median distance, in px, between where a point is in one photo and in the other."""
    return float(np.median(np.linalg.norm(matches.second - matches.first, axis=1))) if len(matches) else 0.0


def _apart(matches: Matches, shape: tuple[int, ...], *, degree: int, within: float) -> _Apart:
    kept = still(matches)
    share = len(kept) / max(len(matches), 1)
    rest = left_over(kept, degree=degree, within=within)
    if rest is None:
        return _Apart(points=len(kept), still=share)
    far = np.linalg.norm(rest, axis=1)
    off = (far > within) & (far < _FARTHEST)
    return _Apart(
        points=len(kept),
        still=share,
        off=float(off.mean()),
        places=_places(kept, rest, off, shape),
        parallax=float(np.median(far[off])) if off.any() else 0.0,
    )


def _places(
    matches: Matches, rest: NDArray[np.float64], off: NDArray[np.bool_], shape: tuple[int, ...]
) -> int:
    """Cells of the photo where most points leave the sheet, and leave it together.

    Where a reflection lies over a picture, or matches are false, neighbours disagree.
    """
    height, width = shape[:2]
    column, row = np.floor(matches.first * _CELLS / [width, height]).astype(int).T
    cell = row * _CELLS + column
    return sum(
        _together(rest[(cell == each) & off], int((cell == each).sum())) for each in np.unique(cell[off])
    )


def _together(moves: NDArray[np.float64], points: int) -> bool:
    if len(moves) < 2 or len(moves) < 0.6 * points:
        return False
    typical = np.median(moves, axis=0)
    spread = np.median(np.linalg.norm(moves - typical, axis=1))
    return bool(spread < 0.35 * np.linalg.norm(typical) + 1)
