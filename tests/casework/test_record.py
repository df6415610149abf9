"""The record holds, and is noticed where it does not; an inspection can be asked again."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, text, update

from inspection.again import replay
from inspection.errors import PhotoNotFound, ReturnNotFound
from inspection.forgetting import Erased
from inspection.look import SentPhoto
from inspection.returns.case import Line, Return
from inspection.store import chain
from inspection.store.tables import LOOKS, RECORD


@pytest.fixture
def kept(product, jpeg):
    """Three inspections of one photo each, kept with their references."""
    ids = []
    for number in range(3):
        sent, references = [SentPhoto.of(jpeg(number))], [SentPhoto.of(jpeg(9))]
        looked = product.looker.look(sent, references)
        product.workflow.keep_now(looked, sent, references)
        ids.append(looked.inspection.id)
    return ids


def asked_again(product, inspection_id):
    return replay(inspection_id, None, cases=product.cases, photos=product.photos, looker=product.looker)


def test_the_same_photos_get_the_same_answer_again(product, kept):
    for inspection_id in kept:
        again = asked_again(product, inspection_id)
        assert again.same, again.differs
        assert again.other_terms == ()
        assert again.then["authenticity"]["identity"]["match"] is not None  # its references were kept, too


def test_an_answer_that_was_changed_is_noticed_when_asked_again(product, kept):
    look = product.cases.look(kept[0])
    with product.database.writing() as connection:
        row = connection.execute(LOOKS.select().where(LOOKS.c.inspection_id == kept[0])).mappings().one()
        body = row["body"]
        body["inspection"]["reading"]["photos"][0]["damaged"]["probability"] += 0.2
        connection.execute(update(LOOKS).where(LOOKS.c.inspection_id == kept[0]).values(body=body))
    again = asked_again(product, kept[0])
    assert not again.same
    assert "damage" in again.differs
    assert look.inspection != product.cases.get(kept[0])


def test_a_whole_record_is_said_to_be(product, kept):
    audit = product.cases.audit()
    assert audit.whole
    assert audit.entries == 3
    assert product.cases.holds(audit.entries, audit.head)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (update(RECORD).where(RECORD.c.seq == 2).values(actor="nobody"), "changed"),
        (update(RECORD).where(RECORD.c.seq == 2).values(body={"decision": "accept"}), "changed"),
        (update(RECORD).where(RECORD.c.seq == 2).values(hash="0" * 63 + "1"), "changed"),
        (delete(RECORD).where(RECORD.c.seq == 2), "missing"),
        (update(RECORD).where(RECORD.c.seq == 3).values(previous="0" * 63 + "2"), "follow"),
    ],
)
def test_whatever_is_changed_in_the_record_breaks_it_at_that_place(product, kept, spoil, why):
    with product.database.writing() as connection:
        connection.execute(spoil)
    audit = product.cases.audit()
    assert not audit.whole
    assert audit.broken_at in (2, 3)
    assert why in str(audit.why)


def test_a_record_rewritten_from_an_entry_on_is_a_chain_but_not_the_one_that_was_kept(product, kept):
    head = product.cases.audit()
    with product.database.writing() as connection:
        connection.execute(delete(RECORD).where(RECORD.c.seq == 3))
        entry = {"at": product.cases.entries(kept[1])[0].at, "kind": "decision", "actor": "x", "body": {}}
        chain.append(connection, subject="forged", **entry)
    assert product.cases.audit().whole
    assert not product.cases.holds(head.entries, head.head)


def test_an_erased_photo_is_gone_everywhere_and_the_record_stays_whole(product, kept, jpeg):
    sha256 = hashlib.sha256(jpeg(0)).hexdigest()
    product.forgetting.photo(sha256, "operator", "asked for")
    product.forgetting.photo(sha256, "operator", "asked for")
    for read in (product.photos.original, product.photos.shown):
        with pytest.raises(PhotoNotFound):
            read(sha256)
    assert product.cases.get(kept[0]).reading.photos[0].heat is None
    assert product.cases.get(kept[1]).reading.photos[0].heat is not None
    assert product.cases.audit().whole
    (entry,) = product.cases.entries(sha256)
    assert (entry.kind, entry.actor) == ("erasure", "operator")
    with pytest.raises(PhotoNotFound):
        asked_again(product, kept[0])
    assert asked_again(product, kept[1]).same


def test_erasing_what_nobody_knows_is_said_so(product):
    with pytest.raises(PhotoNotFound):
        product.forgetting.photo("ab" * 32, "operator", "asked for")
    with pytest.raises(ReturnNotFound):
        product.forgetting.of_return("nobody", "operator", "asked for")


def a_return(product, number):
    id_ = product.terms.new_id()
    line = Line(id=product.terms.new_id(), return_id=id_, position=1, title="x", price_cents=1)
    with product.cases.change() as change:
        now = change.now
    made = Return(id=id_, created_at=now, currency="EUR", reference=str(number), lines=(line,))
    return product.workflow.request_return(made)


def test_a_shoppers_photos_go_but_for_those_that_came_with_another_return(product, jpeg):
    returns = [a_return(product, number) for number in range(2)]
    for made, numbers in zip(returns, [(1, 2), (2, 3)], strict=True):
        case = product.workflow.open(line_id=made.lines[0].id)
        for number in numbers:
            encoded = jpeg(number)
            sha256 = hashlib.sha256(encoded).hexdigest()
            product.photos.put_original(sha256, encoded)
            product.workflow.add_photo(case.id, sha256, len(encoded))
    erased = product.forgetting.of_return(returns[0].id, "operator", "asked for")
    assert erased == Erased(gone=1, still_used=1)
    with pytest.raises(PhotoNotFound):
        product.photos.original(hashlib.sha256(jpeg(1)).hexdigest())
    assert product.photos.original(hashlib.sha256(jpeg(2)).hexdigest()) == jpeg(2)


def test_photos_whose_time_is_over_go_by_themselves(product, kept, jpeg):
    with product.database.writing() as connection:
        connection.execute(text("UPDATE photos SET used_at = '2020-01-01 00:00:00+00:00'"))
        connection.execute(
            text(
                "UPDATE inspections SET state = 'decided', decision = 'accept',"
                " decided_at = '2020-01-01 00:00:00+00:00'"
            )
        )
    forgetting = replace(product.forgetting, keep_for=timedelta(days=30))
    assert product.forgetting.sweep(datetime.now(UTC)) == 0  # no time is set
    assert forgetting.sweep(datetime.now(UTC)) == 4  # what they were compared with, too
    assert forgetting.sweep(datetime.now(UTC)) == 0
    assert product.cases.audit().whole
