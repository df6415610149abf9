"""The record holds, and is noticed where it does not; an inspection can be asked again."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from owner import by_its_owner
from sqlalchemy import delete, text, update

from inspection.casework.again import replay
from inspection.casework.forgetting import Erased
from inspection.errors import PhotoNotFound, ReturnNotFound, StoreUnusable
from inspection.look import SentPhoto
from inspection.returns.case import Line, Return
from inspection.returns.verdict import Verdict, VerdictKind
from inspection.store import chain
from inspection.store.tables import INSPECTIONS, LOOKS, RECORD, RETURN_LINES
from inspection.verdict.grading import Grade


@pytest.fixture
def kept(product, jpeg):
    """Three inspections of one photo each, kept with their references."""
    ids = []
    for number in range(3):
        sent, references = [SentPhoto.of(jpeg(number))], [SentPhoto.of(jpeg(9))]
        looked = product.looker.look(sent, references)
        product.looking.keep_now(looked, sent, references)
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


@pytest.mark.parametrize("what", ["UPDATE record SET body = '{}'", "DELETE FROM record"])
def test_the_database_itself_lets_nobody_change_or_delete_an_entry(product, kept, what):
    with pytest.raises(StoreUnusable, match="only ever added to"), product.database.writing() as connection:
        connection.execute(text(what))
    assert product.cases.audit().whole


def test_nor_empty_the_record(product, kept):
    if not product.database.is_sqlite:
        with pytest.raises(StoreUnusable, match="added to"), product.database.writing() as connection:
            connection.execute(text("TRUNCATE record CASCADE"))
    assert product.cases.audit().entries == 3


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
    by_its_owner(product.database, spoil)
    audit = product.cases.audit()
    assert not audit.whole
    assert audit.broken_at in (2, 3)
    assert why in str(audit.why)


def test_a_record_rewritten_from_an_entry_on_is_a_chain_but_not_the_one_that_others_were_told_of(
    product, kept
):
    head = product.cases.audit()
    at = product.cases.entries(kept[1])[0].at
    by_its_owner(product.database, delete(RECORD).where(RECORD.c.seq == 3))
    with product.database.writing() as connection:
        chain.append(connection, at=at, kind="note", subject="forged", actor="x", body={})
    audit = product.cases.audit()
    assert audit.broken_at is None
    assert not product.cases.holds(head.entries, head.head)
    assert any("told others of an entry 3" in one for one in audit.contradictions)
    assert any("the record does not know of it" in one for one in audit.contradictions)


def test_an_emptied_record_is_no_whole_one(product, kept):
    by_its_owner(product.database, delete(RECORD))
    audit = product.cases.audit()
    assert (audit.entries, audit.broken_at) == (0, None)
    assert not audit.whole


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (update(INSPECTIONS).values(state="decided", decision="refuse", grade=None), "is not decided as"),
        (update(LOOKS).values(compared_with=["ab" * 32]), "is not the one that was recorded"),
    ],
)
def test_a_row_that_says_something_else_than_the_record_is_named(product, kept, changed, said):
    with product.database.writing() as connection:
        connection.execute(changed.where(changed.table.c[KEYS[changed.table.name]] == kept[1]))
    (line,) = product.cases.audit().contradictions
    assert said in line
    assert kept[1] in line


KEYS = {"inspections": "id", "looks": "inspection_id"}


def test_another_inspections_look_in_its_place_is_noticed(product, kept):
    """Both are whole, and asking again gives the same answer: the record knows which belongs where."""
    with product.database.writing() as connection:
        other = connection.execute(LOOKS.select().where(LOOKS.c.inspection_id == kept[1])).mappings().one()
        mine = update(LOOKS).where(LOOKS.c.inspection_id == kept[0])
        body = {**other["body"], "inspection": {**other["body"]["inspection"], "id": kept[0]}}
        connection.execute(mine.values(body=body, compared_with=other["compared_with"]))
    again = asked_again(product, kept[0])
    assert not again.differs
    assert not again.same
    assert not again.recorded


@pytest.fixture
def paid(product, jpeg):
    """An item that a person accepted at B and that was paid, with its inspection."""
    (line,) = a_return(product, 1).lines
    case = product.workflow.open(line_id=line.id)
    encoded = jpeg()
    sha256 = hashlib.sha256(encoded).hexdigest()
    product.photos.put_original(sha256, encoded)
    product.workflow.add_photo(case.id, sha256, len(encoded))
    case = product.workflow.submit(case.id)
    product.looking.look(case.id, case.turn, 1)
    with product.cases.change() as change:
        if (review := change.open_review_of(case.id)) is not None:
            review_id = review.id
    product.people.judge(review_id, "ada", Verdict(kind=VerdictKind.ACCEPT, grade=Grade.B))
    product.people.pay(line.id, 1, "shop")
    assert product.cases.audit().whole
    return line.id, case.id


UNDONE = {"state": "awaiting", "decided_by": None, "grade": None, "paid_cents": None}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (update(RETURN_LINES).values(paid_cents=0), ["is not paid as the record says"]),
        (update(RETURN_LINES).values(UNDONE), ["against the record", "is not paid as the record says"]),
        (update(RETURN_LINES).values(grade="A"), ["against the record"]),
        (update(INSPECTIONS).values(state="expired"), ["is expired, and the record says otherwise"]),
        (
            update(INSPECTIONS).values(state="expired", decision=None, grade=None),
            ["is not decided as entry"],
        ),
        (delete(LOOKS), ["is not there any more"]),
    ],
)
def test_whatever_is_undone_in_the_rows_is_noticed(product, paid, change, said):
    with product.database.writing() as connection:
        connection.execute(change)
    found = product.cases.audit()
    assert found.broken_at is None
    assert len(found.contradictions) == len(said), found.contradictions
    for line, part in zip(found.contradictions, said, strict=True):
        assert part in line


def test_one_that_was_asked_for_photos_elsewhere_gets_the_same_answer_again(product, coffee_jpeg):
    sent = [SentPhoto.of(coffee_jpeg)]
    for asked in (0, 5):
        looked = product.looker.look(sent, [], price_cents=990, asked=asked)
        product.looking.keep_now(looked, sent, [])
        again = asked_again(product, looked.inspection.id)
        assert again.same, again.differs


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
