"""Which bundle is in use, and which were: one line of JSON a change, only ever added to.

{"at": "2026-11-22T12:00:00+00:00", "action": "promote", "bundle": "/models/lite1-v3", "sha256": "ab…"}
"""

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from inspection.errors import NothingToRollBack, StoreUnusable


class Action(StrEnum):
    """What was done. A rollback names the bundle it went back to."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `at` (UTC) on, the bundle in `folder` was the one in use; `sha256` is what it was then."""

    at: datetime
    action: Action
    folder: Path
    sha256: str

    def said(self) -> dict[str, str]:
        """As its line in the history, and as `bundle list --history --json` prints it."""
        return {
            "at": self.at.isoformat(),
            "action": self.action.value,
            "bundle": str(self.folder),
            "sha256": self.sha256,
        }


class ServedHistory:
    """The file `served.jsonl`, made with the first change."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def changes(self) -> tuple[Change, ...]:
        """The oldest first. Raises `StoreUnusable`, which names the line that is none."""
        return tuple(self._changes())

    def standing(self) -> tuple[Change, ...]:
        """The promotions that no rollback took back, the newest last: that one is in use."""
        stack: list[Change] = []
        for change in self.changes():
            if change.action is Action.PROMOTE:
                stack.append(change)
            elif stack:
                stack.pop()
        return tuple(stack)

    def before(self) -> Change | None:
        """The promotion a rollback goes back to; `None` is the default. Raises `NothingToRollBack`."""
        standing = self.standing()
        if not standing:
            raise NothingToRollBack
        return standing[-2] if len(standing) > 1 else None

    def promote(self, folder: Path, sha256: str) -> None:
        """From now on this bundle is in use."""
        self._add(Change(at=datetime.now(UTC), action=Action.PROMOTE, folder=folder, sha256=sha256))

    def rollback(self, folder: Path, sha256: str) -> None:
        """From now on this one is again: that of `before`."""
        self._add(Change(at=datetime.now(UTC), action=Action.ROLLBACK, folder=folder, sha256=sha256))

    def _add(self, change: Change) -> None:
        # on the disk when this returns; a machine that dies midway leaves the history as it was
        line = json.dumps(change.said()).encode() + b"\n"
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab+", buffering=0) as file:
                file.seek(0)
                kept = file.read().rfind(b"\n") + 1
                file.truncate(kept)  # a line cut off by a crash never counted
                if file.write(line) != len(line):
                    file.truncate(kept)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreUnusable(str(self._file), error.strerror or str(error)) from error

    def _changes(self) -> Iterator[Change]:
        try:
            lines = self._file.read_bytes().split(b"\n")[:-1]  # what follows the last newline was cut off
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreUnusable(str(self._file), error.strerror or str(error)) from error
        for number, line in enumerate(lines, start=1):
            try:
                yield _read(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise StoreUnusable(str(self._file), f"line {number} is no change of the bundle") from error


def _read(said: dict[str, str]) -> Change:
    return Change(
        at=datetime.fromisoformat(said["at"]),
        action=Action(said["action"]),
        folder=Path(said["bundle"]),
        sha256=said["sha256"],
    )
