"""The files that start it are valid, by their own validators, and safe by what they say."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from operations.conftest import ROOT
from operations.words import documents, yaml

from inspection.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()
KUBERNETES = "1.31"
NOT_OURS = {"AWS", "TMPDIR", "OMP", "POSTGRES", "MINIO", "S3", "GF", "FORWARDED"}
OURS = ("api", "worker", "audit")  # of compose


def applied(operations):
    """What `kubectl apply -f` of the folder takes: by its documentation, *.json, *.yaml and *.yml."""
    files = sorted(
        file for file in (operations / "kubernetes").iterdir() if file.suffix in {".json", ".yaml", ".yml"}
    )
    assert len(files) >= 6
    return [one for file in files for one in documents(file)]


def manifests(operations):
    """With the example of the Secret."""
    return applied(operations) + documents(operations / "kubernetes" / "secret.yaml.example")


def template(workload):
    """Of its pods."""
    spec = workload["spec"]
    return (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)["template"]


def pods(operations):
    return {
        one["metadata"]["name"]: template(one)["spec"]
        for one in manifests(operations)
        if one["kind"] in {"Deployment", "CronJob"}
    }


def compose(operations):
    (told,) = documents(operations / "compose.yaml")
    return told


def filled_in(text):
    """As compose does before it reads: `${NAME:-else}` and `${NAME:?why}`, and `$$` is a dollar."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    text = re.sub(
        r"(?<!\$)\$\{(\w+):([-?])([^}]*)\}", lambda m: m[3] if m[2] == "-" else f"given-{m[1]}", text
    )
    assert not re.search(r"(?<!\$)\$[{A-Za-z]", text)
    return text.replace("$$", "$")


def test_kubernetes_takes_the_manifests(operations):
    validate = pytest.importorskip(
        "kubernetes_validate", reason="kubernetes-validate is absent: pip install kubernetes-validate"
    )
    for manifest in manifests(operations):
        validate.validate(manifest, KUBERNETES, strict=True)


def test_everything_that_is_asked_for_is_there(operations):
    kinds = {(one["kind"], one["metadata"]["name"]) for one in manifests(operations)}
    for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget"):
        assert {(kind, "inspection-api"), (kind, "inspection-worker")} <= kinds
    assert {("Service", "inspection-api"), ("Ingress", "inspection"), ("ConfigMap", "inspection")} <= kinds
    assert {("CronJob", "inspection-audit"), ("Secret", "inspection")} <= kinds
    assert any(kind == "NetworkPolicy" for kind, _ in kinds)


def test_applying_the_folder_leaves_the_real_secret_as_it_is(operations):
    assert not [one for one in applied(operations) if one["kind"] == "Secret"]


def test_no_process_is_root_or_can_change_its_own_image(operations):
    for name, pod in pods(operations).items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert str(pod["securityContext"]["runAsUser"]) in DOCKERFILE
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            inside = container["securityContext"]
            assert inside["readOnlyRootFilesystem"] is True
            assert inside["allowPrivilegeEscalation"] is False
            assert inside["capabilities"] == {"drop": ["ALL"]}
            assert {"requests", "limits"} == set(container["resources"])
            if name != "inspection-audit":  # it ends by itself
                assert {"livenessProbe", "startupProbe"} <= set(container)
            written = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert written == {"/data", "/tmp"}  # noqa: S108 - a mount of its own
            assert {mount["name"] for mount in container["volumeMounts"]} == {
                one["name"] for one in pod["volumes"]
            }


def test_the_probes_ask_what_they_mean(operations):
    (api,) = pods(operations)["inspection-api"]["containers"]
    (worker,) = pods(operations)["inspection-worker"]["containers"]
    assert api["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    # a process that waits for its database is not restarted for it, be it old or new
    for probe in ("livenessProbe", "startupProbe"):
        assert api[probe]["httpGet"] == {"path": "/healthz", "port": "http"}
        assert worker[probe]["httpGet"] == {"path": "/healthz", "port": "metrics"}
    from api.routes.health import router  # noqa: PLC0415

    assert {"/healthz", "/readyz"} <= {route.path for route in router.routes}


def test_what_was_begun_has_the_time_to_end(operations):
    """40 s in the process, and on Kubernetes the seconds before it is told."""
    for name in ("inspection-api", "inspection-worker"):
        pod = pods(operations)[name]
        (container,) = pod["containers"]
        stop = (
            container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["sleep", "0"])
        )
        assert pod["terminationGracePeriodSeconds"] >= 40 + int(stop[1]) + 10
    for name in ("api", "worker"):
        assert compose(operations)["services"][name]["stop_grace_period"] == "60s"


def test_all_ports_that_are_scraped_probed_and_let_through_are_those_of_the_processes(operations):
    (config,) = [one["data"] for one in applied(operations) if one["kind"] == "ConfigMap"]
    for one in applied(operations):
        if one["kind"] == "Deployment":
            told = template(one)["metadata"]["annotations"]
            (container,) = template(one)["spec"]["containers"]
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            assert str(ports["metrics"]) == told["prometheus.io/port"] == config["INSPECTION_METRICS_PORT"]
    scraped = documents(operations / "prometheus" / "prometheus.yaml")[0]["scrape_configs"]
    services = compose(operations)["services"]
    for job in scraped:
        for found in job["dns_sd_configs"]:
            for name in found["names"]:
                assert str(found["port"]) == services[name]["environment"]["INSPECTION_METRICS_PORT"]


def test_there_is_room_for_every_connection(operations):
    services = compose(operations)["services"]
    (room,) = [int(one.partition("=")[2]) for one in services["postgres"]["command"] if "=" in one]
    processes = 1 + services["worker"]["deploy"]["replicas"] + 1
    assert processes * 40 < room - 3  # as many as a process has ever held, and PostgreSQL's own
    most = {
        one["metadata"]["name"]: one["spec"]["maxReplicas"]
        for one in applied(operations)
        if one["kind"] == "HorizontalPodAutoscaler"
    }
    told = (operations / "runbook.md").read_text()
    row = (
        f"API 2 to {most['inspection-api']} and 1, workers 2 to {most['inspection-worker']} and 3, the audit"
    )
    assert row in told
    assert f"{15 * (most['inspection-api'] + 1 + most['inspection-worker'] + 3 + 1)} at most" in told


def test_what_selects_finds_what_it_means(operations):
    labels = [
        template(one)["metadata"]["labels"]
        for one in manifests(operations)
        if one["kind"] in {"Deployment", "CronJob"}
    ]
    for one in manifests(operations):
        spec = one.get("spec", {})
        if one["kind"] == "Service" and one["metadata"]["name"] != "inspection-nowhere":
            wanted = spec["selector"]
        elif one["kind"] in {"PodDisruptionBudget", "Deployment"}:
            wanted = spec["selector"]["matchLabels"]
        elif one["kind"] == "NetworkPolicy":
            wanted = spec["podSelector"]["matchLabels"]
        else:
            continue
        assert any(wanted.items() <= have.items() for have in labels), one["metadata"]["name"]


def test_metrics_are_not_seen_from_outside(operations):
    for name, service in compose(operations)["services"].items():
        for port in service.get("ports", []):
            assert not str(port).endswith(":9464"), name
            assert name == "api" or str(port).startswith("127.0.0.1:"), name
    (ingress,) = [one for one in manifests(operations) if one["kind"] == "Ingress"]
    (rule,) = ingress["spec"]["rules"]
    hidden = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert hidden == {"/metrics": "inspection-nowhere", "/": "inspection-api"}


def test_compose_takes_the_compose_file(operations):
    spec = pytest.importorskip("compose_spec", reason="compose-spec is absent: pip install compose-spec")
    merged = yaml.safe_load(filled_in((operations / "compose.yaml").read_text()))  # it knows no `<<`
    told = spec.PyCompose.from_json(json.dumps(merged)).to_dict()
    assert set(told["services"]) == {
        *OURS, "postgres", "objects", "bucket", "prometheus", "grafana",
    }  # fmt: skip


def test_compose_runs_two_workers_of_the_same_image_and_keeps_what_must_stay(operations):
    told = compose(operations)
    services = told["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["worker"]["image"] == services["api"]["image"]
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    named = {
        volume.split(":")[0]
        for one in services.values()
        for volume in one.get("volumes", [])
        if ":" in volume and not volume.startswith("./")
    }
    assert named == set(told["volumes"])
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            assert not volume.startswith("./") or (operations / volume.split(":")[0]).exists(), volume


def test_what_starts_by_itself_is_the_service_and_nothing_that_only_looks_on(operations):
    services = compose(operations)["services"]
    asked_for = {name: one["profiles"] for name, one in services.items() if "profiles" in one}
    assert asked_for == {"audit": ["tools"], "prometheus": ["watch"], "grafana": ["watch"]}
    for name, one in services.items():
        assert re.search(r":[^:]*\d", one["image"]) or name in OURS, f"{name} has no version"
        again = {"audit": "no", "bucket": "on-failure"}.get(name, "unless-stopped")
        assert one["restart"] == again, name


def test_the_checks_of_the_containers_find_what_they_ask(operations, tmp_path):
    """The image's own, run here: `serve` answers on 8000, a worker on the port of its metrics."""
    (line,) = re.findall(r"HEALTHCHECK .*\\\n\s*CMD (\[.*\])$", DOCKERFILE, re.M)
    _, *given = json.loads(line)
    with answering(200) as api, answering(503) as ill, answering(200) as worker, closed() as nobody:
        for asked, metrics, healthy in (
            (api, nobody, True), (ill, worker, False), (nobody, worker, True), (nobody, ill, False),
            (nobody, nobody, False),
        ):  # fmt: skip
            command = [sys.executable, given[0], given[1].replace("8000", str(asked))]
            environment = {**os.environ, "INSPECTION_METRICS_PORT": str(metrics)}
            done = subprocess.run(command, env=environment, capture_output=True, check=False)
            assert (done.returncode == 0) is healthy, done.stderr


@contextmanager
def answering(status):
    """Somebody who says that to `/healthz`, and its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_):
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def closed():
    """A port that is taken, and at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def test_no_secret_is_written_down(operations):
    for service in compose(operations)["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|KEY|_USER$", name) and name != "POSTGRES_USER":
                assert str(value).startswith("${"), name
                assert ":?" in str(value), f"{name} has a default"
    for one in manifests(operations):
        if one["kind"] == "ConfigMap":
            assert not [
                name for name in one["data"] if re.search(r"SECRET|PASSWORD|ACCESS_KEY|DATABASE", name)
            ]
        if one["kind"] == "Secret":
            assert all("replace-me" in value for value in one["stringData"].values())


def test_every_setting_that_is_given_is_one_there_is(operations):
    given = set()
    for one in manifests(operations):
        given |= set(one.get("data", {})) | set(one.get("stringData", {}))
    for pod in pods(operations).values():
        given |= {one["name"] for container in pod["containers"] for one in container.get("env", [])}
    given -= {"EXPECT"}  # the audit's own
    for service in compose(operations)["services"].values():
        given |= set(service.get("environment", {}))
    ours = {name.removeprefix("INSPECTION_").lower() for name in given if name.startswith("INSPECTION_")}
    assert {name.split("_")[0] for name in given if not name.startswith("INSPECTION_")} <= NOT_OURS
    assert ours <= set(Settings.model_fields)


def test_the_image_serves_and_works_as_nobody_with_what_the_search_needs():
    assert 'CMD ["inspection", "serve"' in DOCKERFILE
    assert "USER 10001:10001" in DOCKERFILE
    assert "PYTHONUNBUFFERED=1" in DOCKERFILE
    assert "'.[seen,otel]'" in DOCKERFILE
    from typer.main import get_command  # noqa: PLC0415

    from inspection.cli import app  # noqa: PLC0415

    assert {"serve", "worker"} <= set(get_command(app).commands)
