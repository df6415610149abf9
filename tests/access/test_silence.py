"""Nothing that could be used is in any line of any log, whatever is done, and at the most talkative level."""

import logging
import subprocess
import sys

import httpx
import pytest
from access.conftest import SECRET
from access.issuer import CLIENT_SECRET, answered
from access.test_oidc import HTML, callback_of, sign_in
from access.test_secret import GOOD

from inspection.access.hidden import HidesCredentials, hidden
from inspection.access.keys import new_key
from inspection.wiring import new_id

RETURN = new_id()


@pytest.fixture
def heard():
    """Every record of every logger from DEBUG on, as text with its traceback."""
    lines = []

    class Ear(logging.Handler):
        def emit(self, record):
            if record.threadName == "MainThread" and record.name.startswith(("httpx", "httpcore")):
                return  # the browser of the test, not the service
            lines.append(logging.Formatter("%(name)s %(message)s").format(record))

    root, noisy = (
        logging.getLogger(),
        [logging.getLogger(name) for name in ("httpx", "httpcore", "inspection")],
    )
    before = [(one, one.level) for one in (root, *noisy)]
    handlers, root.handlers[:] = root.handlers[:], [Ear()]
    for one, _ in before:
        one.setLevel(logging.DEBUG)
    yield lines
    root.handlers[:] = handlers
    for one, level in before:
        one.setLevel(level)


def test_the_whole_flow_says_no_secret(heard, at_the, door, oidc, issuer, no_keys, clock, capfd):  # noqa: PLR0917
    here = at_the(door(oidc=oidc()))
    key, text = new_key(new_id(), "Order system", ["admin"], now=clock())
    no_keys.add(key)
    as_admin = {"Authorization": f"Bearer {text}"}
    made = here.client.post("/v1/keys", json={"name": "x", "scopes": ["returns"]}, headers=as_admin).json()[
        "key"
    ]
    token = here.access.links.make(RETURN, now=clock())
    secrets = [SECRET, CLIENT_SECRET, text, made, text.split("_")[2], token]
    for headers in (as_admin, {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {text}x"}):
        here.client.get(f"/v1/returns/{RETURN}", headers=headers)
    httpx.get(f"{here.address}/r/nonsense")
    here.client.headers.update(HTML)
    back = callback_of(here)
    code = answered(back)["code"]
    here.client.get(back)
    secrets += [
        issuer.tokens[-1],
        here.client.cookies["inspection-session"],
        code,
        "access-token-of-the-issuer",
    ]
    issuer.claims = {"aud": "another"}
    sign_in(here)  # refused, and said why
    secrets.append(issuer.tokens[-1])
    issuer.codes.clear()
    sign_in(here)
    here.client.post("/session/logout", headers={"Sec-Fetch-Site": "same-origin"})
    for told in ("signed in as inspector", "a login was refused", "httpcore", "/token"):
        assert any(told in line for line in heard)
    out = capfd.readouterr()
    for secret in secrets:
        for line in [*heard, out.out, out.err]:
            assert secret not in line, line


def test_a_fault_of_ours_says_no_secret_either(heard, at_the, door, no_keys, clock, monkeypatch):
    here = at_the(door(public_url="https://returns.example.com"))
    key, text = new_key(new_id(), "Order system", ["returns"], now=clock())
    no_keys.add(key)

    def broken(self, who, rate, now):
        raise RuntimeError("broken")

    monkeypatch.setattr("api.access.limits.Limiter.take", broken)
    answer = here.client.get(f"/v1/returns/{RETURN}", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 500
    assert "broken" not in answer.text
    assert text not in "".join(heard)


@pytest.mark.parametrize(
    "said",
    [
        f"GET /r/isl1_{'Ab-_' * 20} 200",
        f"GET /session/enter/isp1_{'Ab-_' * 20} 303",
        f"key isk_{'0' * 32}_{'a' * 64} was used",
        "Authorization: Bearer abcdef0123456789.ABCDEF",
        "{'authorization': 'Bearer abcdef0123456789', 'x': 1}",
        "Cookie: __Host-inspection-session=abcdef0123456789; other=1",
        "GET /session/callback?code=abcdef0123456789&state=abcdef0123456789 303",
        "POST /session/logout?csrf=abcdef0123456789",
        "id_token eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.abcdef0123456789",
        "made whsec_abcdef0123456789+/abcdef0123456789==",
        "cannot reach postgresql://inspection:abc.0123456789@db.example:5432/inspection",
        "PUT https://s3.example/b/k?X-Amz-Credential=0123456789&X-Amz-Signature=abcdef0123456789 403",
        "AWS_SECRET_ACCESS_KEY=abcdef0123456789",
        "{'client_secret': 'abcdef0123456789', 'x': 1}",
        'POSTGRES_PASSWORD: "abcdef0123456789"',
        "POST https://hooks.slack.example/services/T0AAAAAAA/B0AAAAAAA/abcdef0123456789ABCDEFGH 200",
        "POST https://hooks.example/in?api_key=abcdef0123456789 200",
    ],
)
def test_what_slips_into_a_line_is_taken_out_of_it(said):
    shown = hidden(said)
    assert "0123456789" not in shown
    assert "Ab-_" not in shown
    assert "a" * 64 not in shown
    assert "…" in shown or "<token>" in shown


def test_ordinary_lines_stay_as_they_are():
    for line in (
        "GET /v1/returns/0193612a 200 12 ms", "person:1 signed in as inspector", "Bearer", "code 3",
        "https://returns.example/v1/returns/019a3f6e-5a1c-7c3e-9d53-0b6a2f1c8e77 200",
        f"https://returns.example/photos/{'0a' * 32}.jpg", "http://127.0.0.1:8000/readyz", "tokens: 3 of 4",
        "a token that was not expected", "https://shop.example/hooks/inspection-decided 200",
    ):  # fmt: skip
        assert hidden(line) == line


def test_the_filter_covers_arguments_and_tracebacks():
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "asked %s", (f"/r/isl1_{'Ab' * 30}",), None)
    try:
        raise ValueError(f"isk_{'0' * 32}_{'a' * 64}")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert HidesCredentials().filter(record)
    said = logging.Formatter().format(record)
    assert "asked /r/isl1_…" in said
    assert "isk_…" in said
    assert "a" * 64 not in said


def test_a_crash_with_the_secret_in_hand_does_not_print_it():
    told = (
        f"from inspection.access.secret import Secret; from inspection.access.links import Links\n"
        f"secret = Secret({GOOD!r}[:16] * 2); links = Links(secret)\n"
        "print(secret, links.__dict__, vars(links)); raise RuntimeError(f'{secret!r} {links.__dict__}')"
    )
    ran = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "kept quiet" in ran.stdout
    assert GOOD not in ran.stdout
    assert GOOD not in ran.stderr.replace(f"{GOOD[:16]!r}", "")
