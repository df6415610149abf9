"""Who is let in, over real HTTP: by key, link, session; from this machine; and who is not."""

import asyncio
from datetime import timedelta
from statistics import median
from time import perf_counter

import httpx
import pytest
from access.conftest import SECRET, guarded_app

from api.access.callers import Caller, NotTheirs, Role
from api.access.limits import Rate
from inspection.access.keys import checked, new_key
from inspection.access.links import Links
from inspection.access.secret import Secret
from inspection.wiring import new_id

RETURN, OTHERS = new_id(), new_id()
PUBLIC = "https://returns.example.com"


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def key_for(no_keys, clock):
    def make(*scopes, **more):
        key, text = new_key(new_id(), "Order system", scopes or ["returns"], now=clock(), **more)
        no_keys.add(key)
        return key, text

    return make


@pytest.fixture
def closed(at_the, door):
    """A service others come to: nobody is let in for where they sit."""
    return at_the(door(public_url=PUBLIC))


def refused(answer):
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def test_a_key_opens_what_its_scopes_say(closed, key_for):
    key, text = key_for("returns", "webhooks")
    answer = closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(text))
    assert answer.json()["caller"] == f"key:{key.id}"
    _, other = key_for("webhooks")
    refusal = closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(other))
    assert refusal.status_code == 403
    assert "'returns'" in refusal.json()["detail"]
    _, all_of_them = key_for("admin")
    assert closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(all_of_them)).status_code == 200


def test_no_key_is_a_person(closed, key_for):
    _, text = key_for("admin", "reviews")
    assert closed.client.get("/reviews", headers=bearer(text)).status_code == 403


def test_a_link_opens_its_return_and_no_other(closed, clock):
    token = closed.access.links.make(RETURN, now=clock())
    answer = closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(token))
    assert answer.json() == {"id": RETURN, "caller": f"link:{RETURN}"}
    other = closed.client.get(f"/v1/returns/{OTHERS}", headers=bearer(token))
    assert other.status_code == 403
    assert other.json()["code"] == "not_theirs"
    assert closed.client.get("/v1/keys", headers=bearer(token)).status_code == 403


def test_every_wrong_credential_is_refused_in_the_same_words(closed, key_for, clock):
    _, good = key_for()
    revoked, revoked_text = key_for()
    _, expired = key_for(expires_at=clock() + timedelta(hours=1))
    closed.access.keys.end(revoked.id, now=clock())
    short = closed.access.links.make(RETURN, now=clock(), hours=1)
    forged = Links(Secret("of-somebody-else-0123456789abcdefghij")).make(RETURN, now=clock())
    clock.go_on(hours=2)
    path = f"/v1/returns/{RETURN}"
    said = [
        refused(closed.client.get(path, headers=headers))
        for headers in (
            {},
            bearer(revoked_text),
            bearer(expired),
            bearer(good[:-1] + ("0" if good[-1] != "0" else "1")),
            bearer(short),
            bearer(forged),
            bearer("nonsense"),
            bearer("x" * 10_000),
            {"Authorization": f"Basic {good}"},
            {"Authorization": good},
            {"Authorization": "Bearer"},
        )
    ]
    assert all(one == said[0] for one in said)
    assert closed.client.get(path, headers=bearer(good)).status_code == 200
    assert closed.client.get(path, headers={"Authorization": f"bEaReR   {good}"}).status_code == 200


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 256}])
def test_whoever_is_not_known_is_told_so_and_counted_whatever_they_send(closed, key):
    headers = {"Content-Type": "application/json", **key}
    said = [closed.client.post("/v1/keys", content="{", headers=headers).status_code for _ in range(125)]
    assert set(said[:115]) == {401}
    assert said[-1] == 429


def test_two_authorizations_are_none(closed, key_for):
    _, good = key_for()
    headers = [("Authorization", f"Bearer {good}"), ("Authorization", "Bearer x")]
    refused(closed.client.get(f"/v1/returns/{RETURN}", headers=headers))


def test_a_bad_credential_is_not_made_good_by_a_cookie(closed, clock):
    token = closed.access.links.make(RETURN, now=clock())
    cookie = {"Cookie": f"__Host-inspection-link={token}"}
    path = f"/v1/returns/{RETURN}"
    assert closed.client.get(path, headers=cookie).status_code == 200
    refused(closed.client.get(path, headers=cookie | bearer("nonsense")))


def test_how_long_a_refusal_takes_says_nothing_of_the_key(door, key_for, clock):
    """The medians of many, of a key that is there with a wrong secret, revoked, and of none: alike."""
    keys = door().keys
    _, there = key_for()
    gone, revoked = key_for()
    keys.end(gone.id, now=clock())
    wrong = there[:-8] + "00000000"
    absent = f"isk_{'0' * 32}_{'0' * 64}"
    took = {text: [] for text in (wrong, revoked, absent, "isk_nonsense")}
    for _ in range(300):
        for text, times in took.items():
            begun = perf_counter()
            assert checked(text, keys, clock()) is None
            times.append(perf_counter() - begun)
    medians = [median(times) for times in took.values()]
    assert max(medians) < 2 * min(medians)


def test_a_revoked_key_is_refused_with_the_next_request(closed, key_for, clock):
    key, text = key_for()
    path = f"/v1/returns/{RETURN}"
    assert closed.client.get(path, headers=bearer(text)).status_code == 200
    closed.access.keys.end(key.id, now=clock())
    refused(closed.client.get(path, headers=bearer(text)))


def test_the_use_of_a_key_is_noted(closed, key_for):
    key, text = key_for()
    closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(text))
    noted = closed.access.keys.find(key.id).last_used_at
    assert noted is not None
    closed.client.get(f"/v1/returns/{RETURN}", headers=bearer(text))
    assert closed.access.keys.find(key.id).last_used_at == noted


def test_an_opened_link_stays_in_a_cookie_and_leaves_the_address(at_the, door, clock):
    here = at_the(door(public_url="http://localhost"))
    token = here.access.links.make(RETURN, now=clock(), hours=2)
    answer = here.client.get(f"/r/{token}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/v1/returns/{RETURN}"
    assert token not in answer.headers["location"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # http on a loopback address
    assert 7100 <= int(cookie.split("Max-Age=")[1].split(";")[0]) <= 7200
    assert here.client.get(answer.headers["location"]).json()["caller"] == f"link:{RETURN}"
    refused(here.client.get(f"/r/{token[:-1]}"))
    refused(here.client.get("/r/nonsense"))
    clock.go_on(hours=3)
    refused(here.client.get(f"/r/{token}"))
    refused(here.client.get(f"/v1/returns/{RETURN}"))


def test_over_tls_a_cookie_is_bound_to_the_host(closed, clock):
    answer = closed.client.get(f"/r/{closed.access.links.make(RETURN, now=clock())}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-inspection-link=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    plain = cookie.removeprefix("__Host-").partition(";")[0]
    refused(closed.client.get(f"/v1/returns/{RETURN}", headers={"Cookie": plain}))


def test_who_sits_at_the_machine_needs_nothing_while_nothing_is_set_up(at_the, door):
    here = at_the(door())
    me = here.client.get("/v1/session").json()
    assert (me["id"], me["role"]) == ("local:administrator", "administrator")
    assert here.client.post("/v1/returns", json={"word": "x"}).status_code == 200
    assert "ratelimit" not in here.client.get("/v1/session").headers


def test_the_first_key_closes_the_open_door_for_good(at_the, door, key_for, clock):
    here = at_the(door())
    assert here.client.get("/v1/session").status_code == 200
    key, _ = key_for()
    refused(here.client.get("/v1/session"))
    here.access.keys.end(key.id, now=clock())
    refused(here.client.get("/v1/session"))


def test_a_login_or_a_public_address_closes_it_too(at_the, door, oidc):
    for settings in ({"oidc": oidc()}, {"public_url": PUBLIC}, {"public_url": "http://localhost:8000"}):
        refused(at_the(door(**settings)).client.get("/v1/session"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "returns.example.com"},  # a name rebound to 127.0.0.1, or a proxy on the same machine
        {"Host": "127.0.0.1.example.com"},
        {"Host": "localhost.example.com"},
        {"Host": "user@localhost"},
        {"Host": "[::1"},
        {"Host": ""},
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"},
    ],
)
def test_what_came_through_others_is_not_from_here(at_the, door, headers):
    refused(at_the(door()).client.get("/v1/session", headers=headers))


def test_another_machine_is_not_here(at_the, door):
    """The connection itself is from elsewhere: an app that is told so, as by any server."""
    access = door()
    at_the(access)

    async def ask(client, server):
        async def app(scope, receive, send):
            if scope["type"] == "http":
                scope = {**scope, "client": client, "server": server}
            await guarded_app(access)(scope, receive, send)

        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as there:
            return (await there.get("/v1/session")).status_code

    here = ("127.0.0.1", 8000)
    for client, server, status in (
        (("127.0.0.1", 1), here, 200),
        (("::1", 1), ("::1", 8000), 200),
        (("::ffff:127.0.0.1", 1), here, 200),
        (("192.168.1.4", 1), here, 401),
        (("172.17.0.1", 1), ("172.17.0.2", 8000), 401),
        (("127.0.0.1", 1), ("192.168.1.2", 8000), 401),
        (None, ("/run/inspection.sock", None), 401),
        (None, None, 401),
    ):
        assert asyncio.run(ask(client, server)) == status, (client, server)


def test_another_site_cannot_use_the_open_door(at_the, door):
    here = at_the(door())
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"},
    ):
        answer = here.client.post("/v1/returns", json={"word": "x"}, headers=headers)
        assert answer.status_code == 403, headers
        assert answer.json()["code"] == "sent_from_elsewhere"
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert here.client.get("/v1/session", headers=picture).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert here.client.get("/v1/session", headers=followed).status_code == 200
    ours = {"Origin": here.address, "Sec-Fetch-Site": "same-origin"}
    assert here.client.post("/v1/returns", json={"word": "x"}, headers=ours).status_code == 200


def test_roles_are_what_the_signature_says():
    service = Caller("key:1", Role.SERVICE, scopes=frozenset({"returns"}))
    assert service.may(Role.SERVICE)
    assert service.may(Role.SERVICE, scope="returns")
    assert not service.may(Role.SERVICE, scope="webhooks")
    assert not service.may(Role.INSPECTOR, scope="returns")
    assert Caller("person:1", Role.ADMINISTRATOR).may(Role.INSPECTOR)
    assert Caller("person:1", Role.ADMINISTRATOR).may(Role.SHOPPER, scope="returns")
    assert not Caller("person:1", Role.SCIENTIST).may(Role.INSPECTOR)
    assert not Caller("person:1", Role.INSPECTOR).may()
    shopper = Caller(f"link:{RETURN}", Role.SHOPPER, return_id=RETURN)
    shopper.check_return(RETURN)
    for other in (OTHERS, None, ""):
        with pytest.raises(NotTheirs):
            shopper.check_return(other)
    service.check_return(None)


def test_a_caller_has_a_quota_of_its_own_and_is_told_of_it(at_the, door, key_for, clock):
    rates = {Role.SERVICE: Rate("service", 3), Role.SHOPPER: Rate("shopper", 600)}
    here = at_the(door(public_url=PUBLIC, rates=rates))
    (_, one), (_, other) = key_for(), key_for()
    path = f"/v1/returns/{RETURN}"
    left = []
    for _ in range(3):
        answer = here.client.get(path, headers=bearer(one))
        assert answer.headers["ratelimit-policy"] == '"service";q=3;w=60'
        left.append(answer.headers["ratelimit"].split(";")[1])
    assert left == ["r=2", "r=1", "r=0"]
    refusal = here.client.get(path, headers=bearer(one))
    assert refusal.status_code == 429
    assert refusal.headers["content-type"] == "application/problem+json"
    assert refusal.json()["code"] == "asked_too_often"
    assert 18 <= int(refusal.headers["retry-after"]) <= 20
    assert refusal.headers["ratelimit-policy"] == '"service";q=3;w=60'
    assert here.client.get(path, headers=bearer(other)).status_code == 200
    assert (
        here.client.get(path, headers=bearer(here.access.links.make(RETURN, now=clock()))).status_code == 200
    )


def test_who_only_guesses_is_slowed_down_and_nobody_else(at_the, door, key_for):
    here = at_the(door(public_url=PUBLIC))
    _, good = key_for()
    codes = [here.client.get("/v1/session", headers=bearer(f"guess-{n}")).status_code for n in range(125)]
    assert codes[:120] == [401] * 120
    assert codes[-1] == 429
    assert here.client.get("/v1/session", headers=bearer(good)).status_code == 200


def test_the_answer_says_who_one_is_and_nothing_that_could_be_used(closed, key_for):
    key, text = key_for("returns", "classify")
    me = closed.client.get("/v1/session", headers=bearer(text))
    assert me.json() == {
        "id": f"key:{key.id}",
        "role": "service",
        "name": None,
        "return_id": None,
        "scopes": ["classify", "returns"],
        "csrf": None,
    }
    assert SECRET not in me.text


def test_an_administrator_makes_lists_rotates_and_revokes_keys(closed, key_for):
    admin, text = key_for("admin")
    as_admin = bearer(text)
    made = closed.client.post("/v1/keys", json={"name": "Shop", "scopes": ["returns"]}, headers=as_admin)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    one = made.json()
    assert made.headers["location"] == f"/v1/keys/{one['id']}"
    path = f"/v1/returns/{RETURN}"
    assert closed.client.get(path, headers=bearer(one["key"])).status_code == 200
    assert closed.client.get("/v1/keys", headers=bearer(one["key"])).status_code == 403
    listed = closed.client.get("/v1/keys", headers=as_admin)
    assert [key["id"] for key in listed.json()["items"]] == [one["id"], admin.id]
    assert one["key"].split("_")[2] not in listed.text
    assert "sha256" not in listed.text
    after = closed.client.post(f"/v1/keys/{one['id']}/rotate", json={"overlap_hours": 0}, headers=as_admin)
    assert after.status_code == 201
    refused(closed.client.get(path, headers=bearer(one["key"])))
    assert closed.client.get(path, headers=bearer(after.json()["key"])).status_code == 200
    assert closed.client.delete(f"/v1/keys/{after.json()['id']}", headers=as_admin).status_code == 204
    refused(closed.client.get(path, headers=bearer(after.json()["key"])))
    assert closed.client.delete(f"/v1/keys/{after.json()['id']}", headers=as_admin).status_code == 404


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"name": "x"},
        {"name": "", "scopes": ["returns"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": ["returns"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["returns"], "expires_at": "2099-01-01T00:00:00"},
        {"name": "a\x00b", "scopes": ["returns"]},
        {"name": "x", "scopes": ["returns"], "more": 1},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(closed, key_for, wanted):
    admin, text = key_for("admin")
    answer = closed.client.post("/v1/keys", json=wanted, headers=bearer(text))
    assert answer.status_code == 422, answer.text
    assert [key.id for key in closed.access.keys.listed()] == [admin.id]
