"""Returns of items that there are photos of: the item itself, damaged since, on a screen, or another one."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from inspection.photo.photo import Picture
from inspection.verdict.grading import Grade
from training import synthesize
from training.data import Example, Split, split_of, trainable
from training.evaluate.case import Case, Truth, encoded
from training.evaluate.sets import Plan, damaged, on_a_screen, truth_of
from training.scenes import photo, possible_kinds

MOST = 3
Files = tuple[Callable[[], bytes], ...]


def same_set_up(plan: Plan, source: str, part: Split) -> Iterator[Case]:
    """Garments and shoes whose references show the scene a moment earlier: the kindest case there is."""
    members = plan.some([e for e in trainable(source)[part] if e.label != "stock_photo"])
    for example in members:
        rng, picture = plan.rng("references", source, example.path.name), photo(example.path)
        kept = tuple(encoded(again(rng, picture)) for _ in range(MOST))
        truth = replace(truth_of(source, example, part), references=MOST, set_up="same", same=True)
        others = [e for e in members if e.group != example.group]
        yield from _returns(plan, truth, (example, again(rng, picture)), others, tuple(map(_kept, kept)))


def other_photos(plan: Plan, part: Split) -> Iterator[Case]:
    """Packages whose references are other photos of the product, from another shelf as a rule.

    What is returned is a photo of this split; references may be any photos of the product.
    """
    by_product: dict[str, list[Example]] = defaultdict(list)
    returned = []
    for split, members in trainable("grocery").items():
        for example in members:
            if example.label != "stock_photo" and product_part(example) is part:
                by_product[example.category].append(example)
                returned += [example] if split is part else []
    everything = [one for members in by_product.values() for one in members]
    for example in plan.some(returned):
        mine = [one for one in by_product[example.category] if one.path != example.path]
        if mine:
            truth = truth_of("grocery", example, part)
            truth = replace(truth, references=min(MOST, len(mine)), set_up="other", same=True)
            others = [one for one in everything if one.category != example.category]
            kept = tuple(one.path.read_bytes for one in mine[:MOST])
            yield from _returns(plan, truth, (example, photo(example.path)), others, kept)


def product_part(example: Example) -> Split:
    """Half of the products calibrate comparison, half are judged; as `training.pairs` divides them."""
    return split_of(example.category.removeprefix("Packages/"), train=0.0, calibrate=0.5)


def _returns(
    plan: Plan, truth: Truth, taken: tuple[Example, Picture], others: Sequence[Example], kept: Files
) -> Iterator[Case]:
    """The item as it came back, damaged, photographed from a screen; and another item in its place."""
    example, picture = taken
    rng = plan.rng("returns", truth.source, example.path.name)
    yield Case(truth=truth, photo=partial(encoded, picture), references=kept)
    kind = int(rng.choice(possible_kinds(truth.source)))
    yield replace(damaged(plan, truth, picture, kind), references=kept)
    screen = on_a_screen(plan, truth, example, picture)
    yield replace(screen, references=kept)
    if others:
        alike = [one for one in others if one.category == example.category] or list(others)
        other = alike[int(rng.integers(len(alike)))]
        wrong = replace(truth, sort="other_item", same=False, damaged=None, grades=frozenset[Grade]())
        yield Case(truth=wrong, photo=other.path.read_bytes, references=kept)


def again(rng: np.random.Generator, picture: Picture) -> Picture:
    """The same scene a moment later: turned up to 4°, a little nearer or aside, tilted, the light 15 % off.

    Not the changes that calibration uses (`training.pairs`): it should hold for others as well.
    """
    height, width = picture.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-4, 4), rng.uniform(0.96, 1.04))
    moved = cv2.transform(corners[None], turn)[0] + rng.uniform(-0.02, 0.02, (4, 2)) * (width, height)
    view = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(picture, view, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    relit = np.clip(seen * rng.uniform(0.85, 1.15), 0, 255).astype(np.uint8)
    return synthesize.camera(rng, relit)


def _kept(file: bytes) -> Callable[[], bytes]:
    return lambda: file
