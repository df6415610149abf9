"""Large, slow and endless requests, over sockets as they come."""

import asyncio
import json
import select
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import pytest
import uvicorn

from api.access.body import MOST_BYTES, BoundedBodies
from api.access.protocol import PatientProtocol


class Hasty(PatientProtocol):
    header_seconds = 0.5


@contextmanager
def listening(app):
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=1, http=Hasty)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def seen():
    return []


@pytest.fixture
def place(seen):
    """Notes what reaches the app behind the limits."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message.get("body", b"")), message.get("more_body", False)
        seen.append((scope["path"], size))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with listening(BoundedBodies(app, most_bytes=1000, most_seconds=0.5)) as place:
        yield place


def answer_to(place, *pieces, pause=0.0, until=5.0, goes_on=False):
    """What comes back for these pieces of a request, and after how many seconds the connection ended."""
    begun, said = time.monotonic(), b""
    with socket.create_connection(place, timeout=until) as connection:
        try:
            for piece in pieces:
                if not goes_on and select.select([connection], [], [], 0)[0]:
                    break  # it was answered already
                connection.sendall(piece)
                time.sleep(pause)
            while piece := connection.recv(65536):
                said += piece
        except OSError:
            pass
    return said, time.monotonic() - begun


def head(path="/v1/returns", **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {"Host": "x", **headers}.items()]
    return ("\r\n".join([f"POST {path} HTTP/1.1", *lines]) + "\r\n\r\n").encode()


def status_of(said):
    return int(said.split(b" ")[1])


def test_an_ordinary_body_arrives_whole(place, seen):
    pieces = [head(Content_Length=1000, Connection="close"), *[b"x" * 100] * 10]
    assert status_of(answer_to(place, *pieces)[0]) == 200
    chunked = [
        head(Transfer_Encoding="chunked", Connection="close"),
        b"3\r\nabc\r\n",
        b"2\r\nde\r\n0\r\n\r\n",
    ]
    assert status_of(answer_to(place, *chunked)[0]) == 200
    assert status_of(answer_to(place, head(Content_Length=0, Connection="close"))[0]) == 200
    assert seen == [("/v1/returns", 1000), ("/v1/returns", 5), ("/v1/returns", 0)]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(place, seen):
    for length in (1001, 10**12, 10**18):
        said, _ = answer_to(place, head(Content_Length=length))
        assert status_of(said) == 413
        problem = json.loads(said.split(b"\r\n\r\n")[1])
        assert problem["code"] == "body_too_large"
    assert seen == []


def test_a_body_that_never_says_how_large_it_is_is_cut_off(place, seen):
    piece = b"200\r\n" + b"x" * 512 + b"\r\n"
    said, _ = answer_to(place, head(Transfer_Encoding="chunked"), *[piece] * 4)
    assert status_of(said) == 413
    assert seen == []


def test_a_body_that_trickles_is_not_waited_for(place, seen):
    said, took = answer_to(place, head(Content_Length=500), *[b"x"] * 8, pause=0.1)
    assert status_of(said) == 408
    assert took < 2
    assert seen == []


def test_whoever_hangs_up_halfway_reaches_nothing(place, seen):
    with socket.create_connection(place) as connection:
        connection.sendall(head(Content_Length=500) + b"x" * 100)
    time.sleep(0.1)
    assert seen == []


def test_photos_are_left_to_the_routes_that_read_them(place, seen):
    body = b"x" * 5000
    for path, kind, status in (
        ("/v1/classify", "multipart/form-data; boundary=x", 200),
        ("/inspections", "multipart/form-data; boundary=x", 200),
        ("/v1/classify", "Multipart/Form-Data; boundary=x", 200),
        ("/v1/uploads/0193", "application/offset+octet-stream", 200),
        ("/v1/uploads/0193", "multipart/form-data; boundary=x", 413),  # no route of forms
        ("/v1/inspections/0193/photos", "application/offset+octet-stream", 413),
        ("/v1/classify", "image/jpeg", 413),  # which no route reads
        ("/v1/classify", "multipart/mixed; boundary=x", 413),
        ("/v1/returns", "multipart/form-data; boundary=x", 413),  # no route of photos
        ("/v1/classify", "application/json", 413),  # no photos
        ("/v1/classify/../returns", "multipart/form-data", 413),
        ("/v1/keys", "application/offset+octet-stream", 413),
    ):
        said, _ = answer_to(
            place, head(path, Content_Type=kind, Content_Length=5000, Connection="close"), body
        )
        assert status_of(said) == status, (path, kind)


def test_too_many_headers_are_refused(place):
    many = {f"X-{n}": "1" for n in range(101)}
    said, _ = answer_to(place, head(**many, Content_Length=0))
    assert status_of(said) == 431


def test_headers_that_are_too_long_are_refused_as_a_problem(place):
    said, _ = answer_to(place, head(X_Long="x" * 200_000))
    assert status_of(said) == 400
    assert b"application/problem+json" in said


def test_whoever_says_nothing_is_hung_up_on(place):
    said, took = answer_to(place)
    assert said == b""
    assert 0.3 < took < 2


def test_headers_that_trickle_are_not_waited_for(place):
    said, took = answer_to(place, *[bytes([one]) for one in b"GET / HTTP/1.1\r\nHost: x\r\nX: 1"], pause=0.05)
    assert said == b""
    assert took < 3


def test_a_second_request_has_to_come_to_the_point_too(place):
    whole = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    said, took = answer_to(place, whole, b"GET /b HT", pause=0.2, goes_on=True)
    assert said.count(b"200 OK") == 1
    assert took < 2


def test_a_connection_kept_open_between_requests_may_wait(place):
    with socket.create_connection(place, timeout=5) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"ok"):
                said += connection.recv(65536)
            assert b"200 OK" in said
            time.sleep(0.8)  # longer than headers may take


def test_a_real_route_gets_its_body_and_refuses_a_large_one(at_the, door):
    here = at_the(door())
    assert here.client.post("/v1/returns", json={"word": "x" * 1000}).json()["word"] == "x" * 1000
    large = here.client.post("/v1/returns", content=b"x" * (MOST_BYTES + 1))
    assert large.status_code == 413
    assert large.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" in large.headers
    endless = here.client.post("/v1/returns", content=iter([b"x" * 300_000] * 4))
    assert endless.status_code == 413


def test_a_slow_crowd_keeps_nobody_else_waiting(at_the, door):
    here = at_the(door())
    place = ("127.0.0.1", httpx.URL(here.address).port)
    slow = [socket.create_connection(place) for _ in range(150)]
    try:
        for one in slow:
            one.sendall(head("/v1/returns", Content_Type="application/json", Content_Length=900) + b"{")
        begun = time.monotonic()
        assert here.client.post("/v1/returns", json={"word": "x"}).status_code == 200
        assert time.monotonic() - begun < 2
    finally:
        for one in slow:
            one.close()


def test_an_app_that_is_no_http_is_left_alone():
    asked = []

    async def app(scope, receive, send):
        asked.append(scope["type"])

    asyncio.run(BoundedBodies(app)({"type": "lifespan"}, None, None))
    assert asked == ["lifespan"]
