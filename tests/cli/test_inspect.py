import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo.bad_photos import REJECTED_AS

from inspection.commands.front import repeated
from inspection.look import Looker
from inspection.verdict.findings import View


def one_line(said, *words):
    """A known problem: exit code 1 and a single line that names it."""
    assert said.exit_code == 1, said.output
    assert said.stdout == ""
    assert said.stderr.startswith("error: ")
    assert said.stderr.count("\n") == 1
    for word in words:
        assert word in said.stderr


def painted(path, bgr, where=np.s_[:, :]):
    picture = cv2.imread(str(path))
    picture[where] = bgr
    cv2.imwrite(str(path), picture)


def test_json_is_the_contract_to_the_letter(shell, photo):
    done = shell("inspect", photo(), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert {"decision", "grade", "damage", "authenticity", "photos", "model", "policy"} <= set(said)
    assert said["decision"]["kind"] in {"accept", "ask_for_photo", "review"}
    assert all(set(reason) == {"code", "text"} for reason in said["decision"]["reasons"])
    assert list(said["grade"]) == ["value", "probabilities", "set"]
    assert list(said["grade"]["probabilities"]) == ["A", "B", "C", "D", "E"]
    assert list(said["damage"]) == ["probability", "findings"]
    assert said["authenticity"] == {
        "capture": {"recaptured": said["authenticity"]["capture"]["recaptured"]},
        "identity": {"match": None},
        "item": {"genuine": None},
    }
    assert [photo["id"] for photo in said["photos"]] == ["photo-1"]
    assert set(said["photos"][0]["quality"]) == {"ok", "problems"}
    assert said["model"] == {"bundle": "tiny", "sha256": said["model"]["sha256"], "device": "cpu (fp32)"}
    assert set(said["policy"]) == {"version"}


def test_a_finding_has_its_kind_probability_severity_photo_and_box(say, photo):
    path = photo()
    painted(path, (20, 20, 240), where=np.s_[60:180, 80:240])  # red is damage to the model of these tests
    findings = json.loads(say("inspect", path, "--json").stdout)["damage"]["findings"]
    assert findings
    assert all(list(one) == ["kind", "probability", "severity", "photo", "box"] for one in findings)
    assert np.asarray([one["box"] for one in findings]).shape == (len(findings), 4)
    assert findings[0]["photo"] == "photo-1"


def test_people_read_the_decision_its_reasons_and_what_it_rests_on(say, photo):
    said = say("inspect", photo())
    assert said.exit_code == 0
    for word in (
        "Grade",
        "Claims",
        "Is it damaged?",
        "no claim",
        "cup.jpg",
        "tiny on cpu (fp32)",
        "policy house-",
    ):
        assert word in said.stdout


def test_references_are_all_the_files_up_to_the_next_option(say, photo):
    item, sold = photo("item.jpg"), [photo("sold/1.jpg"), photo("sold/2.jpg")]
    said = json.loads(say("inspect", item, "--reference", *sold, "--json").stdout)
    assert len(said["photos"]) == 1
    assert said["authenticity"]["identity"]["match"] is not None
    assert (
        said["grade"]
        == json.loads(say("inspect", item, "--reference", sold[0], "--reference", sold[1], "--json").stdout)[
            "grade"
        ]
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("p --ref a b --json", "p --ref a --ref b --json"),
        ("p --ref a --ref b", "p --ref a --ref b"),
        ("--ref a b -- p q", "--ref a --ref b -- p q"),
        ("p --ref=a", "p --ref=a"),
        ("p --ref", "p --ref"),
        ("p --ref --json", "p --ref --json"),
        ("p q", "p q"),
    ],
)
def test_an_option_with_several_values_is_repeated_before_each(given, meant):
    assert repeated(given.split(), "--ref") == meant.split()


def test_the_report_is_written_whole_and_nothing_else_is_left(say, photo, tmp_path):
    path = tmp_path / "out" / "report.html"
    path.parent.mkdir()
    said = say("inspect", photo(), "--report", path)
    assert said.exit_code == 0
    assert "report.html" in said.stdout
    html = path.read_text()
    assert html.startswith("<!doctype html>")
    assert html.count("data:image/jpeg;base64,") == 2  # the photo and its heat map
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_with_json_a_report_leaves_stdout_to_the_json(say, photo, tmp_path):
    assert json.loads(say("inspect", photo(), "--json", "--report", tmp_path / "r.html").stdout)
    assert (tmp_path / "r.html").exists()


def test_a_report_that_cannot_be_written_is_a_known_problem(say, photo, tmp_path):
    one_line(
        say("inspect", photo(), "--report", tmp_path / "nowhere" / "r.html"), "nowhere", "cannot be written"
    )


@pytest.mark.parametrize(("words", "cents"), [((), None), (("--price", "49.90"), 4990), (("--price=0",), 0)])
def test_what_was_paid_reaches_the_decision_in_cents(say, photo, monkeypatch, words, cents):
    paid = []
    whole = Looker.look

    def noting(self, sent, references=(), **terms):
        paid.append(terms["price_cents"])
        return whole(self, sent, references, **terms)

    monkeypatch.setattr(Looker, "look", noting)
    assert say("inspect", photo(), *words).exit_code == 0
    assert paid == [cents]


def test_views_and_photos_asked_for_before_reach_the_workflow(say, photo, monkeypatch):
    told = []
    whole = Looker.look

    def noting(self, sent, references=(), **terms):
        told.append(([one.view for one in sent], terms["asked"]))
        return whole(self, sent, references, **terms)

    monkeypatch.setattr(Looker, "look", noting)
    words = ("inspect", photo("1.jpg"), photo("2.jpg"), photo("3.jpg"))
    said = say(*words, "--view", "back", "--view", "close_up", "--asked", "2", "--json")
    assert [one["view"] for one in json.loads(said.stdout)["photos"]] == ["back", "close_up", None]
    assert say(*words).exit_code == 0
    assert told == [([View.BACK, View.CLOSE_UP, None], 2), ([None, None, None], 0)]


@pytest.mark.parametrize(
    "words",
    [("--view", "inside"), ("--view", "front", "--view", "back"), ("--asked", "-1"), ("--asked", "x")],
)
def test_a_view_that_is_none_or_one_too_many_is_wrong_usage(say, photo, words):
    assert say("inspect", photo(), *words).exit_code == 2


@pytest.mark.parametrize("report", [".", "/", "", "page", "cup.jpg", "page.html/"])
def test_a_report_that_would_be_no_page_is_refused_before_any_work(say, photo, tmp_path, monkeypatch, report):
    path = photo()
    before = path.read_bytes()
    (tmp_path / "page.html").mkdir()
    monkeypatch.chdir(tmp_path)
    said = say("inspect", path, "--report", report)
    assert said.exit_code in (1, 2)
    assert isinstance(said.exception, SystemExit)  # else a traceback
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "tiny") == ["cup.jpg", "page.html"]


def test_a_report_never_takes_the_place_of_a_photo(say, photo, tmp_path):
    path, sold = photo(), photo("sold.jpg")
    for taken in (path, sold):
        page = tmp_path / f"{taken.stem}.html"
        page.hardlink_to(taken)  # a photo, whatever it is called
        said = say("inspect", path, "--reference", sold, "--report", page)
        assert (said.exit_code, said.stderr.count("\n")) == (2, 1)
        assert "would be overwritten" in said.stderr
        assert page.read_bytes() == taken.read_bytes()


def test_a_name_that_is_no_text_is_shown_as_well_as_it_can_be(shell, photo, tmp_path):
    path = tmp_path / "cup\udcff.jpg"
    try:
        photo().rename(path)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 alone")
    done = shell("inspect", path, "--report", tmp_path / "r.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cup\ufffd.jpg" in (tmp_path / "r.html").read_text()
    done = shell("inspect", path, "--report", tmp_path / "\udcff.html")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("--json",), ()])
def test_a_full_disk_behind_stdout_is_one_line(photo, words):
    command = [sys.executable, "-m", "inspection", "inspect", str(photo()), *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no space left" in done.stderr.lower()


def test_where_only_ascii_can_be_shown_nothing_breaks(shell, photo):
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    path = photo("täschchen.jpg")
    people = shell("inspect", path, env=ascii_only)
    assert (people.returncode, people.stderr) == (0, "")
    assert "t?schchen.jpg" in people.stdout
    programs = shell("inspect", path, "--json", env=ascii_only)
    assert (programs.returncode, programs.stderr) == (0, "")
    assert programs.stdout.isascii()
    assert json.loads(programs.stdout)["photos"]
    assert shell("--help", env=ascii_only).returncode == 0


@pytest.mark.parametrize("price", ["-1", "lots", "nan", "1.999", "1e99", "1e999999", "-1e999999", "sNaN"])
def test_a_price_that_is_no_amount_of_money_is_wrong_usage(say, photo, price):
    assert say("inspect", photo(), f"--price={price}").exit_code == 2


@pytest.mark.parametrize(
    "words", [["inspect"], ["inspect", "--json"], ["nonsense"], ["inspect", "--device", "abacus", "x"]]
)
def test_wrong_usage_is_exit_code_2(say, words):
    said = say(*words)
    assert said.exit_code == 2
    assert "Traceback" not in said.output


def test_a_path_that_leads_nowhere_is_named(say, tmp_path):
    one_line(say("inspect", tmp_path / "gone.jpg"), "gone.jpg", "no such file")
    one_line(say("inspect", tmp_path), "folder")
    one_line(say("inspect", "a" * 5000), "too long")


@pytest.mark.parametrize("name", REJECTED_AS)
def test_a_bad_photo_is_one_line_that_names_its_path(say, bad_photos, tmp_path, name):
    path = tmp_path / "image.jpg"  # whatever it is, it is called a photo
    path.write_bytes(bad_photos[name])
    one_line(say("inspect", path, "--json"), str(path))


def test_among_good_ones_the_bad_one_is_named_by_its_path(say, photo, bad_photos):
    good, path = photo(), photo("bad/image.jpg")
    path.write_bytes(bad_photos["text"])
    one_line(say("inspect", good, path), str(path))
    one_line(say("inspect", good, "--reference", path), str(path))
    one_line(say("inspect", good, "--reference", photo("sold.jpg"), path), str(path))


def test_more_bytes_than_we_take_are_not_even_read(say, tmp_path):
    path = tmp_path / "large.jpg"
    with path.open("wb") as file:
        file.truncate(90_000_000_000)  # a sparse file: reading it would end this process
    one_line(say("inspect", path), "large.jpg", "90000.0 MB")


def test_60_photos_are_too_many(say, photo, tmp_path):
    many = [photo(f"{n}.jpg") for n in range(60)]
    one_line(say("inspect", *many), "60")
    one_line(say("inspect", many[0], "--reference", *many), "60")


def test_the_same_photo_twice_is_said_so(say, photo):
    path = photo()
    one_line(say("inspect", path, path), "1 and 2")


def test_photos_that_are_all_named_alike_stay_apart(say, photo):
    same_name = [photo(f"{n}/image.jpg") for n in range(3)]
    said = json.loads(say("inspect", *same_name, "--json").stdout)
    assert [one["id"] for one in said["photos"]] == ["photo-1", "photo-2", "photo-3"]
    assert len({one["sha256"] for one in said["photos"]}) == 3


def test_a_device_that_is_not_here_is_an_error_and_never_the_cpu(say, photo):
    one_line(say("inspect", photo(), "--device", "tensorrt"), "tensorrt")


def test_a_bundle_that_is_not_there_is_a_known_problem(say, photo):
    one_line(say("inspect", photo(), "--bundle", "no-such-bundle"), "no-such-bundle")


def test_a_known_problem_in_a_process_of_its_own_is_one_line(shell, tmp_path):
    done = shell("inspect", tmp_path / "gone.jpg", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_traceback(photo):
    command = [sys.executable, "-m", "inspection", "inspect", str(photo()), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_help_and_version_load_no_model_and_no_web_framework():
    heavy = ("numpy", "cv2", "onnxruntime", "fastapi", "PIL")
    look = f"import sys; from inspection.cli import app; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_version_is_printed(say):
    assert say("--version").stdout.startswith("inspection ")
