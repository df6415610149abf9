"""Which product is it: a package in the hand against every catalogue picture, by the score that is served."""

from collections.abc import Iterator, Sequence

import numpy as np

from inspection.photo.decode import open_photo
from inspection.verdict.reading import Question
from inspection.vision.bundle import Bundle
from inspection.vision.identity import match_score
from inspection.vision.references import build_bank
from inspection.vision.runtime import Runtime
from training.data import Example, Split, trainable
from training.evaluate.answers import answers, those
from training.evaluate.case import Judged
from training.evaluate.referenced import product_part
from training.evaluate.rows import Goal, Row, absent, counted, measured
from training.evaluate.sets import Plan, here
from training.evaluate.table import auroc_row
from training.measures import Rows, auroc
from training.pairs import Comparer

_ON = "grocery, phone photo to catalogue picture, products that calibrated nothing"


def item_rows(judged: Sequence[Judged], bundle: Bundle, runtime: Runtime, plan: Plan) -> Iterator[Row]:
    """Same or other, as served; then recall among all of the catalogue."""
    for source in ("clothing", "sneakers", "grocery"):
        told = answers(those(judged, sources=[source], sorts=["clean", "other_item"]), Question.SAME_ITEM)
        how = "other photos of it" if source == "grocery" else "the same set-up"
        yield auroc_row("the item that was sold", f"{source}, three references, {how}", told, Goal())
    goals = Goal(bound=0.75, floor="0.39"), Goal(bound=0.97, floor="0.89")
    claims = "right item: recall@1", "right item: AUROC of all pairs"
    if not here("grocery") or bundle.calibrations.same_item is None:
        yield from (absent(claim, _ON, goal) for claim, goal in zip(claims, goals, strict=True))
        return
    likeness, same, groups = _compared(bundle, runtime, plan)
    first = np.take_along_axis(same, likeness.argmax(1)[:, None], 1)[:, 0]
    five = np.take_along_axis(same, np.argsort(-likeness, 1)[:, :5], 1).any(1)
    note = f"recall@5 {five.mean():.3f} among {same.shape[1]} catalogue pictures"
    yield counted(claims[0], _ON, first, groups, goal=goals[0], note=note)

    def pairs(rows: Rows) -> float:
        return auroc(likeness[rows].ravel(), same[rows].ravel())

    yield measured(claims[1], _ON, pairs, groups, goal=goals[1])


def _compared(bundle: Bundle, runtime: Runtime, plan: Plan) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(photos, catalogue) likeness and whether it is that product; (photos,) products."""
    card = bundle.card
    comparer = Comparer(runtime=runtime, view_side=card.view_side, crop_side=card.crop_side)
    members = [one for part in trainable("grocery").values() for one in part]
    stock = [one for one in members if one.label == "stock_photo"]
    names = [_product(one) for one in stock]
    taken = [
        one
        for one in members
        if one.label != "stock_photo" and product_part(one) is Split.TEST and _product(one) in names
    ]
    banks = [build_bank([comparer.reference(_whole(one))]) for one in stock]
    asked = plan.some(taken)
    queries = [comparer.query(_whole(one)) for one in asked]
    likeness = np.array([[match_score(query, bank) for bank in banks] for query in queries])
    same = np.array([[_product(one) == name for name in names] for one in asked])
    return likeness, same, np.array([_product(one) for one in asked], str)


def _product(example: Example) -> str:
    return example.category.removeprefix("Packages/")


def _whole(example: Example) -> np.ndarray:
    return open_photo(example.path.read_bytes()).whole
