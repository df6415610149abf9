"""One POST, whatever the receiver or the name server does."""

import socket
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import httpcore
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from webhooks.receiver import receiving, status

from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.connection import tcp_connect
from inspection.webhooks.sender import Sender, Unreached, retry_after

PUBLIC = "93.184.216.34"
URL = "https://hooks.example/hook"


def sender_to(receiver, **how):
    return Sender(rules=AddressRules(frozenset({receiver.host})), seconds=1.0, **how)


def post(sender, url, body=b"{}"):
    return sender.post(sender.rules.target(url), {"X-Told": "yes"}, body)


class Internet:
    """Names and addresses of a test's own: every address is one port of this machine."""

    def __init__(self, port, *answers):
        self.port = port
        self.answers = list(answers)
        self.asked = []
        self.connected = []

    def resolve(self, host, port):
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def connect(self, address, port, seconds):
        self.connected.append((address, port))
        return tcp_connect("127.0.0.1", self.port, seconds)

    def sender(self, tls=None, rules=None):
        more = {} if tls is None else {"tls": tls}
        return Sender(
            rules=rules or AddressRules(), seconds=1.0, resolve=self.resolve, connect=self.connect, **more
        )


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def shop(authority):
    """https://hooks.example, with a good certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example").configure_cert(context)
    with receiving(context) as there:
        yield there


@pytest.fixture
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_what_is_posted_arrives_as_it_was(receiver):
    answer = post(sender_to(receiver), receiver.url + "?a=b", b'{"x":1}')
    (received,) = receiver.received
    assert answer.status == 204
    assert received.path == "/hook?a=b"
    assert received.body == b'{"x":1}'
    assert received.headers["host"] == receiver.host
    assert received.headers["x-told"] == "yes"


def test_the_connection_goes_to_the_address_that_was_checked_and_tls_to_the_name(shop, trusting):
    internet = Internet(shop.port, [PUBLIC])
    assert post(internet.sender(trusting), "https://hooks.example/hook").status == 204
    assert internet.connected == [(PUBLIC, 443)]
    assert shop.received[0].headers["host"] == "hooks.example"


def test_a_certificate_of_another_name_is_refused(shop, trusting):
    with pytest.raises(Unreached, match="certificate"):
        post(Internet(shop.port, [PUBLIC]).sender(trusting), "https://other.example/hook")
    assert shop.received == []


def test_a_certificate_of_an_unknown_authority_is_refused(shop):
    with pytest.raises(Unreached, match="certificate"):
        post(Internet(shop.port, [PUBLIC]).sender(), "https://hooks.example/hook")
    assert shop.received == []


def test_a_name_server_that_changes_its_answer_reaches_nothing_private(shop, trusting):
    """DNS rebinding: public when it is asked first, the metadata service a moment later."""
    internet = Internet(shop.port, [PUBLIC], ["169.254.169.254"])
    sender = internet.sender(trusting)
    assert post(sender, "https://hooks.example/hook").status == 204
    assert internet.asked == ["hooks.example"]  # once for the check and the connection together
    with pytest.raises(Unreached, match="public internet"):
        post(sender, "https://hooks.example/hook")
    assert internet.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "private",
    ["127.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "100.64.0.1", "fe80::1%eth0", "nonsense"],
)
def test_one_private_address_among_public_ones_is_one_too_many(private):
    internet = Internet(1, [PUBLIC, private])
    with pytest.raises(Unreached, match="public internet"):
        post(internet.sender(), "https://hooks.example/")
    assert internet.connected == []


def test_the_machine_s_own_names_lead_nowhere():
    with pytest.raises(Unreached, match="public internet"):
        post(Sender(rules=AddressRules(), resolve=lambda *_: ["127.0.0.1"]), "https://localhost.example/")
    with pytest.raises(Unreached):
        post(Sender(rules=AddressRules()), "https://does-not-exist.invalid/")


def test_a_name_server_that_hangs_is_not_waited_for():
    ended = threading.Event()
    sender = Sender(rules=AddressRules(), seconds=0.3, resolve=lambda *_: [str(ended.wait(20))])
    begun = time.monotonic()
    with pytest.raises(Unreached, match="no answer within"):
        post(sender, "https://hooks.example/")
    ended.set()
    assert time.monotonic() - begun < 2


def test_a_name_of_many_addresses_is_tried_a_few_times_within_the_time():
    tried = []

    def connect(address, port, seconds):
        tried.append(address)
        return tcp_connect("127.0.0.1", 1, seconds)

    many = [f"93.184.216.{n}" for n in range(1, 200)]
    sender = Sender(rules=AddressRules(), seconds=1.0, resolve=lambda *_: many, connect=connect)
    with pytest.raises(Unreached, match="nobody takes the connection"):
        post(sender, "https://hooks.example/")
    assert tried == many[:4]


@pytest.mark.parametrize("hole", [["2a00:1450::1"], [f"2a00:1450::{n}" for n in range(1, 9)]])
def test_where_ipv6_is_a_black_hole_ipv4_still_has_its_share_of_the_time(shop, trusting, hole):
    tried = []

    def connect(address, port, seconds):
        tried.append(address)
        if ":" in address:
            time.sleep(seconds)
            raise httpcore.ConnectTimeout("swallowed")
        return tcp_connect("127.0.0.1", shop.port, seconds)

    resolve = lambda *_: [*hole, PUBLIC]  # noqa: E731
    sender = Sender(rules=AddressRules(), seconds=1.5, resolve=resolve, connect=connect, tls=trusting)
    assert post(sender, "https://hooks.example/hook").status == 204
    assert tried == [hole[0], PUBLIC]


def test_addresses_that_swallow_everything_are_waited_for_within_the_time():
    def connect(address, port, seconds):
        time.sleep(seconds)
        raise httpcore.ConnectTimeout("swallowed")

    many = [f"93.184.216.{n}" for n in range(1, 9)]
    begun = time.monotonic()
    with pytest.raises(Unreached, match="no answer within"):
        post(Sender(rules=AddressRules(), seconds=1.0, resolve=lambda *_: many, connect=connect), URL)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver, code):
    with receiving() as private:
        receiver.answers = [status(code, Location=private.url)]
        assert post(sender_to(receiver), receiver.url).status == code
        assert private.received == []


def hang(handler, _):
    time.sleep(3)


def trickle_a_head(handler, _):
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 100:
        handler.wfile.write(bytes([letter]))
        time.sleep(0.1)


def go_on_and_on(handler, _):
    for _ in range(40):
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.1)


@pytest.mark.parametrize("misbehave", [hang, trickle_a_head, go_on_and_on])
def test_a_receiver_that_takes_its_time_is_left(receiver, misbehave):
    receiver.answers = [misbehave]
    begun = time.monotonic()
    with pytest.raises(Unreached, match="no answer within 1 s"):
        post(sender_to(receiver), receiver.url)
    assert time.monotonic() - begun < 2


def trickle_a_body(handler, _):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b".")
        time.sleep(0.1)


def test_a_status_counts_once_it_is_there_however_slowly_a_body_follows(receiver):
    receiver.answers = [trickle_a_body]
    begun = time.monotonic()
    assert post(sender_to(receiver), receiver.url).status == 200
    assert time.monotonic() - begun < 2


def test_of_a_hundred_megabytes_a_few_kilobytes_are_read(shop, trusting):
    sent = []

    def pour(handler, _):
        handler.send_response(200)
        handler.send_header("Content-Length", str(100_000_000))
        handler.end_headers()
        for _ in range(1000):
            sent.append(handler.wfile.write(b"x" * 100_000))

    shop.answers = [pour]
    patient = replace(Internet(shop.port, [PUBLIC]).sender(trusting), seconds=20.0)
    answer = post(patient, URL)
    assert (answer.status, answer.said) == (200, "x" * 200)
    time.sleep(0.1)
    assert sum(sent) < 20_000_000  # what fits into the buffers in between


def test_what_a_receiver_says_is_one_printable_line(shop, trusting):
    shop.answers = [status(500, b"bad\x00 \r\n\x1b[31mgateway\xff" + b"z" * 500)]
    said = post(Internet(shop.port, [PUBLIC]).sender(trusting), URL).said
    assert said.startswith("bad [31mgateway�z")
    assert said.isprintable()
    assert len(said) == 200


def test_what_a_private_host_says_is_not_told(receiver):
    receiver.answers = [status(500, b"password=secret")]
    assert post(sender_to(receiver), receiver.url).said == ""


@pytest.mark.parametrize(
    "answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"\x16\x03\x01" * 50]
)
def test_what_is_no_http_is_an_unreached_receiver(answer):
    listening = socket.create_server(("127.0.0.1", 0))

    def once():
        there, _ = listening.accept()
        with there:
            there.recv(65536)
            there.sendall(answer)

    thread = threading.Thread(target=once)
    thread.start()
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    with listening, pytest.raises(Unreached) as told:
        post(Sender(rules=AddressRules(frozenset({host})), seconds=1.0), f"http://{host}/")
    assert "garbage" not in str(told.value)  # a private host's
    thread.join()


def test_a_head_without_end_is_cut_off(receiver):
    def endless(handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):
            handler.wfile.write(b"X-A: " + b"a" * 1000 + b"\r\n")

    receiver.answers = [endless]
    with pytest.raises(Unreached):
        post(sender_to(receiver), receiver.url)


def test_nobody_listening_is_an_unreached_receiver():
    sender = Sender(rules=AddressRules(frozenset({"127.0.0.1:1"})))
    with pytest.raises(Unreached, match="nobody takes the connection"):
        post(sender, "http://127.0.0.1:1/")


def test_no_proxy_of_the_environment_is_used(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(sender_to(receiver), receiver.url).status == 204


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        (b"120", 120),
        (b" 7 ", 7),
        (b"Wed, 25 Nov 2026 12:01:00 GMT", 60),
        (b"Wed, 25 Nov 2026 11:00:00 GMT", 0),
        (b"-5", None),
        (b"soon", None),
        (b"", None),
        (b"9" * 400, 999_999_999),
        (b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        (b"Mon, 01 Jan 2026 99999999999999999999:00:00 GMT", None),
        (b"Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
        (b"\xb2", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_or_nothing(value, seconds):
    assert retry_after(value, datetime(2026, 11, 25, 12, tzinfo=UTC)) == seconds


@given(st.binary(max_size=60))
def test_no_retry_after_breaks_anything(value):
    wait = retry_after(value, datetime(2026, 11, 25, tzinfo=UTC))
    assert wait is None or wait >= 0
