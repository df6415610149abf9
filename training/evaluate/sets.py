"""The returns that a bundle is judged on: held-out photos and what can happen to them, without references."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from zlib import crc32

import numpy as np

from inspection.photo.photo import Picture
from inspection.verdict.grading import Grade
from training import synthesize
from training.data import Example, Split, data_folder, read_manifest, trainable
from training.evaluate.case import Case, Truth, encoded
from training.evaluate.house import House
from training.heads.category import PACKAGED
from training.scenes import KINDS, photo, possible_kinds

DAMAGED = frozenset(Grade) - {Grade.A}
"""Where only "damaged" is known, any grade but the best is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is looked at: every `step`-th photo, so many `damages` each; a seed gives the same again."""

    house: House
    seed: int = 20261123
    step: int = 1
    damages: int = 3

    def rng(self, *told: object) -> np.random.Generator:
        """The same picture on every run, whatever else is made."""
        return np.random.default_rng([self.seed, crc32(" ".join(map(str, told)).encode())])

    def some(self, examples: Sequence[Example]) -> Sequence[Example]:
        """Spread over the whole list."""
        return examples[:: self.step]


def here(name: str) -> bool:
    """Whether the photos of a data set are on this machine."""
    return (data_folder() / name / "manifest.csv").is_file()


def held_out(plan: Plan, source: str, part: Split) -> Iterator[Case]:
    """Each photo as it is, with a lookalike, with damage of several kinds, and photographed from a screen."""
    for example in plan.some([e for e in trainable(source)[part] if e.label != "stock_photo"]):
        base = truth_of(source, example, part)
        rng = plan.rng(source, example.path.name)
        picture = photo(example.path)
        yield Case(truth=base, photo=example.path.read_bytes)
        alike = synthesize.lookalike(rng, picture)
        yield Case(truth=replace(base, sort="lookalike"), photo=partial(encoded, alike))
        for kind in rng.permutation(possible_kinds(source))[: plan.damages]:
            yield damaged(plan, base, picture, int(kind))
        yield on_a_screen(plan, base, example, picture)


def on_a_screen(plan: Plan, base: Truth, example: Example, picture: Picture) -> Case:
    """Photographed from a display: however it is graded, accepting it is wrong."""
    truth = replace(base, sort="screen", recaptured=True, damaged=None, grades=frozenset[Grade]())

    def file() -> bytes:
        return encoded(synthesize.rephotograph(plan.rng("screen", example.path.name), picture))

    return Case(truth=truth, photo=file)


def damaged(plan: Plan, base: Truth, picture: Picture, kind: int) -> Case:
    """With one defect; half of them through another phone's camera, as training has them."""
    rng = plan.rng(base.source, base.group, kind, int(picture[::16, ::16].sum()))
    made = synthesize.damage(rng, picture, KINDS[kind])
    shown = synthesize.camera(rng, made.picture) if rng.random() < 0.5 else made.picture
    truth = replace(
        base,
        sort="damaged",
        damaged=True,
        kind=made.kind,
        severity=made.severity,
        grades=frozenset({plan.house.rubric.best_with(made.kind, made.severity)}),
    )
    return Case(truth=truth, photo=partial(encoded, shown))


def cookies(plan: Plan, references: int) -> Iterator[Case]:
    """Real damage in one set-up; the whole ones that are references are no returns."""
    photos = [e for e in read_manifest(data_folder() / "damage") if e.category == "cookie"]
    whole = [e for e in photos if e.label == "undamaged"]
    chosen = [whole[i] for i in np.random.default_rng(plan.seed).permutation(len(whole))[:references]]
    for example in plan.some([e for e in photos if e not in chosen]):
        truth = replace(_real(example), references=references, set_up="same" if references else "none")
        kept = tuple(e.path.read_bytes for e in chosen)
        yield Case(
            truth=replace(truth, same=True if kept else None), photo=example.path.read_bytes, references=kept
        )


def parcels(plan: Plan) -> Iterator[Case]:
    """Real parcels from the web."""
    for example in plan.some([e for e in read_manifest(data_folder() / "damage") if e.category == "parcel"]):
        yield Case(truth=_real(example), photo=example.path.read_bytes)


def people(plan: Plan) -> Iterator[Case]:
    """Ten people's photos, of things and of screens; that the things are undamaged is an assumption."""
    sorts = {"genuine": "clean", "recaptured_screen": "screen", "recaptured_print": "print"}
    for example in plan.some(read_manifest(data_folder() / "recapture")):
        sort = sorts.get(example.label, "screen")
        truth = Truth(
            source="people",
            group=f"people/{example.group}",
            sort=sort,
            damaged=None,
            recaptured=sort != "clean",
            grades=frozenset({Grade.A}) if sort == "clean" else frozenset(),
        )
        yield Case(truth=truth, photo=example.path.read_bytes)


def truth_of(source: str, example: Example, part: Split) -> Truth:
    """Of a photo as it is: whole and first-hand, by assumption for want of better."""
    item = example.category if source == "grocery" else example.group
    return Truth(
        source=source,
        group=f"{source}/{item}",
        sort="clean",
        damaged=False,
        recaptured=False,
        category={"grocery": PACKAGED, "sneakers": "shoes"}.get(source, example.category),
        grades=frozenset({Grade.A}),
        calibrate=part is Split.CALIBRATE,
    )


def _real(example: Example) -> Truth:
    """Each photo shows another item."""
    broken = example.label == "damaged"
    return Truth(
        source=example.category,
        group=f"{example.category}/{example.path.name}",
        sort="damaged" if broken else "clean",
        damaged=broken,
        recaptured=None,
        grades=DAMAGED if broken else frozenset({Grade.A}),
    )
