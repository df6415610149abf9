"""What is good once is good once, whichever process is asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.access.access import Access
from api.access.settings import AccessSettings
from api.access.spent import SpentHere
from inspection.access.secret import Secret
from inspection.store.keys import SqlApiKeys
from inspection.store.spent import SqlSpent

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SECRET = Secret("0123456789abcdef" * 2)


@pytest.fixture(params=["here", "sql"])
def spent(request, database):
    """In memory, and on each database."""
    return SpentHere() if request.param == "here" else SqlSpent(database)


def test_it_is_spent_once(spent):
    assert "a pass" not in spent
    assert spent.spend("a pass", LATER, NOW)
    assert not spent.spend("a pass", LATER, NOW)
    assert "a pass" in spent
    assert "another" not in spent


def test_of_many_at_once_one_is_the_first(spent):
    with ThreadPoolExecutor(8) as threads:
        firsts = list(threads.map(lambda _: spent.spend("a pass", LATER, NOW), range(8)))
    assert firsts.count(True) == 1


def test_what_has_ended_by_itself_is_forgotten(database):
    spent = SqlSpent(database)
    spent.spend("old", NOW, NOW - timedelta(hours=1))
    spent.spend("new", LATER, NOW)
    spent.sweep(NOW)
    assert "old" not in spent
    assert "new" in spent


@pytest.fixture
def two_processes(at_the, database):
    """Two doors that share a database and a secret, as two processes do."""

    def one():
        return at_the(
            Access(
                AccessSettings(public_url="http://localhost"),
                secret=lambda: SECRET,
                keys=lambda: SqlApiKeys(database),
                spent=lambda: SqlSpent(database),
            )
        )

    return one(), one()


def test_a_pass_lets_one_in_once_in_all_processes(two_processes):
    one, other = two_processes
    token = one.access.passes.make("Ada", "inspector", now=datetime.now(UTC))
    assert one.client.get(f"/session/enter/{token}").status_code == 303
    assert other.client.get(f"/session/enter/{token}").status_code == 401


def test_who_signs_out_in_one_process_is_out_in_all(two_processes):
    one, other = two_processes
    token = one.access.passes.make("Ada", "inspector", now=datetime.now(UTC))
    one.client.get(f"/session/enter/{token}")
    copied = dict(one.client.cookies)
    with httpx.Client(base_url=other.address, cookies=copied) as thief:
        assert thief.get("/reviews").status_code == 200
        asks = {"Sec-Fetch-Site": "same-origin", "X-Requested-With": "fetch"}
        assert one.client.post("/session/logout", headers=asks).status_code == 200
        assert thief.get("/reviews").status_code == 401
