"""Pairs for what references answer: the same item or another, damaged since or not; scored as in serving."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inspection.photo.photo import Picture
from inspection.vision.borders import middle
from inspection.vision.features import Features, ReferenceFeatures, features_of, read_reference
from inspection.vision.points import OF_QUERY, points_of
from inspection.vision.preprocess import letterbox
from inspection.vision.references import SETUP_TO, ReferenceScores, build_bank, reference_scores
from inspection.vision.runtime import Runtime, blank
from training import synthesize
from training.data import Example, Split, data_folder, read_manifest, split_of, trainable
from training.engine import tracked
from training.recipe import Recipe
from training.scenes import photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One query against one bank of references."""

    scores: ReferenceScores
    same: bool
    damaged: bool
    references: int
    test: bool


@dataclass(frozen=True, kw_only=True)
class Comparer:
    """Reads pictures with the graph that will be served."""

    runtime: Runtime
    view_side: int
    crop_side: int

    @cached_property
    def _blank(self) -> NDArray[np.uint8]:
        return blank(self.crop_side)

    def query(self, picture: Picture) -> Features:
        """A photo's features."""
        square, placement = letterbox(picture, self.view_side)
        points = points_of(middle(picture), OF_QUERY)
        return features_of(self.runtime.run(square[None], self._blank), 0, placement, points)

    def reference(self, picture: Picture) -> ReferenceFeatures:
        """A reference's, with its copies."""
        sha256 = hashlib.sha256(picture.tobytes()).hexdigest()
        return read_reference(self.runtime, picture, sha256, view=self.view_side, crop=self.crop_side)


def same_set_up(comparer: Comparer, recipe: Recipe, items: int) -> list[Pair]:
    """Held-out photos, re-posed and relit: as references, as clean and as damaged returns.

    Half of the references and returns are also bent, turned and relit further, as another specimen would be:
    copies alone teach a calibration that calls every other specimen damaged.
    """
    found = []
    for example, test in tracked(list(_held_out(recipe, items)), "pairs in one set-up"):
        rng = np.random.default_rng(
            [recipe.seed, int(hashlib.sha256(example.path.read_bytes()).hexdigest()[:8], 16)]
        )
        picture = photo(example.path)
        count = int(rng.choice([1, 3]))
        again = _other_specimen if rng.random() < 0.5 else _again
        bank = build_bank([comparer.reference(again(rng, picture)) for _ in range(count)])
        broken = synthesize.damage(rng, picture).picture
        for returned, damaged in ((picture, False), (broken, True)):
            scores = reference_scores(comparer.query(again(rng, returned)), bank)
            found.append(Pair(scores=scores, same=True, damaged=damaged, references=count, test=test))
    return found


def other_photos(comparer: Comparer, recipe: Recipe, most: int = 6) -> list[Pair]:
    """Packages against three other photos of the product, clean and damaged, where serving would compare.

    Without them the calibration knows only copies of one photo, and calls every other specimen damaged.
    """
    rng = np.random.default_rng(recipe.seed)
    found = []
    for name, members in tracked(sorted(_by_product().items()), "pairs of other photos"):
        chosen = _phone(members)[:most]
        read = [comparer.reference(photo(e.path)) for e in chosen]
        for i, example in enumerate(chosen if len(chosen) > 3 else []):
            others = [one for one in read if one is not read[i]]
            bank = build_bank([others[j] for j in rng.permutation(len(others))[:3]])
            broken = comparer.query(synthesize.damage(rng, photo(example.path)).picture)
            for features, damaged in ((read[i].own, False), (broken, True)):
                scores = reference_scores(features, bank)
                if scores.setup < SETUP_TO:
                    test = _is_test(name)
                    found.append(Pair(scores=scores, same=True, damaged=damaged, references=3, test=test))
    return found


def products(comparer: Comparer, recipe: Recipe, each: int = 4) -> list[Pair]:
    """Packages and one reference: another photo of the product or its catalogue picture; other products."""
    known = {name: members for name, members in _by_product().items() if len(_phone(members)) > 1}
    rng = np.random.default_rng(recipe.seed)
    found = []
    for name in tracked(sorted(known), "pairs of products"):
        test = _is_test(name)
        photos, others = _phone(known[name]), [n for n in known if n != name and _is_test(n) is test]
        order = rng.permutation(len(photos))
        references = [photos[order[0]], *[e for e in known[name] if e.label == "stock_photo"]]
        mine = [photos[i] for i in order[1 : each + 1]]
        foreign = [_phone(known[str(n)])[0] for n in rng.choice(others, each, replace=False)]
        queries = [(comparer.query(photo(e.path)), e in mine) for e in mine + foreign]
        for reference in references:
            bank = build_bank([comparer.reference(photo(reference.path))])
            for features, same in queries:
                scores = reference_scores(features, bank)
                found.append(Pair(scores=scores, same=same, damaged=False, references=1, test=test))
    return found


def cookies(comparer: Comparer, recipe: Recipe, references: int) -> list[Pair]:
    """Real damage: broken and whole cookies against whole ones in one set-up; empty without the photos."""
    if not (data_folder() / "damage").is_dir():
        return []
    photos = [e for e in read_manifest(data_folder() / "damage") if e.category == "cookie"]
    whole = [e for e in photos if e.label == "undamaged"]
    rng = np.random.default_rng(recipe.seed)
    chosen = [whole[i] for i in rng.permutation(len(whole))[:references]]
    bank = build_bank([comparer.reference(photo(e.path)) for e in chosen])
    return [
        Pair(
            scores=reference_scores(comparer.query(photo(e.path)), bank),
            same=True,
            damaged=e.label == "damaged",
            references=references,
            test=True,
        )
        for e in tracked(photos, f"cookies, {references} references")
        if e not in chosen
    ]


def _again(rng: np.random.Generator, picture: Picture) -> Picture:
    """The same scene a moment later: turned up to 3°, moved and scaled a little, the light 12 % off."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-3, 3), rng.uniform(0.97, 1.03))
    turn[:, 2] += rng.uniform(-0.02, 0.02, 2) * np.array((width, height))
    moved = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    relit = np.clip(moved * rng.uniform(0.88, 1.12), 0, 255).astype(np.uint8)
    return synthesize.camera(rng, relit)


def _other_specimen(rng: np.random.Generator, picture: Picture) -> Picture:
    """The like of it in the same place: bent by up to 4 % of its side, turned up to 12°, light 25 % off."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-12, 12), rng.uniform(0.9, 1.1))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    bent = [_bend(rng, picture.shape[:2]) * 0.04 * min(height, width) for _ in range(2)]
    moved = cv2.remap(
        picture, columns + bent[0], rows + bent[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    moved = cv2.warpAffine(moved, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    relit = np.clip(moved * rng.uniform(0.75, 1.25), 0, 255).astype(np.uint8)
    return synthesize.camera(rng, relit)


def _bend(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w) within ±1, smooth over a fifth of the picture."""
    coarse = rng.uniform(-1, 1, (5, 5)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _by_product() -> dict[str, list[Example]]:
    """Grocery photos, of the hand and of the catalogue, by the product's name."""
    found: dict[str, list[Example]] = defaultdict(list)
    for members in trainable("grocery").values():
        for example in members:
            found[example.category.removeprefix("Packages/")].append(example)
    return found


def _held_out(recipe: Recipe, items: int) -> Iterator[tuple[Example, bool]]:
    for source in recipe.sources:
        parts = trainable(source)
        for part in (Split.CALIBRATE, Split.TEST):
            members = [e for e in parts[part] if e.label != "stock_photo"]
            step = max(1, len(members) * 2 * len(recipe.sources) // items)
            yield from ((e, part is Split.TEST) for e in members[::step])


def _phone(members: Sequence[Example]) -> list[Example]:
    return [e for e in members if e.label != "stock_photo"]


def _is_test(product: str) -> bool:
    return split_of(product, train=0.0, calibrate=0.5) is Split.TEST
