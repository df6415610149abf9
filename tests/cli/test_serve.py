import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest


def test_a_port_that_is_taken_is_one_line_and_exit_code_1(shell):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = shell("serve", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr
    assert "port or host" in done.stderr


def test_a_port_for_metrics_that_is_taken_is_one_line_too(shell, monkeypatch):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("INSPECTION_METRICS_PORT", str(port))
        done = shell("serve", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert str(port) in done.stderr


def test_a_drain_that_leaves_no_time_to_end_is_refused_in_one_line(say, monkeypatch):
    monkeypatch.setenv("INSPECTION_STOP_SECONDS", "10")
    monkeypatch.setenv("INSPECTION_DRAIN_SECONDS", "6")
    said = say("serve", "--port", "0")
    assert said.exit_code == 1
    assert said.stderr == (
        "error: The setting INSPECTION_DRAIN_SECONDS cannot be used: "
        "it is at most half of INSPECTION_STOP_SECONDS, 5 s.\n"
    )


def test_a_host_that_is_nowhere_is_one_line(say):
    said = say("serve", "--host", "no.such.host.invalid")
    assert said.exit_code == 1
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["-1", "70000", "http"])
def test_a_port_that_is_none_is_wrong_usage(say, port):
    assert say("serve", f"--port={port}").exit_code == 2


def test_the_demo_shows_a_decision_then_the_address_and_ctrl_c_ends_it(tmp_path):
    command = [sys.executable, "-m", "inspection", "serve", "--demo", "--port", "0"]
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=unbuffered
    ) as server:
        try:
            said = []
            while not said or "http://" not in said[-1]:
                said.append(server.stdout.readline())
                assert said[-1], server.stderr.read()
            assert said[0].startswith("Decided just now: ")
            address = said[-1].split()[3]
            assert answers(f"{address}/healthz")
        finally:
            server.send_signal(2)
        assert server.wait(timeout=20) == 130
        assert "Traceback" not in server.stderr.read()


def answers(url: str, *, within_s: float = 20) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            return urllib.request.urlopen(url, timeout=5).status == 200  # noqa: S310
        except OSError:
            time.sleep(0.1)
    return False
