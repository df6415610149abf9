"""What is printed: readable wherever it goes, and never a traceback about an alphabet."""

import io
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any


def print_json(said: object) -> None:
    """Indented; every character as itself where the output can carry it, else escaped as JSON allows."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    print(json.dumps(said, indent=2, ensure_ascii=not encoding.startswith("utf")))


def forgiving(stream: Any) -> None:
    """Let the stream print `?` for what its encoding lacks, such as umlauts where only ASCII is read."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def shown_name(name: str) -> str:
    """A file's name as text: on Linux it may hold bytes that are none."""
    return os.fsencode(name).decode("utf-8", "replace")


def silenced() -> None:
    """After a write failed: what is still in the buffer would fail once more at the very end."""
    with suppress(OSError), Path(os.devnull).open("w") as nowhere:  # in a test, stdout may be no file
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
