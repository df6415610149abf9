"""A person's session: what the login said, signed, in a cookie. Only its end is stored.

It ends after a while without a request, and for good some hours after the login, so that roles taken away
at the issuer are gone here too. Signing out is remembered (`api.access.spent`) until then.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from api.access.callers import PEOPLE, Role
from api.access.spent import Spent
from inspection.access.secret import Secret
from inspection.access.signed import Signer

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=10)
RENEWED_AFTER = timedelta(minutes=1)
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in, as what, and when. `id` is the session's own, and no secret."""

    id: str
    person: str
    name: str
    role: Role
    begun: datetime
    seen: datetime

    def stale(self, now: datetime) -> bool:
        """Whether its cookie should say anew that somebody is there."""
        return now - self.seen >= RENEWED_AFTER


class Sessions:
    """Makes and reads them. Safe for threads."""

    def __init__(self, secret: Secret, spent: Spent) -> None:
        self._signer = Signer(secret, "session/1")
        self._spent = spent

    def begin(self, person: str, name: str, role: Role, now: datetime) -> Session:
        """A new one: never one that somebody brought along."""
        id_ = secrets.token_urlsafe(16)
        return Session(id=id_, person=person, name=name[:LONGEST_NAME], role=role, begun=now, seen=now)

    def cookie(self, session: Session, now: datetime) -> str:
        """Its value, as of now."""
        seen = replace(session, seen=now)
        said = [seen.id, seen.person, seen.name, seen.role, _seconds(seen.begun), _seconds(seen.seen)]
        return self._signer.sign(json.dumps(said, separators=(",", ":")).encode())

    def read(self, cookie: str, now: datetime) -> Session | None:
        """The session, if it is ours and still on."""
        said = self._signer.said(cookie)
        if said is None:
            return None
        id_, person, name, role, begun, seen = json.loads(said)
        if role not in PEOPLE:
            return None
        session = Session(
            id=id_, person=person, name=name, role=Role(role), begun=_time(begun), seen=_time(seen)
        )
        on = now < session.begun + ABSOLUTE and now < session.seen + IDLE
        return session if on and _ended(session) not in self._spent else None

    def end(self, session: Session, now: datetime) -> None:
        """Signed out: its cookie is worth nothing any more, whoever has copied it."""
        self._spent.spend(_ended(session), session.begun + ABSOLUTE, now)


def _ended(session: Session) -> str:
    return f"session {session.id}"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
