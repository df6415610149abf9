from datetime import UTC, datetime, timedelta

import pytest
from access.test_oidc import HTML

from inspection.access.links import Links
from inspection.access.passes import Passes, PassUnusable
from inspection.access.secret import Secret
from inspection.commands import login
from inspection.wiring import new_id

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2


@pytest.fixture
def passes():
    return Passes(Secret(GOOD))


def test_a_pass_says_who_comes_in_as_what(passes):
    there = passes.read(passes.make("Ada Löv", "inspector", now=NOW), now=NOW)
    assert (there.name, there.role, there.until) == ("Ada Löv", "inspector", NOW + timedelta(minutes=10))


def test_a_wrong_pass_lets_nobody_in(passes):
    token = passes.make("Ada", "inspector", now=NOW)
    assert passes.read(token, now=NOW + timedelta(minutes=10)) is None
    assert Passes(Secret(OTHER)).read(token, now=NOW) is None
    assert passes.read(Links(Secret(GOOD)).make(new_id(), now=NOW), now=NOW) is None
    for at in range(0, len(token), 3):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert passes.read(changed, now=NOW) is None
    for text in ("", "isp1_", token[5:], token[:-4]):
        assert passes.read(text, now=NOW) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("", "inspector"),
        (" ", "inspector"),
        ("a\nb", "inspector"),
        ("x" * 61, "inspector"),
        ("Ada", "service"),
        ("Ada", "shopper"),
        ("Ada", ""),
        ("Ada", "Inspector"),
    ],
)
def test_a_pass_for_nobody_or_as_nothing_is_not_made(passes, name, role):
    with pytest.raises(PassUnusable):
        passes.make(name, role, now=NOW)


@pytest.fixture
def here(at_the, door):
    there = at_the(door(public_url="http://localhost"))
    there.client.headers.update(HTML)
    return there


def test_a_pass_becomes_a_session_once(here, capsys):
    login.run(here.access.passes, "Ada", "inspector", address=here.address)
    said = capsys.readouterr()
    address = said.out.strip()
    assert address not in said.err
    answer = here.client.get(address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert here.client.get("/reviews").json() == {"caller": "local:Ada"}
    me = here.client.get("/v1/session").json()
    assert (me["name"], me["role"]) == ("Ada", "inspector")
    here.client.cookies.clear()
    assert here.client.get(address).status_code == 401
    assert here.client.get("/reviews").status_code == 401


def test_whoever_only_looks_at_a_pass_spends_nothing(here, clock):
    path = f"/session/enter/{here.access.passes.make('Ada', 'inspector', now=clock())}"
    for _ in range(2):
        looked = here.client.head(path)
        assert (looked.status_code, looked.headers["location"]) == (303, "/")
        assert "set-cookie" not in looked.headers
    assert "set-cookie" in here.client.get(path).headers
    assert here.client.head(path).status_code == 401


def test_an_expired_or_forged_pass_is_refused(here, clock):
    token = here.access.passes.make("Ada", "administrator", now=clock())
    assert here.client.get(f"/session/enter/{token[:-1]}").status_code == 401
    clock.go_on(minutes=11)
    assert here.client.get(f"/session/enter/{token}").status_code == 401
    assert here.client.get("/v1/session").status_code == 401


def test_where_people_sign_in_no_pass_is_good(at_the, door, oidc, clock):
    there = at_the(door(oidc=oidc()))
    token = there.access.passes.make("Ada", "administrator", now=clock())
    answer = there.client.get(f"/session/enter/{token}")
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_pass_is_no_credential_by_itself(here, clock):
    token = here.access.passes.make("Ada", "administrator", now=clock())
    assert here.client.get("/v1/session", headers={"Authorization": f"Bearer {token}"}).status_code == 401
