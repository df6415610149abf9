"""The one secret of a service, and the keys derived from it: a key for each purpose, so none serves another.

It comes from INSPECTION_SECRET, else it is made once and kept in the home folder. Two may be given, newest
first: what the older one signed holds until it expires, and the newer one signs from now on.
"""

import hmac
import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from inspection.errors import SettingUnusable, StoreUnusable

LEAST_BYTES = 32
MOST_SECRETS = 2
_PLACEHOLDER = re.compile(rb"(?i)(replace|change)[-_. ]?(me|this|it)|placeholder|your[-_. ]?secret|example")


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """For one purpose. `id` is 4 bytes that say which secret it came from, and nothing about it."""

    id: bytes
    key: bytes = field(repr=False)


class Secret:
    """One or two texts, newest first. Printed or logged, it shows nothing of them."""

    __slots__ = ("_texts",)

    def __init__(self, text: str) -> None:
        """Raises `SettingUnusable`, which repeats nothing of the text."""
        self._texts = tuple(one.encode() for one in text.split())
        if not 1 <= len(self._texts) <= MOST_SECRETS:
            raise SettingUnusable("secret", "it is one secret, or two separated by a space, newest first")
        if any(len(one) < LEAST_BYTES for one in self._texts):
            raise SettingUnusable("secret", f"a secret has at least {LEAST_BYTES} bytes")
        if any(_PLACEHOLDER.search(one) for one in self._texts):
            raise SettingUnusable("secret", "it is an example's; make one with: openssl rand -hex 32")
        if any(len(set(one)) < LEAST_BYTES // 4 for one in self._texts):
            raise SettingUnusable("secret", "it repeats itself; make one with: openssl rand -hex 32")

    def __repr__(self) -> str:
        return f"Secret(<{len(self._texts)} kept quiet>)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")

    def derived(self, purpose: str) -> tuple[DerivedKey, ...]:
        """The keys for a purpose, such as "link", newest first: the first one signs, each may check."""
        return tuple(
            DerivedKey(_hkdf(text, f"inspection/{purpose}/id", 4), _hkdf(text, f"inspection/{purpose}", 32))
            for text in self._texts
        )


def _hkdf(text: bytes, info: str, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) without a salt, for at most 32 bytes: one block of it."""
    extracted = hmac.digest(bytes(32), text, sha256)
    return hmac.digest(extracted, info.encode() + b"\x01", sha256)[:length]


def secret_of(given: str | None, home: Path) -> Secret:
    """What was given, else the one in `<home>/secret`, made on first use. Raises `SetupProblem`."""
    return Secret(given) if given is not None else Secret(_kept(home / "secret"))


def _kept(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        mode = file.stat().st_mode
        if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise StoreUnusable(str(file), "others may read this secret; chmod 600, and replace it")
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnusable(str(file), getattr(error, "strerror", None) or "it is no secret") from error


def _make(file: Path) -> None:
    """Whole or not at all, and the first of two processes wins: a link never replaces a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".secret-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
        _kept_for_good(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def _kept_for_good(folder: Path) -> None:
    """A power cut must not lose a name that links were signed under."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
