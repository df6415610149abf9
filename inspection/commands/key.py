"""`inspection key`: keys for other systems. The text of a new one is printed once, and kept nowhere."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from inspection.access.keys import ApiKey, ApiKeys, ExpiryUnusable, KeyNotFound, new_key
from inspection.commands.out import print_json


def create(
    keys: ApiKeys, name: str, scopes: Sequence[str], *, new_id: Callable[[], str], days: float | None = None
) -> None:
    """Prints the key alone on stdout, so that it can go straight into a vault."""
    now = datetime.now(UTC)
    key, text = new_key(new_id(), name, scopes, now=now, expires_at=_after(now, days))
    keys.add(key)
    _made(key, text)


def rotate(keys: ApiKeys, key_id: str, *, new_id: Callable[[], str], hours: float) -> None:
    """A new key like the old one, which holds for some hours more."""
    now = datetime.now(UTC)
    old = keys.find(key_id)
    if old is None:
        raise KeyNotFound(key_id)
    until = now if hours == 0 else _after(now, hours / 24)
    if until is None or until < now:
        raise ExpiryUnusable("The old key holds for some hours more, or 0 for none.")
    expires_at = None if old.expires_at is None else now + (old.expires_at - old.created_at)
    key, text = new_key(new_id(), old.name, old.scopes, now=now, expires_at=expires_at)
    keys.replace(key_id, key, now=now, until=until)
    _made(key, text)


def revoke(keys: ApiKeys, key_id: str) -> None:
    """At once, in every process."""
    keys.end(key_id, now=datetime.now(UTC))
    print(f"Key {key_id} opens nothing any more.")


def show(keys: ApiKeys, *, json: bool) -> None:
    """All there ever were, the newest first."""
    now = datetime.now(UTC)
    if json:
        print_json([_said(key, now) for key in keys.listed()])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("key", "name", "scopes", "made", "holds", "last used"):
        table.add_column(column, overflow="fold", no_wrap=column == "key")
    for key in keys.listed():
        table.add_row(
            key.id,
            key.name,
            " ".join(key.scopes),
            _day(key.created_at),
            _holds(key, now),
            _day(key.last_used_at),
        )
    Console(highlight=False, markup=False).print(table)


def _made(key: ApiKey, text: str) -> None:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(
        f"Key {key.id} ({key.name}): {', '.join(key.scopes)}. It is shown this once:"
    )
    print(text)


def _after(now: datetime, days: float | None) -> datetime | None:
    try:
        return None if days is None else now + timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise ExpiryUnusable from error


def _said(key: ApiKey, now: datetime) -> dict[str, object]:
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    told = {name: at and at.isoformat() for name in times for at in [getattr(key, name)]}
    return {"id": key.id, "name": key.name, "scopes": list(key.scopes), **told, "good": key.good_at(now)}


def _holds(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day(key.revoked_at)}"
    if key.expires_at is None:
        return "until revoked"
    return f"{'until' if key.good_at(now) else 'expired'} {_day(key.expires_at)}"


def _day(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"
