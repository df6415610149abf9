"""The command, from a bundle's folder to a table and a page."""

import json
from pathlib import Path

import pytest

from training.data import ROOT
from training.evaluate.__main__ import main

BUNDLE = ROOT / "models" / "lite0-v2"
pytest.importorskip("matplotlib")


@pytest.mark.parametrize("arguments", [["no-such-bundle"], [str(BUNDLE), "--policy", "no-such-policy.toml"]])
def test_what_is_not_there_is_one_line_and_no_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1


def test_without_photos_every_claim_is_a_row_and_none_has_a_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INSPECTION_DATA", str(tmp_path / "nothing"))
    page, rows_of = tmp_path / "page.html", tmp_path / "rows.json"
    assert main([str(BUNDLE), "--quick", "--report", str(page), "--json", str(rows_of)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    measured = {row[0] for row in rows if row[0] and row[5] != "–"}
    asked = {row[0] for row in rows}
    # the bundle brings its own golden pictures; everything else needs photos
    assert all("against fp32" in claim for claim in measured)
    assert {"right item: recall@1", "category", "error among those accepted"} <= asked
    assert not any(row[7] == "met" for row in rows if "against fp32" not in row[0])
    kept = json.loads(rows_of.read_text(encoding="utf-8"))
    assert kept["bundle"] == "lite0-v2"
    assert {row["figure"] for row in kept["rows"] if row["verdict"] == "no figure"} == {None}
    told = page.read_text(encoding="utf-8")
    assert "lite0-v2: what it is worth" in told
    assert "http" not in told.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")
