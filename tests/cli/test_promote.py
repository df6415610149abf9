import json

import pytest
from tiny_bundle import write_tiny_bundle

from inspection.settings import Settings
from inspection.wiring import model as wiring


@pytest.fixture(autouse=True)
def default(monkeypatch, tiny_bundle):
    """Nobody asks for a bundle, and the one that the product brings is `tiny`."""
    monkeypatch.delenv("INSPECTION_BUNDLE")
    monkeypatch.setattr(wiring, "DEFAULT_BUNDLE", tiny_bundle)
    return tiny_bundle


@pytest.fixture
def another(tmp_path, seal):
    """`another("b")` is a whole bundle with files of its own, beside the others or where it is told."""

    def write(name, folder=tmp_path):
        path = write_tiny_bundle(folder / name)
        card = path / "card.toml"
        card.write_text(card.read_text().replace("for tests.", f"for tests: {name}."))
        seal(path)
        return path

    return write


@pytest.fixture
def in_use(say, photo):
    """The hash of the bundle that answers now."""
    path = photo()

    def ask(*words):
        said = say("inspect", path, "--json", *words)
        assert said.exit_code == 0, said.stderr
        return json.loads(said.stdout)["model"]["sha256"]

    return ask


def history(say):
    return json.loads(say("bundle", "list", "--history", "--json").stdout)


def test_the_bundle_promoted_last_answers_and_a_rollback_goes_one_back(say, another, in_use):
    default, a, b = in_use(), another("a"), another("b")
    assert say("bundle", "promote", a).exit_code == 0
    first = in_use()
    assert say("bundle", "promote", "b").exit_code == 0  # by its name, beside the one in use
    second = in_use()
    assert len({default, first, second}) == 3
    assert say("bundle", "rollback").exit_code == 0
    assert in_use() == first
    assert say("bundle", "rollback").exit_code == 0
    assert in_use() == default
    said = say("bundle", "rollback")
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert "none to go back to" in said.stderr
    assert [(one["action"], one["sha256"]) for one in history(say)] == [
        ("promote", first),
        ("promote", second),
        ("rollback", first),
        ("rollback", default),
    ]
    assert [one["bundle"] for one in history(say)[:2]] == [str(a), str(b)]
    assert all(one["at"].endswith("+00:00") for one in history(say))


def test_after_a_rollback_a_promotion_counts_as_before(say, another, in_use):
    for name in ("a", "b"):
        say("bundle", "promote", another(name))
    say("bundle", "rollback")
    first = in_use()
    say("bundle", "promote", another("c"))
    say("bundle", "rollback")
    assert in_use() == first


def test_what_is_asked_for_comes_before_what_was_promoted(say, another, in_use, default, monkeypatch):
    asked = in_use()
    say("bundle", "promote", another("a"))
    assert in_use("--bundle", default) == asked
    monkeypatch.setenv("INSPECTION_BUNDLE", str(default))
    assert in_use() == asked
    assert "INSPECTION_BUNDLE is set" in say("bundle", "promote", another("b")).stdout


def test_promoting_what_is_in_use_changes_nothing(say, another):
    path = another("a")
    say("bundle", "promote", path)
    assert "already" in say("bundle", "promote", path).stdout
    assert len(history(say)) == 1


def test_a_bundle_that_is_not_whole_is_not_promoted(say, another, tmp_path):
    (another("a") / "extra").touch()
    for name in (tmp_path / "a", "gone"):
        said = say("bundle", "promote", name)
        assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert history(say) == []
    assert "No bundle was promoted" in say("bundle", "list", "--history").stdout


def test_one_that_changed_since_is_refused_by_name_until_it_is_promoted_anew(
    say, another, in_use, seal, photo
):
    path = another("a")
    say("bundle", "promote", path)
    (path / "extra").touch()
    seal(path)  # whole again, and another
    said = say("inspect", photo("other.jpg"))
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert "Bundle a is refused: it has changed since" in said.stderr
    row = next(one for one in json.loads(say("bundle", "list", "--json").stdout) if one["name"] == "a")
    assert row["served"]
    assert "changed since" in row["refused"]
    assert say("bundle", "promote", path).exit_code == 0
    assert in_use()


def test_a_rollback_to_one_that_changed_is_refused_and_not_recorded(say, another, seal):
    path = another("a")
    say("bundle", "promote", path)
    say("bundle", "promote", another("b"))
    (path / "extra").touch()
    seal(path)
    assert "Bundle a is refused" in say("bundle", "rollback").stderr
    assert len(history(say)) == 2


def test_the_list_marks_the_one_in_use_wherever_it_lies(say, another, tmp_path):
    say("bundle", "promote", another("far", tmp_path / "elsewhere"))
    said = json.loads(say("bundle", "list", "--json").stdout)
    assert [one["name"] for one in said if one["served"]] == ["far"]
    assert "promote" in say("bundle", "list", "--history").stdout


def test_a_history_cut_off_by_a_crash_goes_on_with_its_last_whole_line(say, another, in_use, tmp_path):
    say("bundle", "promote", another("a"))
    file = Settings.read().home / "served.jsonl"
    whole = in_use()
    with file.open("a") as torn:
        torn.write('{"at": "2026')
    assert in_use() == whole
    say("bundle", "promote", another("b"))
    assert len(history(say)) == 2
    assert file.read_text().count("\n") == 2


def test_a_history_that_somebody_broke_is_one_line_that_names_the_place(say, another, photo):
    say("bundle", "promote", another("a"))
    file = Settings.read().home / "served.jsonl"
    file.write_text("nonsense\n" + file.read_text())
    for words in (("inspect", photo()), ("bundle", "list"), ("bundle", "rollback")):
        said = say(*words)
        assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
        assert "line 1" in said.stderr


def test_without_the_default_bundle_people_are_told_what_to_set(say, photo, tmp_path, monkeypatch):
    monkeypatch.setattr(wiring, "DEFAULT_BUNDLE", tmp_path / "site-packages" / "models" / "lite0-v2")
    said = say("inspect", photo())
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert "set INSPECTION_BUNDLE" in said.stderr
