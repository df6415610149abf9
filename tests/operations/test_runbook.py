"""What is pasted at night works: each command exists, takes those options, and names what the files start."""

import re
import shutil
import subprocess

import pytest
from operations.commands import blocks, commands, inline
from operations.words import documents
from typer.main import get_command

from inspection.access.keys import Scope
from inspection.cli import app
from inspection.store.tables import TABLES

VALUED = {"--since", "--tail", "--scale", "--volume", "--profile"}
"""Options of docker compose whose value is the next word."""
KINDS = {
    "deployment": "Deployment",
    "cronjob": "CronJob",
    "hpa": "HorizontalPodAutoscaler",
    "secret": "Secret",
    "configmap": "ConfigMap",
    "pvc": "PersistentVolumeClaim",
}
MADE_BY_HAND = {("ConfigMap", "inspection-audit")}  # the audit's, which may be absent


@pytest.fixture(scope="module", params=["runbook.md", "README.md"])
def told(request, operations):
    return (operations / request.param).read_text()


@pytest.fixture(scope="module")
def services(operations):
    (compose,) = documents(operations / "compose.yaml")
    return compose["services"]


@pytest.fixture(scope="module")
def manifests(operations):
    folder = operations / "kubernetes"
    return [
        one for file in [*folder.glob("*.yaml"), folder / "secret.yaml.example"] for one in documents(file)
    ]


def parse(words):
    """As the command line does, without doing it. Raises for what it does not know."""
    assert words[0] == "inspection"
    command, rest = get_command(app), words[1:]
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    return command.make_context("inspection", rest)


def of_compose(words):
    """The services that a line names, and what it runs in one."""
    named, positional, rest = [], [], words[2:]
    while rest:
        word = rest.pop(0)
        if word in VALUED:
            value = rest.pop(0)
            named += [value.partition("=")[0]] if word == "--scale" else []
        elif not word.startswith("-"):
            positional.append(word)
            if positional[0] in {"exec", "run"} and len(positional) == 2:
                break
    assert positional[0] in {"ps", "exec", "run", "logs", "restart", "up", "start", "stop"}, words
    return [*named, *positional[1:]], rest


def container_of(workload):
    spec = workload["spec"]
    spec = spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec
    (container,) = spec["template"]["spec"]["containers"]
    return container["name"]


def labels_of(manifests):
    for one in manifests:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield spec["template"]["metadata"]["labels"]


def named_things(words):
    """`deployment/inspection-api` and `secret inspection`, as kind and name."""
    for number, word in enumerate(words):
        kind, slash, name = (
            word.partition("=")[2].partition("/") if "--from=" in word else word.partition("/")
        )
        if slash and kind in KINDS:
            yield KINDS[kind], name
        elif kind in KINDS and words[number - 1] != "create":
            for after in words[number + 1 :]:
                if after in {"generic"} or after.startswith("-"):
                    break
                yield KINDS[kind], after


def test_there_is_something_to_paste(operations):
    runbook = (operations / "runbook.md").read_text()
    programs = [words[0] for words in commands(runbook)]
    assert programs.count("docker") > 20
    assert programs.count("kubectl") > 20
    assert len(inline(runbook)) > 5


def test_the_shell_understands_each_block(told):
    for block in blocks(told):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), block


def test_each_command_of_the_service_is_one_it_has(told, services):
    for words in inline(told):
        if words[1:] != ["…"]:
            parse(words)
    for words in commands(told):
        inside = words if words[0] == "inspection" else []
        if words[:2] == ["docker", "compose"]:
            _, inside = of_compose(words)
        elif words[0] == "kubectl" and "--" in words:
            inside = words[words.index("--") + 1 :]
        if inside[:1] == ["inspection"]:
            context = parse(inside)
            assert set(context.params.get("scope") or []) <= {scope.value for scope in Scope}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [("audits", "audits"), ("audit --expected 1:2", "expected"), ("key create", "(?i)name|scope")],
)
def test_what_is_no_command_of_the_service_would_be_noticed(wrong, why):
    with pytest.raises(Exception, match=why):
        parse(["inspection", *wrong.split()])


def test_each_line_for_compose_names_services_that_it_has(told, services):
    for words in commands(told):
        if words[:2] == ["docker", "compose"]:
            named, _ = of_compose(words)
            assert set(named) <= set(services), words


def test_each_line_for_kubernetes_names_what_the_manifests_make(told, manifests):
    there = {(one["kind"], one["metadata"]["name"]): one for one in manifests}
    for words in commands(told):
        if words[0] != "kubectl":
            continue
        before = words[: words.index("--")] if "--" in words else words
        for kind, name in named_things([word for word in before if "=" not in word or "--from=" in word]):
            assert (kind, name) in {*there, *MADE_BY_HAND}, words
        if before[1:3] == ["set", "image"]:
            kind, _, name = before[3].partition("/")
            container, _, image = before[4].partition("=")
            assert container == container_of(there[KINDS[kind], name])
            assert image.startswith("registry.example/inspection:")
        if "--selector" in before:
            label, _, value = before[before.index("--selector") + 1].partition("=")
            assert any(labels.get(label) == value for labels in labels_of(manifests)), words


def test_each_table_that_is_asked_is_one_there_is(told):
    for name in re.findall(r"\bFROM (\w+)", told):
        assert name in {*TABLES.tables, "pg_stat_activity", "pg_class"}, name


def test_kubectl_takes_each_command(told):
    """Its own parser: an option it does not know is said before a cluster is asked."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is absent: https://kubernetes.io/docs/tasks/tools")
    nowhere = ["--server", "http://127.0.0.1:9", "--request-timeout", "100ms"]
    for words in commands(told):
        if words[0] == "kubectl" and words[1] != "config":
            at = words.index("--") if "--" in words else len(words)
            line = [*words[:at], *nowhere, *words[at:]]
            done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
            assert "unknown" not in done.stderr, (words, done.stderr)
            assert "error: must" not in done.stderr, (words, done.stderr)
