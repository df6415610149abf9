"""Whoever objects gets another pair of eyes, each time anew."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from inspection.returns.case import Entry
from inspection.returns.four_eyes import SOFTWARE, barred

PEOPLE = (SOFTWARE, "ada", "ben", "shopper")
entries = st.lists(
    st.tuples(st.sampled_from(("decision", "appeal", "second_opinion", "withdrawn")), st.sampled_from(PEOPLE))
)


def record(told):
    return [
        Entry(
            seq=seq, at=datetime(2026, 1, 1, tzinfo=UTC), kind=kind, subject="i", actor=actor, body={},
            previous="", hash="",
        )
        for seq, (kind, actor) in enumerate(told, start=1)
    ]  # fmt: skip


def test_who_asked_for_a_photo_goes_on_with_it():
    assert (
        barred(record([("decision", SOFTWARE), ("decision", "ada"), ("decision", SOFTWARE)])) == frozenset()
    )


def test_after_an_appeal_neither_who_judged_nor_who_objected_judges():
    assert barred(record([("decision", "ada"), ("appeal", "ben")])) == {"ada", "ben"}


def test_a_second_opinion_lets_nobody_back_in():
    told = [("decision", "ada"), ("appeal", "shopper"), ("second_opinion", "ben"), ("decision", "eve")]
    assert barred(record(told)) == {"ada", "shopper", "ben"}
    assert barred(record([*told, ("appeal", "shopper")])) == {"ada", "shopper", "ben", "eve"}


@given(entries)
def test_whatever_follows_nobody_who_is_out_comes_back_and_software_is_never_out(told):
    before = frozenset()
    for length in range(len(told) + 1):
        now = barred(record(told[:length]))
        assert before <= now
        assert SOFTWARE not in now
        before = now
