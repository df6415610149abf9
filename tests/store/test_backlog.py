"""What waits, and for how long: what an operator is told of the rows."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from inspection.look import SentPhoto


def submit(product, encoded):
    sha256 = hashlib.sha256(encoded).hexdigest()
    product.photos.put_original(sha256, encoded)
    case = product.workflow.open(price_cents=4000)
    product.workflow.add_photo(case.id, sha256, len(encoded))
    return product.workflow.submit(case.id).submitted_at


def test_where_nothing_waits_nothing_is_old(product):
    told = product.lists.backlog(datetime.now(UTC))
    assert (told.submitted, told.submitted_oldest, told.late, told.late_oldest) == (0, 0, 0, 0)


def test_the_first_that_was_submitted_says_how_long_one_has_waited(product, jpeg):
    first = submit(product, jpeg(1))
    submit(product, jpeg(2))
    told = product.lists.backlog(first + timedelta(minutes=40))
    assert (told.submitted, told.submitted_oldest) == (2, 2400)
    assert product.lists.backlog(first - timedelta(seconds=5)).submitted_oldest == 0  # a clock that is behind
    assert product.standing()["inspection_submitted_oldest_seconds"] == pytest.approx(
        (datetime.now(UTC) - first).total_seconds(), abs=5
    )


def test_a_review_is_late_from_its_time_on_and_not_from_when_it_was_opened(product, jpeg):
    sent = [SentPhoto.of(jpeg(3))]
    product.looking.keep_now(product.looker.look(sent), sent, [])
    (review,) = product.lists.reviews(after=None, limit=10)
    assert product.lists.backlog(review.due_at - timedelta(seconds=1)).late_oldest == 0
    told = product.lists.backlog(review.due_at + timedelta(days=1))
    assert (told.late, told.late_oldest) == (1, 86400)
    assert product.standing()["inspection_reviews_late_oldest_seconds"] == 0
