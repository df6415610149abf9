import csv
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from photo.bad_photos import REJECTED_AS

from inspection.commands.remembering import Remembering
from inspection.commands.score import in_order
from inspection.errors import PhotoEmpty
from inspection.photo.decode import open_photo

HEADER = "file,damage,recaptured,match,category,grade,decision,error"


def code_of(error):
    """The code is the class's name, so it needs no message."""
    return error.__new__(error).code


@pytest.fixture
def scored(say, tmp_path):
    """`scored(text)` scores that manifest; the rows, and what the command said."""

    def run(text, *, folder=tmp_path):
        manifest, out = folder / "manifest.csv", folder / "scores.csv"
        manifest.write_bytes(text if isinstance(text, bytes) else text.encode())
        said = say("score", manifest, "--out", out)
        assert said.exit_code == 0, said.output
        written = out.read_text(encoding="utf-8")
        assert written.splitlines()[0] == HEADER
        return list(csv.DictReader(written.splitlines())), said

    return run


def test_one_row_a_photo_in_the_order_they_came_with_the_cell_unchanged(scored, photo, tmp_path):
    names = [f"{n}/image.jpg" for n in (3, 1, 2)] + ["./3/image.jpg", f"{tmp_path}/1/image.jpg"]
    for name in names[:3]:
        photo(name)
    rows, _ = scored("file\n" + "\n".join(names) + "\n")
    assert [row["file"] for row in rows] == names
    assert all(row["error"] == "" for row in rows)
    assert rows[0]["damage"] == rows[3]["damage"]
    assert all(0 <= float(row[claim]) <= 1 for row in rows for claim in ("damage", "recaptured"))
    assert {row["decision"] for row in rows} <= {"accept", "ask_for_photo", "review"}
    assert {row["category"] for row in rows} <= {"bright", "dark"}
    assert {row["grade"] for row in rows} <= set("ABCDE")


def test_a_claim_that_was_not_made_is_an_empty_cell(scored, photo):
    photo("a.jpg")
    photo("sold.jpg")
    rows, _ = scored("file,references\na.jpg,\na.jpg,sold.jpg\n")
    assert rows[0]["match"] == ""
    assert 0 <= float(rows[1]["match"]) <= 1


def test_a_photo_that_fails_is_a_row_with_its_error_and_the_rest_goes_on(scored, photo, tmp_path):
    photo("good.jpg")
    (tmp_path / "empty.jpg").touch()
    rows, said = scored(
        "file,references\nempty.jpg,\ngone.jpg,\n,\ngood.jpg,gone.jpg\ngood.jpg,empty.jpg\ngood.jpg,\n"
    )
    assert [row["error"].split(":")[0] for row in rows] == [
        "photo_empty",
        "file_missing",
        "file_missing",
        "file_missing",
        "photo_empty",
        "",
    ]
    assert all(
        not row[cell] for row in rows[:5] for cell in ("damage", "recaptured", "match", "grade", "decision")
    )
    assert rows[5]["damage"]
    assert "6 photos scored, 5 with an error" in said.stderr
    assert said.stdout == ""


def test_every_bad_photo_is_a_row_that_says_why(scored, photo, bad_photos, tmp_path):
    photo("good.jpg")
    for n, encoded in enumerate(bad_photos.values()):
        (tmp_path / f"{n}.jpg").write_bytes(encoded)
    rows, _ = scored("file\n" + "".join(f"{n}.jpg\n" for n in range(len(bad_photos))) + "good.jpg\n")
    codes = [row["error"].split(":")[0] for row in rows]
    assert codes == [*(code_of(REJECTED_AS[name]) for name in bad_photos), ""]


def test_a_byte_order_mark_quotes_umlauts_and_unknown_columns_are_fine(scored, photo):
    names = ["täsche, rot.jpg", 'a "quoted" one.jpg']
    for name in names:
        photo(name)
    quoted = "".join('7,"{}",x\r\n'.format(name.replace('"', '""')) for name in names)
    rows, _ = scored(b"\xef\xbb\xbf" + f"row,file,note\r\n{quoted}".encode())
    assert [row["file"] for row in rows] == names
    assert [row["error"] for row in rows] == ["", ""]


def test_too_many_references_are_that_rows_error(scored, photo):
    photo("a.jpg")
    photo("sold.jpg")
    rows, _ = scored(f"file,references\na.jpg,{';'.join(['sold.jpg'] * 21)}\na.jpg,sold.jpg; ;\n")
    assert rows[0]["error"].startswith("too_many_photos")
    assert rows[1]["error"] == ""


def test_paths_are_looked_for_beside_the_manifest_and_then_from_here(scored, photo, tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    photo("a.jpg", folder=here)
    photo("b.jpg", folder=there)
    monkeypatch.chdir(here)
    rows, _ = scored("file\na.jpg\nb.jpg\n", folder=there)
    assert [row["error"] for row in rows] == ["", ""]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"photo,price\na.jpg,1\n", "no column 'file'"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x80\x81", "not text"),
        (b"\x00\x01\x02\x03", "no column 'file'"),
        (b'file\n"never closed', "no CSV"),
        ("file\nä.jpg\n".encode("utf-16"), "not text"),
        (b"file\n" + b"ok.jpg\n" * 9000 + b"\xff\n", "not text"),
    ],
)
def test_a_manifest_that_is_none_is_one_line_and_nothing_is_written(say, tmp_path, content, why):
    manifest = tmp_path / "manifest.csv"
    manifest.write_bytes(content)
    said = say("score", manifest, "--out", tmp_path / "scores.csv")
    assert said.exit_code == 1
    assert said.stderr.count("\n") == 1
    assert why in said.stderr
    assert not list(tmp_path.glob("*scores*"))


def test_a_manifest_of_no_rows_gives_the_header_alone(scored):
    assert scored("file\n")[0] == []


def test_missing_files_and_folders_are_named(say, tmp_path, photo):
    photo("a.jpg")
    manifest = tmp_path / "m.csv"
    assert "no such file" in say("score", manifest, "--out", tmp_path / "s.csv").stderr
    assert "folder" in say("score", tmp_path, "--out", tmp_path / "s.csv").stderr
    manifest.write_text("file\na.jpg\n")
    assert "cannot be written" in say("score", manifest, "--out", tmp_path / "no" / "s.csv").stderr
    assert say("score", manifest).exit_code == 2
    assert say("score", manifest, "--out", manifest).exit_code == 2
    assert manifest.read_text() == "file\na.jpg\n"


@pytest.mark.parametrize("taken", ["a.jpg", "sold.jpg", " b.jpg"])
def test_scores_never_take_the_place_of_a_photo_in_the_manifest(say, photo, tmp_path, taken):
    for name in ("a.jpg", "sold.jpg", " b.jpg"):
        photo(name)
    before = (tmp_path / taken).read_bytes()
    (tmp_path / "m.csv").write_text("file,references\na.jpg, sold.jpg\n b.jpg,\n")
    said = say("score", tmp_path / "m.csv", "--out", tmp_path / taken)
    assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
    assert "would be overwritten" in said.stderr
    assert (tmp_path / taken).read_bytes() == before


@pytest.mark.parametrize("out", [".", "/", "", "b" * 3000])
def test_scores_that_cannot_be_written_there_are_one_line(say, photo, tmp_path, monkeypatch, out):
    photo("a.jpg")
    (tmp_path / "m.csv").write_text("file\na.jpg\n")
    monkeypatch.chdir(tmp_path)
    said = say("score", "m.csv", "--out", out)
    assert isinstance(said.exception, SystemExit)  # else a traceback
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)


def test_scores_can_go_into_a_device_which_stays_one(shell, photo, tmp_path):
    photo("a.jpg")
    (tmp_path / "m.csv").write_text("file\na.jpg\n")
    done = shell("score", tmp_path / "m.csv", "--out", "/dev/stdout")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == HEADER
    assert shell("score", tmp_path / "m.csv", "--out", os.devnull).returncode == 0
    assert Path(os.devnull).is_char_device()


def test_a_manifest_may_come_through_a_pipe(photo, tmp_path):
    photo("a.jpg")
    command = [sys.executable, "-m", "inspection", "score", "/dev/stdin", "--out", "s.csv"]
    done = subprocess.run(
        command, input="file\na.jpg\n", capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 photos scored, 0 with an error" in done.stderr


def test_a_space_around_a_cell_is_forgiven_unless_the_file_is_called_so(scored, photo):
    photo("a.jpg")
    photo("sold.jpg", grey=60)
    photo(" b.jpg", grey=90)
    photo("b.jpg", grey=200)
    rows, _ = scored("file,references\n a.jpg ,sold.jpg ; sold.jpg\n b.jpg,\nb.jpg,\n  ,\n")
    assert [row["file"] for row in rows] == [" a.jpg ", " b.jpg", "b.jpg", "  "]
    assert [row["error"].split(":")[0] for row in rows] == ["", "", "", "file_missing"]
    assert rows[1]["recaptured"] != rows[2]["recaptured"]


def test_what_the_columns_mean_is_in_the_help(say):
    said = " ".join(say("score", "--help").stdout.replace("│", "").split())
    assert "thresholds by category" in said


def test_earlier_scores_stay_when_the_operator_has_to_mend_something_first(say, photo, tmp_path):
    photo("a.jpg")
    manifest, out = tmp_path / "m.csv", tmp_path / "scores.csv"
    manifest.write_text("file\na.jpg\n")
    out.write_text("earlier")
    assert say("score", manifest, "--out", out, "--bundle", "gone").exit_code == 1
    assert out.read_text() == "earlier"
    assert not list(tmp_path.glob(".scores*"))


def test_nothing_is_drawn_where_no_one_watches(shell, photo, tmp_path):
    photo("a.jpg")
    (tmp_path / "m.csv").write_text("file\na.jpg\n")
    done = shell("score", tmp_path / "m.csv", "--out", tmp_path / "s.csv")
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr


def test_a_terminal_sees_how_far_it_is(photo, tmp_path):
    photo("a.jpg")
    (tmp_path / "m.csv").write_text("file\na.jpg\n")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "inspection", "score", tmp_path / "m.csv", "--out", tmp_path / "s.csv"]
    done = subprocess.run(
        command, stderr=theirs, stdout=subprocess.PIPE, check=True, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        drawn = terminal.read1(100_000).decode()
    assert "Scoring" in drawn
    assert "1/1" in drawn
    assert done.stdout == b""


def test_outcomes_keep_their_order_and_few_are_under_way_at_once():
    under_way, most, lock = 0, 0, threading.Lock()
    started = []

    def items():
        nonlocal under_way, most
        for n in range(200):
            with lock:
                under_way += 1
                most = max(most, under_way)
            yield n

    def work(n):
        started.append(n)
        return n * n

    with ThreadPoolExecutor(3) as pool:
        for n, squared in enumerate(in_order(pool, work, items(), ahead=8)):
            assert squared == n * n
            under_way -= 1
    assert len(started) == 200
    assert most <= 8


class CountingGate:
    """The real gate, counting."""

    def __init__(self):
        self.opened = 0

    def open(self, encoded):
        self.opened += 1
        return open_photo(encoded)


def test_a_reference_that_many_rows_name_is_opened_once(photo):
    counted = CountingGate()
    gate = Remembering(counted, most=2)
    one, two, three = (photo(f"{n}.jpg").read_bytes() for n in range(3))
    for _ in range(5):
        gate.remember(one)
        gate.remember(two)
        assert gate.open(one) is gate.open(one)
        assert gate.open(two).sha256 != gate.open(one).sha256
    assert counted.opened == 2
    gate.remember(three)  # the one used least recently makes room
    gate.open(one)
    assert counted.opened == 4


def test_a_reference_that_is_rejected_is_left_for_the_workflow_to_say():
    gate = Remembering(CountingGate())
    gate.remember(b"")
    with pytest.raises(PhotoEmpty):
        gate.open(b"")
