"""What the files for operators say, read once: names of metrics, expressions, documents of YAML."""

import json
import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="PyYAML is absent")

METRIC = re.compile(r"\binspection_[a-z_]+\b")


def documents(file):
    return [one for one in yaml.safe_load_all(Path(file).read_text()) if one is not None]


def listed(operations):
    """Name to kind and labels, of the one list there is."""
    rows = re.findall(
        r"^\| `(inspection_\w+)` \| (\w+) \|([^|]*)\|", (operations / "metrics.md").read_text(), re.M
    )
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def family(name, known):
    """A histogram's series by its own name."""
    for suffix in ("_bucket", "_count", "_sum"):
        if name.endswith(suffix) and known.get(name.removesuffix(suffix), ("",))[0] == "histogram":
            return name.removesuffix(suffix)
    return name


RULES = {"alerts.yaml": "alerts.test.yaml", "platform.yaml": "platform.test.yaml"}
"""Of Prometheus, with the file that tries them: the service's own, and examples of what lies around it."""


def alerts(operations, name="alerts.yaml"):
    (document,) = documents(operations / "prometheus" / name)
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard(operations):
    return json.loads((operations / "grafana" / "dashboard.json").read_text())


def expressions(operations):
    """All of them, with where they stand; Grafana's variables as Prometheus would see them."""
    found = [(rule["alert"], rule["expr"]) for rule in alerts(operations)]
    for panel in dashboard(operations)["panels"]:
        found += [
            (panel["title"], target["expr"].replace("$__rate_interval", "5m")) for target in panel["targets"]
        ]
    return found
