"""A photo that came with another return asks a person, and changes nothing else. By a real worker."""

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import skimage.data
from photo.bad_photos import encoded
from seen.copies import COPIES
from sqlalchemy import select

from inspection.again import replay
from inspection.returns.case import Line, Return
from inspection.returns.return_order import InspectionState
from inspection.store.tables import FINGERPRINTS
from inspection.verdict.before import CAME_BEFORE, Before, Recalled, asks_a_person
from inspection.verdict.decision import Review


@pytest.fixture
def working(product):
    """A worker that is at work until the test ends."""
    worker = product.worker()
    worker.start(lambda: None)
    yield worker
    worker.stop(5)


def returned(product, pixels, items=1, quality=92):
    """A return with that photo of each item, looked at; its inspections."""
    new_id, id_ = product.terms.new_id, product.terms.new_id()
    lines = tuple(
        Line(id=new_id(), return_id=id_, position=number, title="A cup", price_cents=4000)
        for number in range(1, items + 1)
    )
    product.workflow.request_return(Return(id=id_, created_at=datetime.now(UTC), currency="EUR", lines=lines))
    cases = []
    for line in lines:
        jpeg = encoded(np.ascontiguousarray(pixels), quality=quality)
        sha256 = hashlib.sha256(jpeg).hexdigest()
        case = product.workflow.open(line_id=line.id)
        product.photos.put_original(sha256, jpeg)
        product.workflow.add_photo(case.id, sha256, len(jpeg))
        product.workflow.submit(case.id)
        cases.append(settled(product, case.id))
    return cases


def settled(product, id_, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with product.cases.change() as change:
            case = change.case(id_)
        if case.state is not InspectionState.SUBMITTED:
            return case
        time.sleep(0.05)
    raise AssertionError("it was never looked at")


def said(product, case):
    (entry,) = [one for one in product.cases.entries(case.id) if one.kind == "decision"]
    return entry.body


def codes(product, case):
    return [reason.code for reason in product.cases.get(case.id).decision.reasons]


@pytest.mark.parametrize("copy", ["none", "resaved", "mirrored", "cropped 15 %"])
def test_a_photo_of_another_return_goes_to_a_person_who_is_told_where_it_was(product, working, copy):
    coffee = skimage.data.coffee()
    (first,) = returned(product, coffee)
    assert CAME_BEFORE.code not in codes(product, first)
    changed = COPIES[copy](coffee, np.random.default_rng(0)) if copy in COPIES else coffee
    (second,) = returned(product, changed)
    assert second.state is InspectionState.IN_REVIEW
    assert codes(product, second)[-1] == CAME_BEFORE.code
    (told,) = said(product, second)["came_before"]
    assert (told["photo"], told["inspections"]) == ("photo-1", [first.id])
    assert product.cases.audit().whole


def test_two_items_of_one_return_may_show_the_same_photo(product, working):
    for case in returned(product, skimage.data.coffee(), items=2):
        assert CAME_BEFORE.code not in codes(product, case)
        assert "came_before" not in said(product, case)


def test_other_photos_ask_nobody(product, working):
    returned(product, skimage.data.coffee())
    (other,) = returned(product, skimage.data.chelsea())
    assert CAME_BEFORE.code not in codes(product, other)


def test_an_erased_photo_is_not_remembered(product, working):
    (first,) = returned(product, skimage.data.coffee())
    sha256 = product.cases.get(first.id).photos[0].sha256
    product.forgetting.photo(sha256, "ada", "asked for")
    (second,) = returned(product, skimage.data.coffee(), quality=70)
    assert CAME_BEFORE.code not in codes(product, second)
    with product.database.reading() as connection:
        rows = connection.execute(select(FINGERPRINTS).where(FINGERPRINTS.c.sha256 == sha256)).all()
    assert [row.embedding for row in rows] == [None]


def test_a_replay_says_the_same(product, working):
    returned(product, skimage.data.coffee())
    (second,) = returned(product, skimage.data.coffee())
    again = replay(second.id, None, cases=product.cases, photos=product.photos, looker=product.looker)
    assert again.same, again.differs


def test_neither_grade_nor_reading_is_swayed(product, working):
    (first,) = returned(product, skimage.data.coffee())
    (second,) = returned(product, skimage.data.coffee())
    one, other = product.cases.get(first.id), product.cases.get(second.id)
    assert one.grading == other.grading
    assert one.reading.photos == other.reading.photos


def test_the_reason_comes_last_and_replaces_none(product, working):
    (first,) = returned(product, skimage.data.coffee())
    inspection = product.cases.get(first.id)
    before = Before(photo=inspection.photos[0].id, sha256="0" * 64, kind="crop", inspections=("x",))
    asked = asks_a_person(inspection, Recalled(before=(before,)))
    assert asked.decision == Review(reasons=(*inspection.decision.reasons, CAME_BEFORE))
    assert replace(asked, decision=inspection.decision) == inspection
    assert asks_a_person(inspection, Recalled()) is inspection
