"""The server as it runs in earnest: a process of its own, hostile photos, bounded memory, a clean end."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import simplejpeg

from api.uploads import SMALL_BYTES
from inspection.settings import Settings

SERVE = (
    "import uvicorn; uvicorn.run('api.app:serve', factory=True, port={port},"
    " http='api.protocol:ProblemProtocol', log_level='critical', timeout_keep_alive=75)"
)
MOST_MB = 700  # the records, the jobs and the photos that came before are in this process, too


@contextmanager
def serving(bundle, home):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    environment = {**os.environ, "INSPECTION_BUNDLE": str(bundle), "INSPECTION_HOME": str(home)}
    server = subprocess.Popen([sys.executable, "-c", SERVE.format(port=port)], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            wait_until_ready(client, server)
            yield client, server
    finally:
        server.kill()
        server.wait()


def wait_until_ready(client, server):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended"
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not become ready")


@pytest.fixture(scope="module")
def served_bundle():
    """The released one: the memory of a toy would prove nothing."""
    bundle = Settings().bundle
    if not (bundle / "SHA256SUMS").is_file():
        pytest.skip(f"no released bundle at {bundle.name}")
    return bundle


@pytest.fixture(scope="module")
def server(served_bundle, tmp_path_factory):
    with serving(served_bundle, tmp_path_factory.mktemp("home")) as running:
        yield running


def classify(client, *photos, references=()):
    named = [*(("photos", photo) for photo in photos), *(("references", photo) for photo in references)]
    files = [(field, ("image.jpg", photo, "image/jpeg")) for field, photo in named]
    return client.post("/v1/classify", files=files)


def peak_mb(process):
    """The most memory it ever had, which the kernel notes: a sample may miss it."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def test_every_bad_photo_is_a_problem_and_the_process_serves_on_in_little_memory(
    server, bad_photos, coffee_jpeg, is_problem
):
    client, process = server

    def ask(name):
        answer = classify(client, bad_photos[name])
        return name, answer, classify(client, coffee_jpeg).status_code

    with ThreadPoolExecutor(8) as threads:
        for name, answer, next_status in threads.map(ask, list(bad_photos) * 2):
            assert is_problem(answer, answer.status_code), name
            assert 400 <= answer.status_code < 500, name
            assert next_status == 200, name
    assert peak_mb(process) < MOST_MB


def test_eight_clients_with_many_large_photos_each_stay_in_bounds(server, large_photos):
    client, process = server
    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(classify, client, *large_photos) for _ in range(8)]
    assert [answer.result().status_code for answer in answers] == [200] * 8
    assert peak_mb(process) < MOST_MB


def test_the_largest_requests_that_are_legal_stay_in_bounds(server, large_photos, vast_photos):
    """Two of 50 megapixels a photo, with references, among six that are kept in memory."""
    client, process = server
    asked = [
        (vast_photos[:4], vast_photos[4:]),
        (vast_photos[4:], vast_photos[:4]),
        *[(large_photos[:1], [])] * 6,
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: classify(client, *one[0], references=one[1]), asked))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert peak_mb(process) < MOST_MB


@pytest.fixture(scope="module")
def large_photos():
    """Four photos of 12 megapixels and about 5 MB: together more than one request may keep in memory."""
    random = np.random.default_rng(0)
    photos = []
    for _ in range(4):
        coarse = random.integers(40, 215, (126, 168, 3), np.uint8).repeat(24, 0).repeat(24, 1)
        grain = random.integers(0, 24, coarse.shape, np.uint8)
        photos.append(simplejpeg.encode_jpeg(coarse + grain, quality=95))
    assert sum(map(len, photos)) > SMALL_BYTES
    return photos


@pytest.fixture(scope="module")
def vast_photos():
    """Eight of 50 megapixels, the most that phones write."""
    squares = np.random.default_rng(1).integers(40, 215, (8, 192, 256, 3), np.uint8)
    return [
        simplejpeg.encode_jpeg(np.ascontiguousarray(one.repeat(32, 0).repeat(32, 1)), quality=80)
        for one in squares
    ]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
        b"GET /" + b"a" * 100_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 this is TLS\r\n\r\n",
        b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["a header without end", "a path without end", "TLS", "a broken chunk"],
)
def test_what_is_no_http_is_a_problem_too(server, request_bytes):
    client, _ = server
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=20) as connection:
        connection.sendall(request_bytes)
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"application/problem+json" in answer
    assert client.get("/healthz").text == "ok"


def test_it_ends_when_asked_and_lets_no_request_down(served_bundle, tmp_path, coffee_jpeg):
    with serving(served_bundle, tmp_path) as (client, process), ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(classify, client, coffee_jpeg) for _ in range(4)]
        time.sleep(0.3)  # they are on their way
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
        said = []
        for answer in answers:
            try:
                said.append(answer.result().status_code)
            except httpx.TransportError:
                said.append(None)  # came after the door was shut
        assert 200 in said
        assert 500 not in said
