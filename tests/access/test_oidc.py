"""People sign in at a real issuer on a local port, which then does its worst."""

import time
import warnings
from urllib.parse import urlsplit

import httpx
import pytest
from access import issuer as attacks
from access.issuer import CLIENT, CLIENT_SECRET, SUB, answered, serving
from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from joserfc.jwk import ECKey, RSAKey

from api.access.callers import Role
from api.access.issuer import ASKED_AGAIN_AFTER_SECONDS, Issuer, IssuerUnusable
from inspection.errors import SettingUnusable

HTML = {"Accept": "text/html,*/*;q=0.8", "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def here(at_the, door, oidc):
    """A service whose people sign in, as a browser sees it."""
    there = at_the(door(oidc=oidc()))
    there.client.headers.update(HTML)
    return there


def callback_of(here, page="/reviews"):
    """Up to where the issuer sends the browser back: the address it would open."""
    off = here.client.get("/session/login", params={"next": page})
    assert off.status_code == 303, off.text
    back = httpx.get(off.headers["location"])
    assert back.status_code == 303
    return back.headers["location"]


def sign_in(here, page="/reviews"):
    return here.client.get(callback_of(here, page))


def refused(answer, code="login_refused"):
    assert answer.status_code == 403, answer.text
    assert "inspection-session" not in answer.headers.get("set-cookie", "")


def test_a_person_signs_in_and_comes_to_the_page_that_was_asked_for(here):
    off = here.client.get("/reviews?page=2")
    assert off.status_code == 303
    assert off.headers["location"] == "/session/login?next=%2Freviews%3Fpage%3D2"
    back = sign_in(here, "/reviews?page=2")
    assert back.status_code == 303
    assert back.headers["location"] == "/reviews?page=2"
    assert here.client.get("/reviews").json() == {"caller": f"person:{SUB}"}
    me = here.client.get("/v1/session").json()
    assert (me["id"], me["name"], me["role"]) == (f"person:{SUB}", "Jane Doe", "inspector")


def test_a_program_is_told_instead_of_sent_to_sign_in(here):
    answer = here.client.get("/reviews", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert here.client.get("/v1/session").status_code == 401


def test_the_login_proves_itself_to_the_issuer(here, issuer):
    off = here.client.get("/session/login")
    asked = answered(off.headers["location"])
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[one]) == 43 for one in ("state", "nonce", "code_challenge"))
    assert CLIENT_SECRET not in str(asked)
    again = answered(here.client.get("/session/login").headers["location"])
    assert again["state"] != asked["state"]
    sign_in(here)
    assert issuer.basic[-1].startswith("Basic ")


def test_a_public_client_needs_no_secret_and_another_may_post_it(at_the, door, oidc, issuer):
    for settings, discovery in (
        ({"client_secret": None}, {}),
        ({}, {"token_endpoint_auth_methods_supported": ["client_secret_post"]}),
    ):
        issuer.discovery = discovery
        there = at_the(door(oidc=oidc(**settings)))
        assert sign_in(there).status_code == 303
        assert issuer.basic[-1] is None


@pytest.mark.parametrize(
    "forge",
    [
        attacks.unsigned,
        attacks.with_the_public_key,
        attacks.by_a_stranger,
        attacks.by_a_key_of_its_own,
        attacks.changed_afterwards,
        lambda issuer, header, claims: "not.a.token",
        lambda issuer, header, claims: "",
        lambda issuer, header, claims: "e30.e30.e30",
        lambda issuer, header, claims: "x" * 100_000,
    ],
)
def test_an_id_token_that_the_issuer_did_not_sign_is_refused(here, issuer, forge):
    issuer.forge = forge
    refused(sign_in(here))
    assert here.client.get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"iss": ["http://127.0.0.1"]},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": []},
        {"aud": ["another-client"]},
        {"aud": [CLIENT, "another-client"]},  # and nobody says whom it was made for
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": float("1e999")},
        {"iat": 9_999_999_999},
        {"iat": None},
        {"nbf": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"nonce": None},
        {"nonce": "another"},
        {"nonce": ["another"]},
    ],
)
def test_an_id_token_with_a_wrong_claim_is_refused(here, issuer, claims):
    issuer.claims = claims
    refused(sign_in(here))


def test_clocks_may_differ_by_a_minute_and_not_by_more(here, issuer):
    now = int(time.time())
    issuer.claims = {"exp": now - 30, "iat": now + 30}
    assert sign_in(here).status_code == 303
    issuer.claims = {"exp": now - 90}
    refused(sign_in(here))


def test_an_id_token_for_several_clients_names_ours(here, issuer):
    issuer.claims = {"aud": [CLIENT, "another-client"], "azp": CLIENT}
    assert sign_in(here).status_code == 303


def test_an_id_token_of_another_login_is_refused(here, issuer):
    assert sign_in(here).status_code == 303
    before = issuer.tokens[-1]
    issuer.forge = lambda issuer, header, claims: before
    refused(sign_in(here))


def test_an_answer_without_its_state_is_refused(here):
    back = callback_of(here)
    code = answered(back)["code"]
    for query in (
        {"code": code},
        {"code": code, "state": ""},
        {"code": code, "state": "x" * 43},
        {"state": answered(back)["state"]},
        {"state": answered(back)["state"], "code": ""},
        {"error": "access_denied", "state": answered(back)["state"]},
        {},
    ):
        refused(here.client.get("/session/callback", params=query))


def test_an_answer_that_names_a_word_twice_is_refused(here):
    back = callback_of(here)
    refused(here.client.get(f"{back}&state=x"))
    refused(here.client.get(f"{back}&code=x"))


def test_an_answer_for_another_browser_is_refused(here):
    """Somebody sends a victim their own answer, to have them work in the wrong account."""
    back = callback_of(here)
    with httpx.Client(headers=HTML) as victim:
        refused(victim.get(back))
        victim.get(f"{here.address}/session/login")
        refused(victim.get(back))


def test_an_answer_that_came_before_is_refused(here, issuer):
    issuer.replays_codes = True  # an issuer that doesn't mind
    waiting = here.client.cookies
    back = callback_of(here)
    kept = dict(waiting)
    assert here.client.get(back).status_code == 303
    here.client.cookies.clear()
    here.client.cookies.update(kept)
    refused(here.client.get(back))


def test_a_code_that_was_used_is_refused(here, issuer):
    back = callback_of(here)
    issuer.codes.clear()
    refused(here.client.get(back))


def test_a_code_stolen_on_its_way_is_worth_nothing(here, issuer):
    """Without the verifier, which never left us, the issuer gives no token for it."""
    code = answered(callback_of(here))["code"]
    form = {"code": code, "code_verifier": "x" * 43, "redirect_uri": f"{here.address}/session/callback"}
    assert httpx.post(f"{issuer.address}/token", data=form).status_code == 400
    refused(here.client.get("/session/callback", params={"code": code, "state": "x"}))


def test_a_login_that_takes_too_long_begins_anew(here, clock):
    back = callback_of(here)
    clock.go_on(minutes=11)
    refused(here.client.get(back))


def test_an_answer_of_another_issuer_is_refused(here, issuer):
    back = callback_of(here)
    refused(here.client.get(f"{back}&iss=https://elsewhere.example"))
    assert here.client.get(f"{callback_of(here)}&iss={issuer.address}").status_code == 303


def test_an_issuer_that_promises_its_name_has_to_give_it(at_the, door, oidc, issuer):
    issuer.discovery = {"authorization_response_iss_parameter_supported": True}
    there = at_the(door(oidc=oidc()))
    refused(there.client.get(callback_of(there)))
    assert there.client.get(f"{callback_of(there)}&iss={issuer.address}").status_code == 303


def test_keys_are_remembered_and_asked_for_again_when_one_is_new(issuer, oidc):
    now = [0.0]
    there = Issuer(oidc(), clock=lambda: now[0])
    assert there.key("first") is not None
    assert there.key("first") is not None
    assert issuer.asked["keys"] == 1
    issuer.keys.append(RSAKey.generate_key(2048, {"kid": "second"}))
    assert there.key("second") is None  # asked a moment ago: an unknown key must not make us ask all the time
    assert issuer.asked["keys"] == 1
    now[0] += ASKED_AGAIN_AFTER_SECONDS + 1
    assert there.key("second") is not None
    assert there.key("never") is None
    assert issuer.asked["keys"] == 2
    now[0] += 4000
    issuer.keys.pop(0)
    assert there.key("first") is None  # taken away at the issuer, gone here within the hour


def test_a_login_after_the_issuer_changed_its_key_works(here, issuer, monkeypatch):
    assert sign_in(here).status_code == 303
    monkeypatch.setattr("api.access.issuer.ASKED_AGAIN_AFTER_SECONDS", -1)
    issuer.keys = [RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})]
    assert sign_in(here).status_code == 303
    issuer.header = {"kid": "unknown"}
    refused(sign_in(here))


def test_without_a_name_only_an_only_key_can_be_meant(here, issuer):
    issuer.header = {"kid": None}
    assert sign_in(here).status_code == 303


def test_a_token_without_a_kid_is_refused_where_there_are_several_keys(here, issuer):
    issuer.keys.append(RSAKey.generate_key(2048, {"kid": "second"}))
    issuer.header = {"kid": None}
    refused(sign_in(here))


def test_keys_that_are_none_are_passed_over(issuer, oidc):
    class Odd:
        def __init__(self, **said):
            self.said = said

        def as_dict(self, private):
            return self.said

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says itself that this is weak
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    encrypts = RSAKey.generate_key(2048, {"kid": "encrypts", "use": "enc"})
    curve = ECKey.generate_key("P-256", {"kid": "curve"})
    issuer.keys += [
        Odd(kty="oct", k="c2VjcmV0", kid="shared"),
        Odd(kty="RSA", kid="broken", n="!", e="AQAB"),
        Odd(kty="future", kid="future"),
        weak,
        encrypts,
        curve,
    ]
    there = Issuer(oidc())
    assert there.key("first") is not None
    assert there.key("curve") is not None
    for kid in ("shared", "broken", "future", "weak", "encrypts"):
        assert there.key(kid) is None, kid


def test_an_issuer_that_is_not_itself_is_not_used(issuer, oidc):
    for discovery in (
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ):
        issuer.discovery = discovery
        with pytest.raises(IssuerUnusable):
            Issuer(oidc()).described()


@pytest.mark.parametrize(
    "discovery",
    [
        {"token_endpoint_auth_methods_supported": 7},
        {"token_endpoint_auth_methods_supported": None},
        {"authorization_response_iss_parameter_supported": "yes"},
        {"end_session_endpoint": None},
    ],
)
def test_an_issuer_that_describes_itself_oddly_is_still_one(at_the, door, oidc, issuer, discovery):
    issuer.discovery = discovery
    assert sign_in(at_the(door(oidc=oidc()))).status_code == 303


@pytest.mark.parametrize("path", ["/", "/huge", "/deep", "/list", "/elsewhere", "/page"])
def test_an_address_that_is_no_issuer_is_not_taken_for_one(oidc, path):
    app = FastAPI()
    answers = {
        "/huge": lambda: Response(b'"' + b"x" * 1_100_000 + b'"'),
        "/deep": lambda: Response(b"[" * 100_000),
        "/list": lambda: [1],
        "/elsewhere": lambda: RedirectResponse("https://elsewhere.example"),
        "/page": lambda: Response("<html>"),
    }
    for there, answer in answers.items():
        app.get(f"{there}/.well-known/openid-configuration", response_model=None)(answer)
    with serving(app) as address, pytest.raises(IssuerUnusable):
        Issuer(oidc(issuer=address + path)).described()


def test_an_issuer_that_is_away_is_the_operators_problem(at_the, door, oidc):
    there = at_the(door(oidc=oidc(issuer="http://127.0.0.1:9")))
    answer = there.client.get("/session/login")
    assert answer.status_code == 503
    assert answer.json()["code"] == "issuer_unusable"
    assert "127.0.0.1" not in answer.text


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["inspector"], "inspector"),
        ("scientist", "scientist"),
        ("inspector administrator", "administrator"),
        (["inspector", "scientist", "other"], "scientist"),
    ],
)
def test_the_strongest_role_counts(here, issuer, roles, role):
    issuer.roles = roles
    sign_in(here)
    assert here.client.get("/v1/session").json()["role"] == role


@pytest.mark.parametrize(
    "roles",
    [None, [], "", ["service"], ["shopper"], ["Administrator"], 7, {"administrator": True}, [["inspector"]]],
)
def test_without_a_role_of_ours_nobody_comes_in(here, issuer, roles):
    issuer.claims = {"roles": roles}
    answer = sign_in(here)
    assert answer.status_code == 403
    assert "no role here" in answer.text
    assert here.client.get("/v1/session").status_code == 401


def test_the_issuers_own_words_are_mapped_wherever_they_lie(at_the, door, oidc, issuer):
    roles = {"returns-leads": Role.ADMINISTRATOR}
    there = at_the(door(oidc=oidc(roles_claim="realm_access.roles", roles=roles)))
    issuer.claims = {"roles": ["administrator"], "realm_access": {"roles": ["returns-leads"]}}
    sign_in(there)
    assert there.client.get("/v1/session").json()["role"] == "administrator"
    issuer.claims = {"roles": ["administrator"], "realm_access": {"roles": ["administrator"]}}
    there.client.cookies.clear()
    assert sign_in(there).status_code == 403


def test_a_very_long_name_fits_into_a_record(here, issuer):
    issuer.claims = {"sub": "x" * 255}
    sign_in(here)
    me = here.client.get("/v1/session").json()
    assert me["id"].startswith("person:sha256:")
    assert len(me["id"]) < 100


def test_a_session_ends_when_nobody_comes_and_after_ten_hours_in_any_case(here, clock, issuer):
    sign_in(here)
    clock.go_on(minutes=59)
    assert here.client.get("/v1/session").status_code == 200
    clock.go_on(minutes=59)
    assert here.client.get("/v1/session").status_code == 200
    clock.go_on(minutes=61)
    assert here.client.get("/v1/session").status_code == 401
    issuer.claims = {"exp": 9_999_999_999}  # its clock did not go on
    sign_in(here)
    for _ in range(11):
        assert here.client.get("/v1/session").status_code == 200
        clock.go_on(minutes=55)
    assert here.client.get("/v1/session").status_code == 401


def session_of(here):
    return here.client.cookies["inspection-session"]


def test_the_cookie_is_kept_from_scripts_and_other_sites(at_the, door, oidc, here):
    cookie = next(one for one in sign_in(here).headers.get_list("set-cookie") if "inspection-session" in one)
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    tls = at_the(door(oidc=oidc(), public_url="https://returns.example.com"))
    off = tls.client.get("/session/login")
    assert answered(off.headers["location"])["redirect_uri"] == "https://returns.example.com/session/callback"
    assert off.headers["set-cookie"].startswith("__Host-inspection-login=")
    assert "Secure" in off.headers["set-cookie"].split("; ")


def test_a_changed_or_foreign_cookie_is_no_session(here, clock):
    sign_in(here)
    good = session_of(here)
    head, tail = good[:20], good[21:]
    link = here.access.links.make("0193612a-7b4c-7def-8123-456789abcdef", now=clock())
    for value in (head + ("A" if good[20] != "A" else "B") + tail, good[:-2], "", "x", link, link[5:]):
        answer = httpx.get(f"{here.address}/v1/session", headers={"Cookie": f"inspection-session={value}"})
        assert answer.status_code == 401, value


def test_each_login_is_a_session_of_its_own(here):
    sign_in(here)
    first = session_of(here)
    sign_in(here)
    assert session_of(here) != first


def test_signing_out_ends_the_session_even_for_a_copied_cookie(here, issuer):
    sign_in(here)
    copied = {"Cookie": f"inspection-session={session_of(here)}"}
    token = here.client.get("/v1/session").json()["csrf"]
    page = here.client.post(
        f"/session/logout?csrf={token}", headers={"Origin": here.address, "Sec-Fetch-Site": "same-origin"}
    )
    assert page.status_code == 200
    assert "You are signed out." in page.text
    assert f'href="{issuer.address}/logout?client_id={CLIENT}"' in page.text
    assert "inspection-session" not in here.client.cookies
    assert httpx.get(f"{here.address}/v1/session", headers=copied).status_code == 401


def test_nobody_is_signed_out_by_another_site(here):
    sign_in(here)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert here.client.post("/session/logout", headers=headers).status_code == 403
    assert here.client.post("/session/logout", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403
    assert here.client.get("/v1/session").status_code == 200


def test_signing_out_works_while_the_issuer_is_away(here, issuer, monkeypatch):
    sign_in(here)
    token = here.client.get("/v1/session").json()["csrf"]

    def away(self):
        raise IssuerUnusable("away")

    monkeypatch.setattr(Issuer, "described", away)
    page = here.client.post(f"/session/logout?csrf={token}", headers={"Sec-Fetch-Site": "same-origin"})
    assert "You are signed out." in page.text


@pytest.mark.parametrize(
    "page",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/a\nb",
        "/a\\b",
        "javascript:alert(1)",
        "",
        "/" + "x" * 600,
        "/ü",
    ],
)
def test_after_the_login_nobody_is_sent_elsewhere(here, page):
    back = sign_in(here, page)
    assert back.headers["location"] == "/"


def test_an_address_of_ours_that_only_the_request_names_is_not_believed(at_the, door, oidc):
    there = at_the(door(oidc=oidc()))
    answer = there.client.get("/session/login", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 503
    assert urlsplit(answer.headers.get("location", "")).netloc == ""


def test_where_nobody_signs_in_there_is_no_login(at_the, door):
    there = at_the(door(public_url="https://returns.example.com"))
    assert there.client.get("/session/login").status_code == 404
    assert there.client.get("/session/callback").status_code == 404
    assert there.client.get("/v1/session", headers=HTML).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://issuer.example.com"},
        {"issuer": "issuer.example.com"},
        {"issuer": "https://user@issuer.example.com"},
        {"issuer": "https://issuer.example.com?x=1"},
        {"client_id": ""},
        {"roles": {}},
        {"roles": {"x": Role.SERVICE}},
    ],
)
def test_a_login_that_cannot_be_safe_is_not_set_up(oidc, wrong):
    with pytest.raises(SettingUnusable):
        oidc(**wrong)


def test_settings_keep_the_clients_secret_quiet(oidc):
    assert CLIENT_SECRET not in repr(oidc())
