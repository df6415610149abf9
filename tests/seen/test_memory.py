"""A photo that came with another return asks a person, and changes nothing else. By a real worker."""

import hashlib
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import skimage.data
from photo.bad_photos import encoded
from seen.copies import COPIES
from sqlalchemy import select

from inspection.casework.again import replay
from inspection.look import SentPhoto
from inspection.returns.case import Line, Return
from inspection.returns.return_order import InspectionState
from inspection.store.tables import FINGERPRINTS
from inspection.verdict.before import CAME_BEFORE, NOT_COMPARED, SHOPS_OWN, Before, Recalled, asks_a_person
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
    return [inspected(product, pixels, line_id=line.id, quality=quality) for line in lines]


def inspected(product, pixels, line_id=None, quality=92):
    """That photo alone, looked at by the worker."""
    case, _ = sent(product, pixels, line_id=line_id, quality=quality)
    product.workflow.submit(case.id)
    return settled(product, case.id)


def sent(product, pixels, line_id=None, quality=92):
    """Not submitted yet; the inspection and the photo's hash."""
    jpeg = encoded(np.ascontiguousarray(pixels), quality=quality)
    sha256 = hashlib.sha256(jpeg).hexdigest()
    case = product.workflow.open(line_id=line_id)
    product.photos.put_original(sha256, jpeg)
    product.workflow.add_photo(case.id, sha256, len(jpeg))
    return case, sha256


def kept_now(product, pixels):
    """As the page does: looked at while somebody waits."""
    photos = [SentPhoto.of(encoded(np.ascontiguousarray(pixels)))]
    looked = product.looker.look(photos)
    product.looking.keep_now(looked, photos, [])
    return looked.inspection


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


def test_a_photo_that_was_kept_by_the_page_is_remembered(product, working):
    page = kept_now(product, skimage.data.coffee())
    assert CAME_BEFORE.code not in [reason.code for reason in page.decision.reasons]
    (later,) = returned(product, skimage.data.coffee(), quality=60)
    (told,) = said(product, later)["came_before"]
    assert told["inspections"] == [page.id]


def test_an_inspection_of_no_return_is_compared_with_all_others(product, working):
    first = inspected(product, skimage.data.coffee())
    assert CAME_BEFORE.code not in codes(product, first)
    second = inspected(product, skimage.data.coffee(), quality=60)
    assert codes(product, second)[-1] == CAME_BEFORE.code
    assert said(product, second)["came_before"][0]["inspections"] == [first.id]


@pytest.mark.parametrize("quality", [92, 60])
def test_the_shops_own_photo_sent_as_the_items_goes_to_a_person(product, working, quality):
    jpeg = encoded(np.ascontiguousarray(skimage.data.coffee()), quality=92)
    product.catalogue.add("cup-1", "catalogue", [lambda: jpeg])
    (case,) = returned(product, skimage.data.coffee(), quality=quality)
    assert case.state is InspectionState.IN_REVIEW
    assert codes(product, case)[-1] == SHOPS_OWN.code
    assert CAME_BEFORE.code not in codes(product, case)
    assert said(product, case)["came_before"][0]["shows"] == ["cup-1"]


def test_a_photo_that_was_never_looked_at_is_remembered_in_time(product, working):
    """Of an inspection that was withdrawn: saved anew, it is found in another return."""
    first, sha256 = sent(product, skimage.data.coffee())
    product.workflow.withdraw(first.id, "shopper")
    product.sweep()
    assert remembered(product) == []  # it may be on its way still
    product.backfill.sweep(datetime.now(UTC) + timedelta(hours=1))
    assert remembered(product) == [(sha256, product.bundle.sha256)]
    (second,) = returned(product, skimage.data.coffee(), quality=60)
    assert said(product, second)["came_before"][0]["inspections"] == [first.id]


def remembered(product):
    with product.database.reading() as connection:
        rows = connection.execute(select(FINGERPRINTS.c.sha256, FINGERPRINTS.c.bundle_sha256))
        return [tuple(row) for row in rows]


def test_a_copy_that_is_cut_off_spoils_no_look(product, working):
    broken, sha256 = sent(product, skimage.data.coffee())
    product.photos.put_shown(sha256, b"\xff\xd8 cut off")
    product.workflow.submit(broken.id)
    settled(product, broken.id)
    (second,) = returned(product, skimage.data.coffee(), quality=60)
    assert codes(product, second)[-1] == CAME_BEFORE.code  # by its hash, which says enough


def test_what_could_not_be_compared_goes_to_a_person_and_is_replayed(product, working):
    inspection = product.cases.get(returned(product, skimage.data.coffee())[0].id)
    asked = asks_a_person(inspection, Recalled(unchecked=(inspection.photos[0].id,)))
    assert asked.decision.reasons[-1] == NOT_COMPARED
    assert isinstance(asked.decision, Review)


def test_a_worker_begins_at_once_and_its_looks_wait_until_the_photos_are_in_memory(product):
    index = product.seen.index
    with index._catching_up:  # as while ten million are read
        worker = product.worker()
        worker.start(lambda: None)
        case, _ = sent(product, skimage.data.coffee())
        product.workflow.submit(case.id)
        time.sleep(1)
        with product.cases.change() as change:
            assert change.case(case.id).state is InspectionState.SUBMITTED
    settled(product, case.id)
    worker.stop(5)
    assert "seen" not in {thread.name for thread in threading.enumerate()}
