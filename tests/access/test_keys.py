import re
from datetime import UTC, datetime, timedelta

import pytest

from inspection.access.keys import (
    ExpiryUnusable,
    KeyNotFound,
    NameUnusable,
    Scope,
    ScopeUnknown,
    checked,
    new_key,
)
from inspection.store.keys import SqlApiKeys
from inspection.wiring import new_id

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def keys(database):
    return SqlApiKeys(database)


def made(keys, **more):
    key, text = new_key(new_id(), "Order system", ["returns"], now=NOW, **more)
    keys.add(key)
    return key, text


def test_a_key_is_shown_once_and_only_its_hash_is_kept(keys, database):
    key, text = made(keys)
    assert re.fullmatch(r"isk_[0-9a-f]{32}_[0-9a-f]{64}", text)
    secret = text.split("_")[2]
    with database.engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT * FROM api_keys").mappings().one()
    assert secret not in str(dict(row))
    assert secret not in repr(key)
    assert checked(text, keys, NOW) == key


def test_a_wrong_key_of_any_kind_opens_nothing(keys):
    key, text = made(keys)
    other, _ = made(keys)
    secret = text.split("_")[2]
    for wrong in (
        "",
        "isk_",
        text[:-1],
        text + "0",
        text + "\n",
        text.upper(),
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        f"isk_{other.id.replace('-', '')}_{secret}",
        f"isk_{key.id.replace('-', '')}_{key.secret_sha256}",
        f"isk_{'0' * 32}_{'0' * 64}",
        f"isk_{key.id.replace('-', '')}_",
        "isk_' OR 1=1 --_" + secret,
    ):
        assert checked(wrong, keys, NOW) is None


def test_a_key_expires_at_its_moment(keys):
    _, text = made(keys, expires_at=NOW + timedelta(hours=1))
    assert checked(text, keys, NOW + timedelta(minutes=59)) is not None
    assert checked(text, keys, NOW + timedelta(hours=1)) is None


def test_a_revoked_key_opens_nothing_from_then_on(keys, database):
    key, text = made(keys)
    keys.end(key.id, now=NOW)
    assert checked(text, SqlApiKeys(database), NOW) is None
    with pytest.raises(KeyNotFound):
        keys.end(key.id, now=NOW)
    with pytest.raises(KeyNotFound):
        keys.end(new_id(), now=NOW)


def test_while_one_key_replaces_another_both_hold(keys):
    old, old_text = made(keys)
    new, new_text = new_key(new_id(), old.name, old.scopes, now=NOW)
    keys.replace(old.id, new, now=NOW, until=NOW + timedelta(hours=24))
    for text in (old_text, new_text):
        assert checked(text, keys, NOW + timedelta(hours=23)) is not None
    assert checked(old_text, keys, NOW + timedelta(hours=24)) is None
    assert checked(new_text, keys, NOW + timedelta(days=400)) is not None


def test_replacing_a_key_never_makes_it_hold_longer(keys):
    old, text = made(keys, expires_at=NOW + timedelta(hours=1))
    keys.replace(
        old.id, new_key(new_id(), "x", ["returns"], now=NOW)[0], now=NOW, until=NOW + timedelta(days=9)
    )
    assert checked(text, keys, NOW + timedelta(hours=2)) is None


def test_a_key_that_is_over_is_not_replaced_and_nothing_is_added(keys):
    old, _ = made(keys)
    keys.end(old.id, now=NOW)
    with pytest.raises(KeyNotFound):
        keys.replace(old.id, new_key(new_id(), "x", ["returns"], now=NOW)[0], now=NOW, until=NOW)
    assert [key.id for key in keys.listed()] == [old.id]


def test_use_is_noted_at_most_once_a_minute(keys):
    key, _ = made(keys)
    noted = []
    for seconds in (0, 30, 59, 60, 61):
        keys.used(key.id, NOW + timedelta(seconds=seconds))
        noted.append(keys.find(key.id).last_used_at)
    assert noted == [NOW] * 3 + [NOW + timedelta(seconds=60)] * 2


def test_keys_are_listed_the_newest_first_and_remembered_for_ever(keys):
    assert not keys.any()
    first, _ = made(keys)
    second, _ = made(keys)
    assert keys.any()
    keys.end(first.id, now=NOW)
    assert [key.id for key in keys.listed()] == [second.id, first.id]
    keys.end(second.id, now=NOW)
    assert keys.any()


def test_scopes_are_words_we_know_in_one_order():
    key, _ = new_key(new_id(), "x", ["webhooks", "returns", "webhooks"], now=NOW)
    assert key.scopes == (Scope.RETURNS, Scope.WEBHOOKS)
    for scopes in ([], ["return"], ["returns", "*"], ["ADMIN"]):
        with pytest.raises(ScopeUnknown):
            new_key(new_id(), "x", scopes, now=NOW)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\x1b[31m"])
def test_a_name_that_says_nothing_is_refused(name):
    with pytest.raises(NameUnusable):
        new_key(new_id(), name, ["returns"], now=NOW)


def test_a_key_that_is_over_before_it_begins_is_refused():
    with pytest.raises(ExpiryUnusable):
        new_key(new_id(), "x", ["returns"], now=NOW, expires_at=NOW)
