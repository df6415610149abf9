"""The files that start it are valid, by their own validators, and safe by what they say."""

import json
import re

import pytest
from operations.conftest import ROOT
from operations.words import documents, yaml

from inspection.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text()
KUBERNETES = "1.31"
NOT_OURS = {"AWS", "OMP", "POSTGRES", "MINIO", "S3"}


def manifests(operations):
    files = sorted((operations / "kubernetes").glob("*.yaml"))
    assert len(files) >= 6
    return [one for file in files for one in documents(file)]


def pods(operations):
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in manifests(operations)
        if one["kind"] == "Deployment"
    }


def compose(operations):
    (told,) = documents(operations / "compose.yaml")
    return told


def filled_in(text):
    """As compose does before it reads: `${NAME:-else}` and `${NAME:?why}`, and `$$` is a dollar."""
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
    assert ("Secret", "inspection") in kinds
    assert any(kind == "NetworkPolicy" for kind, _ in kinds)


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
            assert {"livenessProbe", "startupProbe"} <= set(container)
            written = {mount["mountPath"] for mount in container["volumeMounts"]}
            assert written == {"/data", "/tmp"}  # noqa: S108 - a mount of its own
            assert {mount["name"] for mount in container["volumeMounts"]} == {
                one["name"] for one in pod["volumes"]
            }


def test_the_probes_ask_what_they_mean(operations):
    (container,) = pods(operations)["inspection-api"]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    from api.routes.health import router  # noqa: PLC0415

    assert {"/healthz", "/readyz"} <= {route.path for route in router.routes}


def test_what_selects_finds_what_it_means(operations):
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for one in manifests(operations)
        if one["kind"] == "Deployment"
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
    (ingress,) = [one for one in manifests(operations) if one["kind"] == "Ingress"]
    (rule,) = ingress["spec"]["rules"]
    hidden = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert hidden == {"/metrics": "inspection-nowhere", "/": "inspection-api"}


def test_compose_takes_the_compose_file(operations):
    spec = pytest.importorskip("compose_spec", reason="compose-spec is absent: pip install compose-spec")
    merged = yaml.safe_load(filled_in((operations / "compose.yaml").read_text()))  # it knows no `<<`
    told = spec.PyCompose.from_json(json.dumps(merged)).to_dict()
    assert set(told["services"]) == {"api", "worker", "postgres", "objects", "bucket"}


def test_compose_runs_two_workers_of_the_same_image_and_keeps_what_must_stay(operations):
    told = compose(operations)
    services = told["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["worker"]["image"] == services["api"]["image"]
    for name in ("api", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    named = {
        volume.split(":")[0]
        for one in services.values()
        for volume in one.get("volumes", [])
        if ":" in volume
    }
    assert named == set(told["volumes"])
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


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
    for service in compose(operations)["services"].values():
        given |= set(service.get("environment", {}))
    ours = {name.removeprefix("INSPECTION_").lower() for name in given if name.startswith("INSPECTION_")}
    assert {name.split("_")[0] for name in given if not name.startswith("INSPECTION_")} <= NOT_OURS
    missing = ours - set(Settings.model_fields)
    if missing <= AGREED and missing:
        pytest.skip(f"settings agreed on, not there yet: {', '.join(sorted(missing))}")
    assert missing == set()


AGREED = {"secret", "photos", "public_url", "oidc_issuer", "oidc_client_id", "oidc_client_secret"}


def test_the_image_serves_and_works_as_nobody_with_what_the_search_needs():
    assert 'CMD ["inspection", "serve"' in DOCKERFILE
    assert "USER 10001:10001" in DOCKERFILE
    assert "PYTHONUNBUFFERED=1" in DOCKERFILE
    from typer.main import get_command  # noqa: PLC0415

    from inspection.cli import app  # noqa: PLC0415

    assert {"serve", "worker"} <= set(get_command(app).commands)
