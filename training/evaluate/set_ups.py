"""Real damage against references that were taken otherwise: turned, in other light, on another ground."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from inspection.photo.photo import Picture
from inspection.vision.references import SETUP_TO, reference_scores
from training.data import Example, Split, trainable
from training.evaluate.cookies import DRAWINGS, Tray, names
from training.evaluate.rows import Figure, Goal, Row, absent, measured
from training.evaluate.sets import here
from training.measures import Rows, Scores, Truths, auroc
from training.scenes import photo

Change = Callable[[np.random.Generator, Picture], Picture]

ABSTAINS = 0.95
"""The share left unjudged from which there is no figure to reach: nothing is claimed."""
LEAST_SPECK = 0.01
"""Of the photo: a smaller piece of what looks like cookie is a crumb, a smaller gap in it chocolate."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """All returns against one drawing; NaN where the cookie is itself a reference."""

    damage: Scores
    judged: Truths


def set_up_rows(tray: Tray | None) -> Iterator[Row]:
    """With 1 and 3 references, each change apart."""
    for on, goal, change, how in _changes():
        if tray is None or (change is _elsewhere and not here("clothing")):
            yield from (absent(_claim(count), on, goal) for count in (1, 3))
            continue
        returns = tray.returns
        seen = [tray.see(change(tray.plan.rng(on, e.path.name), photo(e.path))).features for e in returns]
        for count in (1, 3):
            asked = []
            for drawing in tray.drawings(count):
                scores = [reference_scores(one, drawing.bank) for one in seen]
                unknown = np.array([e not in drawing.drawn for e in returns])
                damage = np.where(unknown, [one.damage for one in scores], np.nan)
                judged = unknown & np.array([one.setup < SETUP_TO for one in scores])
                asked.append(Asked(damage=damage, judged=judged))
            yield _row(count, on, goal, how, returns, asked)


def _row(count: int, on: str, goal: Goal, how: str, returns: Sequence[Example], asked: list[Asked]) -> Row:
    truths = np.array([e.label == "damaged" for e in returns])
    everything = np.arange(len(returns))
    unjudged = 1 - sum(int(one.judged.sum()) for one in asked) / sum(_known(one).sum() for one in asked)
    among = _mean(asked, truths, judged=True)(everything)
    note = f"{unjudged:.0%} left unjudged, AUROC of the others {among:.3f}; {how}"
    row = measured(
        _claim(count), on, _mean(asked, truths, judged=False), names(returns), goal=goal, note=note
    )
    if on != GROUND:
        return row
    if unjudged >= ABSTAINS:
        return replace(row, figure=float("nan"), low=float("nan"), high=float("nan"), met=True)
    return measured(
        _claim(count) + ", of those it judges", on, _mean(asked, truths, judged=True), names(returns),
        goal=goal, note=f"{unjudged:.0%} left unjudged, AUROC of all {row.figure:.3f}; {how}",
    )  # fmt: skip


def _known(asked: Asked) -> Truths:
    return ~np.isnan(asked.damage)


def _mean(asked: Sequence[Asked], truths: Truths, *, judged: bool) -> Figure:
    """Over the drawings that leave both whole and broken ones."""

    def figure(rows: Rows) -> float:
        found = []
        for one in asked:
            kept = rows[(one.judged if judged else _known(one))[rows]]
            found.append(auroc(one.damage[kept], truths[kept]))
        there = [value for value in found if not np.isnan(value)]
        return float(np.mean(there)) if there else float("nan")

    return figure


def _claim(count: int) -> str:
    return f"damaged, {count} reference{'s' * (count > 1)}, other set-up: AUROC"


GROUND = "real cookies, on another ground"


def _changes() -> tuple[tuple[str, Goal, Change, str], ...]:
    by_code = f"changed by code; {DRAWINGS} drawings of references"
    return (
        ("real cookies, in another pose", Goal(bound=0.97), _posed, by_code),
        ("real cookies, in other light", Goal(bound=0.97), _relit, by_code),
        (GROUND, Goal(bound=0.90), _elsewhere, f"cut out by the tray's grey, no mask asked; {by_code}"),
    )


def _posed(rng: np.random.Generator, picture: Picture) -> Picture:
    """Turned any way, nearer or farther by a fifth, moved by up to 5 %, mirrored beyond the edges."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-180, 180), rng.uniform(0.8, 1.2))
    turn[:, 2] += rng.uniform(-0.05, 0.05, 2) * np.array((width, height))
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101))


def _relit(rng: np.random.Generator, picture: Picture) -> Picture:
    """From 0.6 to 1.4 times as bright, another cast and tone, and brighter on one side: a lamp near by."""
    height, width = picture.shape[:2]
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lamp = 1 + fall * (np.cos(angle) * columns + np.sin(angle) * rows)
    gain = rng.uniform(0.6, 1.4) * rng.uniform(0.85, 1.15, 3)
    toned = (picture / 255) ** rng.uniform(0.8, 1.25)
    return np.asarray(np.clip(255 * toned * gain * lamp[..., None], 0, 255), np.uint8)


def _elsewhere(rng: np.random.Generator, picture: Picture) -> Picture:
    """The cookie and its pieces on a photo of somebody's garment."""
    grounds = trainable("clothing")[Split.TEST]
    height, width = picture.shape[:2]
    ground = photo(grounds[int(rng.integers(len(grounds)))].path)
    behind = cv2.resize(ground, (width, height), interpolation=cv2.INTER_AREA)
    share = cv2.GaussianBlur(cut_out(picture).astype(np.float32), (5, 5), 0)[..., None]
    return np.clip(picture * share + behind * (1 - share), 0, 255).astype(np.uint8)


def cut_out(picture: Picture) -> Truths:
    """(h, w): what is coloured and bright as a cookie on a grey tray, its chocolate too; no mask is asked."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    found = ((hsv[..., 1] > 60) & (hsv[..., 2] > 90)).astype(np.uint8)
    closed = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return ~_large(~_large(closed > 0))


def _large(marked: Truths) -> Truths:
    """Without specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8))
    kept = stats[:, cv2.CC_STAT_AREA] >= LEAST_SPECK * marked.size
    kept[0] = False
    return np.asarray(kept[labels])
