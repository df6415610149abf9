import json
from datetime import UTC, datetime, timedelta

import pytest

from inspection.access.keys import ExpiryUnusable, KeyNotFound, KeyReplaced, ScopeUnknown, checked
from inspection.access.links import Links, LinkTooLong, NotAReturn
from inspection.access.secret import Secret
from inspection.commands import key as command
from inspection.commands import link
from inspection.errors import ReturnNotFound
from inspection.returns.case import Line, Return
from inspection.store.keys import SqlApiKeys
from inspection.wiring import new_id


@pytest.fixture
def keys(database):
    return SqlApiKeys(database)


@pytest.fixture
def made(keys, capsys):
    def make(**more):
        command.create(keys, "Order system", ["returns"], new_id=new_id, **more)
        said = capsys.readouterr()
        return said.out.strip(), said.err

    return make


def now():
    return datetime.now(UTC)


def test_a_new_key_is_alone_on_stdout(made, keys):
    text, said = made(days=30)
    key = checked(text, keys, now())
    assert key is not None
    assert key.id in said
    assert text not in said
    assert timedelta(days=29) < key.expires_at - now() <= timedelta(days=30)


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf"), 1e300, 5000])
def test_a_key_for_days_that_make_no_sense_is_not_made(made, keys, days):
    with pytest.raises(ExpiryUnusable):
        made(days=days)
    assert not keys.any()


def test_a_scope_that_is_none_is_named_with_those_there_are(keys):
    with pytest.raises(ScopeUnknown, match="'everything'; there are: returns, inspections"):
        command.create(keys, "x", ["everything"], new_id=new_id)


def test_a_key_is_listed_without_its_secret(made, keys, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text, _ = made()
    command.show(keys, json=False)
    table = capsys.readouterr().out
    assert "Order system" in table
    assert "until revoked" in table
    command.show(keys, json=True)
    said = capsys.readouterr().out
    [listed] = json.loads(said)
    assert (listed["name"], listed["scopes"], listed["good"]) == ("Order system", ["returns"], True)
    for out in (table, said):
        assert text.split("_")[2] not in out
        assert keys.find(listed["id"]).secret_sha256 not in out


def test_a_revoked_key_opens_nothing(made, keys, capsys):
    text, _ = made()
    key = checked(text, keys, now())
    command.revoke(keys, key.id)
    assert checked(text, keys, now()) is None
    with pytest.raises(KeyNotFound):
        command.revoke(keys, key.id)


@pytest.mark.parametrize("hours", [0, 24])
def test_a_key_that_is_replaced_holds_so_long(made, keys, capsys, hours):
    text, _ = made()
    old = checked(text, keys, now())
    command.rotate(keys, old.id, new_id=new_id, hours=hours)
    new = checked(capsys.readouterr().out.strip(), keys, now())
    assert (new.name, new.scopes) == (old.name, old.scopes)
    assert (checked(text, keys, now()) is not None) is (hours > 0)
    assert checked(text, keys, now() + timedelta(hours=hours, seconds=1)) is None


def test_a_key_is_replaced_by_one_that_holds_as_long_and_only_once(made, keys, capsys):
    text, _ = made(days=90)
    first = checked(text, keys, now())
    new = first
    for hours in (24, 24):
        before, new_text = new, command_text(command.rotate, keys, new.id, hours, capsys)
        new = checked(new_text, keys, now())
        assert new.expires_at > now() + timedelta(days=89)
        with pytest.raises(KeyReplaced, match=new.id):
            command.rotate(keys, before.id, new_id=new_id, hours=hours)
    with pytest.raises(KeyReplaced, match=new.id):
        command.rotate(keys, first.id, new_id=new_id, hours=24)
    assert len(keys.listed()) == 3


def command_text(rotate, keys, key_id, hours, capsys):
    rotate(keys, key_id, new_id=new_id, hours=hours)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("hours", [-1, float("nan"), float("inf")])
def test_an_overlap_that_makes_no_sense_changes_nothing(made, keys, hours):
    text, _ = made()
    old = checked(text, keys, now())
    with pytest.raises(ExpiryUnusable):
        command.rotate(keys, old.id, new_id=new_id, hours=hours)
    assert keys.listed() == [old]


@pytest.fixture
def requested(product):
    id_ = new_id()
    line = Line(id=new_id(), return_id=id_, position=1, title="A cup", price_cents=4000)
    return product.workflow.request_return(
        Return(id=id_, created_at=now(), currency="EUR", reference="R-1", lines=(line,))
    )


@pytest.fixture
def links():
    return Links(Secret("0123456789abcdef" * 2))


@pytest.mark.parametrize(
    ("address", "front"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/r/"),
        ("https://returns.example.com", "https://returns.example.com/r/"),
        ("https://x.de/", "https://x.de/r/"),
    ],
)
def test_a_link_is_printed_alone(product, requested, links, capsys, address, front):
    link.run(product.cases, links, requested.id, address=address, hours=1)
    printed = capsys.readouterr().out.strip()
    assert printed.startswith(front)
    assert links.read(printed.removeprefix(front), now=now())[0] == requested.id


def test_a_link_that_would_lead_nowhere_is_not_printed(product, requested, links, capsys):
    for return_id, hours, error in (
        (new_id(), 1, ReturnNotFound),
        ("x", 1, NotAReturn),
        (requested.id, 0, LinkTooLong),
        (requested.id, 1e9, LinkTooLong),
    ):
        with pytest.raises(error):
            link.run(product.cases, links, return_id, address="http://x", hours=hours)
    assert capsys.readouterr().out == ""
