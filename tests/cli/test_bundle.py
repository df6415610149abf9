import json


def test_the_shelf_shows_what_is_served_and_why_one_is_refused(say, tiny_bundle):
    broken = tiny_bundle.parent / "broken"
    broken.mkdir()
    said = json.loads(say("bundle", "list", "--json").stdout)
    by_name = {one["name"]: one for one in said if one["name"] in ("tiny", "broken")}
    tiny = by_name["tiny"]
    assert list(tiny) == ["name", "version", "released", "bytes", "sha256", "served", "refused"]
    assert (tiny["version"], tiny["released"], tiny["served"], tiny["refused"]) == (
        "1.0.0",
        "2026-11-22",
        True,
        None,
    )
    assert tiny["bytes"] > 0
    assert by_name["broken"]["sha256"] is None
    assert "SHA256SUMS" in by_name["broken"]["refused"]


def test_people_see_a_table(say, tiny_bundle):
    said = say("bundle", "list")
    assert said.exit_code == 0
    assert "tiny" in said.stdout
    assert "served" in said.stdout


def test_a_bundle_that_says_what_it_said_is_verified(say, tiny_bundle):
    said = say("bundle", "verify", "--json")
    assert said.exit_code == 0
    figures = json.loads(said.stdout)
    assert figures["ok"] is True
    assert figures["runtimes"][0]["device"] == "cpu (fp32)"
    assert figures["runtimes"][0]["claims"]["damaged"]["flips"] == 0


def test_a_bundle_is_found_by_path_and_by_name(say, tiny_bundle):
    for name in (tiny_bundle, "tiny"):
        said = say("bundle", "verify", name)
        assert said.exit_code == 0
        assert "every answer is that of the release" in said.stdout


def test_an_answer_that_changed_is_exit_code_1(say, tiny_bundle, seal):
    cases = tiny_bundle / "golden" / "cases.json"
    changed = json.loads(cases.read_text())
    for case in changed["cases"]:
        case["outputs"]["damage"] = [-logit for logit in case["outputs"]["damage"]]
    cases.write_text(json.dumps(changed))
    seal(tiny_bundle)
    assert say("bundle", "verify").exit_code == 1
    assert json.loads(say("bundle", "verify", "--json").stdout)["ok"] is False


def test_a_bundle_that_is_missing_or_tampered_with_is_one_line(say, tiny_bundle):
    said = say("bundle", "verify", "gone")
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    (tiny_bundle / "extra").touch()
    assert "extra" in say("bundle", "verify").stderr
