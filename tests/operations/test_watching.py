"""Alerts, dashboard, runbook and code speak of the same metrics, and the alerts go off when they should."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from operations.words import METRIC, alerts, dashboard, documents, expressions, family, listed


@pytest.fixture(scope="session")
def promtool():
    """Prometheus's own: on the path, or where INSPECTION_PROMTOOL says."""
    found = os.environ.get("INSPECTION_PROMTOOL") or shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is absent: apt-get install prometheus")
    return found


def said_by(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_every_metric_that_is_used_is_in_the_list_and_every_listed_one_is_used(operations):
    known = listed(operations)
    used = {family(name, known) for _, text in expressions(operations) for name in METRIC.findall(text)}
    assert used == set(known)


def test_every_label_that_is_asked_for_is_one_that_the_metric_has(operations):
    known = listed(operations)
    for where, text in expressions(operations):
        for name, matchers in re.findall(r"\b(inspection_\w+)\{([^}]*)\}", text):
            asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
            assert asked <= known[family(name, known)][1], where


def test_gauges_that_every_process_tells_are_never_added_up(operations):
    known = listed(operations)
    gauges = {name for name, (kind, labels) in known.items() if kind == "gauge" and not labels}
    assert len(gauges) == 6
    for where, text in expressions(operations):
        for name in gauges & set(METRIC.findall(text)):
            assert f"max({name})" in text, where


def test_the_code_counts_what_is_listed(operations):
    if importlib.util.find_spec("inspection.telemetry.metrics") is None:
        pytest.skip("there is no inspection.telemetry.metrics")
    from inspection.telemetry import metrics  # noqa: PLC0415

    known = listed(operations)
    made = {one.name: one.type for one in metrics.REGISTRY.collect()}
    counted = {f"{name}_total" if kind == "counter" else name for name, kind in made.items()}
    assert counted | set(metrics.STANDING) | {"inspection_store_up"} == set(known)


def test_every_alert_is_in_the_runbook_and_says_how_bad_it_is(operations):
    told = (operations / "runbook.md").read_text()
    headings = re.findall(r"^### (Inspection\w+)$", told, re.M)
    assert headings == [rule["alert"] for rule in alerts(operations)]
    for rule in alerts(operations):
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["runbook"] == f"docs/operations/runbook.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"].endswith(".")


def test_every_link_of_the_runbook_leads_somewhere(operations):
    for file in ("runbook.md", "README.md"):
        told = (operations / file).read_text()
        anchors = {
            re.sub(r"[^\w -]", "", line).strip().replace(" ", "-").lower()
            for line in re.findall(r"^#+ (.*)$", told, re.M)
        }
        for target in re.findall(r"\]\(([^)]+)\)", told):
            path, _, anchor = target.partition("#")
            assert not path or (operations / path).exists(), target
            assert not anchor or anchor in anchors, target


def test_promtool_takes_the_alerts(operations, promtool):
    code, said = said_by([promtool, "check", "rules", str(operations / "prometheus" / "alerts.yaml")])
    assert code == 0, said


def test_the_alerts_go_off_when_they_should_and_not_before(operations, promtool, tmp_path):
    told = (Path(__file__).parent / "alerts.test.yaml").read_text()
    file = tmp_path / "alerts.test.yaml"
    file.write_text(told.replace("ALERTS", str(operations / "prometheus" / "alerts.yaml")))
    code, said = said_by([promtool, "test", "rules", str(file)])
    assert code == 0, said


def test_each_alert_is_seen_going_off(operations):
    (told,) = documents(Path(__file__).parent / "alerts.test.yaml")
    seen = {
        case["alertname"]
        for test in told["tests"]
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert seen == {rule["alert"] for rule in alerts(operations)}


def test_promtool_understands_every_expression_of_the_dashboard(operations, promtool, tmp_path):
    rules = "".join(
        f"  - record: panel:{number}\n    expr: {json.dumps(text)}\n"
        for number, (_, text) in enumerate(expressions(operations))
    )
    file = tmp_path / "panels.yaml"
    file.write_text(f"groups:\n- name: panels\n  rules:\n{rules}")
    code, said = said_by([promtool, "check", "rules", str(file)])
    assert code == 0, said


def test_the_dashboard_is_one_that_grafana_takes(operations):
    """What its importer needs: ids that differ, a grid without overlaps, a data source that can be chosen."""
    told = dashboard(operations)
    assert told["uid"]
    assert told["title"]
    assert told["schemaVersion"] >= 36
    assert [one["name"] for one in told["templating"]["list"] if one["type"] == "datasource"] == [
        "datasource"
    ]
    panels = told["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
        assert panel["type"] in {"stat", "timeseries", "table"}
        assert panel["title"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == panel["datasource"]["uid"] == "${datasource}"
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
