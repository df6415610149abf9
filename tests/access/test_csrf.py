"""A page elsewhere makes a browser ask, and the browser brings our cookies along."""

import httpx
import pytest
from access.test_oidc import HTML, sign_in

from api.access.csrf import FormTokens
from inspection.access.secret import Secret
from inspection.wiring import new_id

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(params=["person", "shopper"])
def here(request, at_the, door, oidc, clock):
    """A browser with a cookie of ours, of either kind."""
    there = at_the(door(oidc=oidc()))
    there.client.headers.update(HTML)
    if request.param == "person":
        assert sign_in(there).status_code == 303
    else:
        token = there.access.links.make(new_id(), now=clock())
        assert there.client.get(f"/r/{token}").status_code == 303
    there.client.headers.clear()
    there.client.headers["Host"] = there.address.removeprefix("http://")
    there.token = there.client.get("/v1/session").json()["csrf"]
    return there


def claims(here, *, token=None, **headers):
    address = "/reviews/claim" + ("" if token is None else f"?csrf={token}")
    return here.client.post(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_our_own_form_is_taken(here):
    assert claims(here, token=here.token, Origin=here.address, **FORM).status_code == 200
    assert claims(here, token=here.token, **OURS, **FORM).status_code == 200
    assert claims(here, X_CSRF_Token=here.token, **OURS, **FORM).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "nonsense"},
    ],
)
def test_what_another_site_sends_is_refused_even_with_a_token(here, headers):
    for more in ({}, {"X-Requested-With": "x"}):
        answer = claims(here, token=here.token, **headers, **more, **FORM)
        assert answer.status_code == 403
        assert answer.json()["code"] == "sent_from_elsewhere"


def test_our_host_on_another_port_or_scheme_is_another_site(here):
    port = int(here.address.rsplit(":", 1)[1])
    for origin in (f"http://127.0.0.1:{port + 1}", "http://127.0.0.1", f"ftp://127.0.0.1:{port}"):
        assert claims(here, token=here.token, Origin=origin, **FORM).status_code == 403


@pytest.mark.parametrize("sent_as", [*FORM.values(), "multipart/form-data; boundary=x", "text/plain", ""])
def test_a_plain_form_needs_its_token(here, sent_as):
    sent = {"Content-Type": sent_as} if sent_as else {}
    for token in (None, "", "x", "0" * 64, here.token[:-1] + "é"):
        answer = claims(here, token=token, **OURS, **sent)
        assert answer.status_code == 403
        assert answer.json()["code"] == "form_too_old"


def test_a_token_is_of_one_session(here, at_the, door, oidc):
    other = FormTokens(Secret("a-secret-of-the-tests-that-nobody-may-log-0123456789")).make("another")
    assert claims(here, token=other, **OURS, **FORM).status_code == 403


def test_a_script_of_ours_needs_no_token(here):
    """No form sends these, and another site's script is asked first (CORS), and refused."""
    for headers in (
        {"X-Requested-With": "page"},
        {"Tus-Resumable": "1.0.0"},
        {"Idempotency-Key": "1"},
        {"Content-Type": "application/json"},
    ):
        assert claims(here, **OURS, **headers).status_code == 200


def test_reading_needs_no_token_and_is_not_for_other_sites_pages(here):
    assert here.client.get("/v1/session").status_code == 200
    for mode in ("no-cors", "cors", "same-origin"):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
        assert here.client.get("/v1/session", headers=headers).status_code == 403


def test_a_link_from_elsewhere_may_be_followed(here):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert here.client.get("/v1/session", headers=headers).status_code == 200


def test_a_program_with_a_link_or_key_needs_none_of_this(here, clock):
    token = here.access.links.make(new_id(), now=clock())
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://elsewhere.example", **FORM}
    assert httpx.post(f"{here.address}/reviews/claim", headers=headers).status_code == 200


def test_tokens_hold_while_the_secret_is_replaced():
    old, new = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    token = FormTokens(Secret(old)).make("s")
    assert FormTokens(Secret(f"{new} {old}")).good(token, "s")
    assert not FormTokens(Secret(new)).good(token, "s")
    assert not FormTokens(Secret(old)).good(token, "t")
