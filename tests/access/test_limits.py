import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.limits import MOST_REMEMBERED, AskedTooOften, Limiter, Rate, neighbourhood

RATE = Rate("x", quota=5, seconds=10)


def test_a_quota_may_be_used_at_once_and_comes_back_bit_by_bit():
    limiter = Limiter()
    assert [limiter.take("a", RATE, 0).left for _ in range(5)] == [4, 3, 2, 1, 0]
    with pytest.raises(AskedTooOften) as refused:
        limiter.take("a", RATE, 0)
    assert refused.value.retry_after == pytest.approx(2)
    with pytest.raises(AskedTooOften):
        limiter.take("a", RATE, 1.99)
    assert limiter.take("a", RATE, 2).left == 0
    assert limiter.take("a", RATE, 100).left == 4


def test_a_refusal_uses_nothing_up():
    limiter = Limiter()
    for _ in range(5):
        limiter.take("a", RATE, 0)
    for _ in range(50):
        with pytest.raises(AskedTooOften):
            limiter.take("a", RATE, 1)
    assert limiter.take("a", RATE, 2).left == 0


def test_whoever_waits_as_told_is_let_in():
    limiter, now = Limiter(), 0.0
    for _ in range(40):
        try:
            limiter.take("a", RATE, now)
        except AskedTooOften as refused:
            now += refused.retry_after
            limiter.take("a", RATE, now)


@given(st.lists(st.floats(0, 3), max_size=80))
def test_in_no_stretch_of_time_more_is_let_in_than_the_quota_and_what_came_back(pauses):
    limiter, now, let_in = Limiter(), 0.0, []
    for pause in pauses:
        now += pause
        try:
            limiter.take("a", RATE, now)
        except AskedTooOften:
            continue
        let_in.append(now)
    for first, begun in enumerate(let_in):
        for last in range(first, len(let_in)):
            came_back = (let_in[last] - begun) * RATE.quota / RATE.seconds
            assert last - first + 1 <= RATE.quota + came_back + 1e-6


def test_one_callers_haste_is_not_anothers():
    limiter = Limiter()
    for _ in range(5):
        limiter.take("a", RATE, 0)
    assert limiter.take("b", RATE, 0).left == 4


def test_threads_are_let_in_as_often_as_the_quota_says():
    limiter, let_in = Limiter(), []

    def ask():
        for _ in range(50):
            try:
                limiter.take("a", Rate("x", 100), 0)
            except AskedTooOften:
                return
            let_in.append(1)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(let_in) == 100


def test_a_crowd_of_strangers_does_not_fill_the_memory():
    limiter = Limiter()
    for number in range(MOST_REMEMBERED + 10):
        limiter.take(str(number), RATE, number / 1000)
    assert len(limiter._used_until) <= MOST_REMEMBERED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
        ("testclient", "/run/x.sock", True),
    ],
)
def test_an_address_stands_for_one_customer(one, other, same):
    assert (neighbourhood(one) == neighbourhood(other)) is same
