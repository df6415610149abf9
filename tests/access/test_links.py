from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.access.links import Links, LinkTooLong, NotAReturn
from inspection.access.secret import Secret

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
RETURN = "0193612a-7b4c-7def-8123-456789abcdef"
GOOD, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def links():
    return Links(Secret(GOOD))


@given(st.uuids().map(str))
def test_a_link_names_its_return(return_id):
    links = Links(Secret(GOOD))
    assert links.read(links.make(return_id, now=NOW), now=NOW) == (return_id, NOW + timedelta(days=14))


def test_a_link_is_short_and_fits_an_address(links):
    token = links.make(RETURN, now=NOW)
    assert len(token) <= 90
    assert token.replace("-", "").replace("_", "").isalnum()


def test_an_expired_link_is_refused_from_the_moment_it_expires(links):
    token = links.make(RETURN, now=NOW, hours=1)
    assert links.read(token, now=NOW + timedelta(minutes=59, seconds=59)) is not None
    assert links.read(token, now=NOW + timedelta(hours=1)) is None


def test_a_forged_link_is_refused(links):
    token = links.make(RETURN, now=NOW)
    assert links.read(Links(Secret(OTHER)).make(RETURN, now=NOW), now=NOW) is None
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert links.read(changed, now=NOW) is None
    for text in (
        "",
        "isl1_",
        token[5:],
        token.replace("isl1_", "isl2_"),
        token + "\n",
        f" {token}",
        token * 40,
    ):
        assert links.read(text, now=NOW) is None


def test_a_link_survives_the_secret_being_replaced_until_the_old_one_goes(links):
    token = links.make(RETURN, now=NOW)
    assert Links(Secret(f"{OTHER} {GOOD}")).read(token, now=NOW) is not None
    assert Links(Secret(OTHER)).read(token, now=NOW) is None


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 60 * 24 + 1, 1e300])
def test_a_link_for_no_time_or_for_ever_is_not_made(links, hours):
    with pytest.raises(LinkTooLong):
        links.make(RETURN, now=NOW, hours=hours)


@pytest.mark.parametrize(
    "name", ["", "1", "ret-1", RETURN.upper(), UUID(RETURN).hex, f"{{{RETURN}}}", RETURN + " "]
)
def test_a_link_for_what_is_no_return_is_not_made(links, name):
    with pytest.raises(NotAReturn):
        links.make(name, now=NOW)
