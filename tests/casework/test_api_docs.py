"""Every example in docs/api.md is run, as it stands, against the real service and its real door."""

import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from servers import running

from api.app import create_app
from inspection.access.keys import Scope, new_key
from inspection.wiring import new_id

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SHELL = [code for language, code in BLOCKS if language == "sh"]


@pytest.fixture
def address(product, tmp_path, coffee_jpeg, monkeypatch):
    (tmp_path / "cup.jpg").write_bytes(coffee_jpeg)
    monkeypatch.chdir(tmp_path)
    with running(create_app(product, works=True)) as address:
        until = time.monotonic() + 30
        while httpx.get(f"{address}/readyz").status_code != 200 and time.monotonic() < until:
            time.sleep(0.05)
        yield address


def test_the_python_examples_run_one_after_the_other(address, product, capsys):
    key, text = new_key(new_id(), "Shop", [Scope.ADMIN], now=datetime.now(UTC))
    product.keys.add(key)
    room = {}
    for language, code in BLOCKS:
        if language == "python":
            told = code.replace("http://127.0.0.1:8000", address).replace("isk_your_key", text)
            exec(compile(told, "docs/api.md", "exec"), room)  # noqa: S102 ours
    said = capsys.readouterr().out
    assert re.search("^(decided accept|in_review review) ", said, re.MULTILINE)
    assert re.search("^the shopper reads (accept|review) ", said, re.MULTILINE)
    assert re.search("^412 changed_meanwhile$", said, re.MULTILINE)
    assert room["seen"].answer is None


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("code", SHELL, ids=lambda code: code.split()[-1])
def test_the_curl_examples_run(address, code):
    told = code.replace("localhost:8000", address.removeprefix("http://")).replace("$(uuidgen)", new_id())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", told], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert '"id":' in done.stdout
    assert "urn:inspection:problem" not in done.stdout


def test_every_example_is_run():
    assert {language for language, _ in BLOCKS} == {"python", "sh"}
    assert len(SHELL) >= 3
