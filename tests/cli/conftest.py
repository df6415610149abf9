import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from inspection.cli import app


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path, tiny_bundle):
    """A model that answers by arithmetic, and nothing of this machine's own settings."""
    for name in [name for name in os.environ if name.startswith("INSPECTION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSPECTION_BUNDLE", str(tiny_bundle))
    monkeypatch.setenv("INSPECTION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INSPECTION_DEVICE", "cpu")


@pytest.fixture
def say():
    """`say("inspect", photo)` runs the command line in this process."""
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def shell():
    """The same as a process of its own: its streams and its exit code are the real ones."""

    def run(*words, **options):
        command = [sys.executable, "-m", "inspection", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)

    return run


@pytest.fixture
def photo(tmp_path):
    """`photo("a/image.jpg")` writes a photo no other call writes, and returns its path."""
    made = np.random.default_rng(7)

    def write(name="cup.jpg", *, folder: Path = tmp_path, grey: int = 120) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = made.integers(-20, 20, (240, 320, 3))
        cv2.imwrite(str(path), np.clip(grey + noise, 0, 255).astype(np.uint8))
        return path

    return write
