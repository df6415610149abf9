import pytest
from access.test_oidc import HTML

from api.access.settings import AccessSettings
from inspection.errors import SettingUnusable
from inspection.wiring import new_id

SHOP = "https://shop.example.com"


@pytest.fixture
def here(at_the, door):
    return at_the(door(cors_origins=(SHOP,)))


@pytest.mark.parametrize("path", ["/v1/session", "/none", "/r/none", "/v1/keys", "/session/login"])
def test_every_answer_tells_browsers_what_they_may(here, path):
    for headers in ({}, HTML):
        answer = here.client.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
        assert "geolocation=()" in answer.headers["permissions-policy"]
        assert "camera=(self)" in answer.headers["permissions-policy"]
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert answer.headers["cache-control"] == "no-store"


def test_only_over_tls_a_browser_is_told_to_stay_with_it(here, at_the, door):
    assert "strict-transport-security" not in here.client.get("/v1/session").headers
    answer = here.client.get("/v1/session", headers={"X-Forwarded-Proto": "https"})  # our proxy ended TLS
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    public = at_the(door(public_url="https://returns.example.com")).client.get("/v1/session")
    assert "strict-transport-security" in public.headers


def test_a_site_that_was_named_may_ask_with_a_key_and_never_with_a_cookie(here):
    asks = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,tus-resumable",
    }
    answer = here.client.options("/v1/returns", headers=asks)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]
    token = here.access.links.make(return_id := new_id(), now=here.access.clock())
    headers = {"Origin": SHOP, "Authorization": f"Bearer {token}", "Sec-Fetch-Site": "cross-site"}
    got = here.client.get(f"/v1/returns/{return_id}", headers=headers)
    assert got.status_code == 200
    assert got.headers["access-control-allow-origin"] == SHOP
    assert "RateLimit" in got.headers["access-control-expose-headers"]
    cookie = {"Origin": SHOP, "Cookie": f"inspection-link={token}", "Sec-Fetch-Site": "cross-site"}
    assert here.client.post("/v1/returns", json={"word": "x"}, headers=cookie).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "http://shop.example.com",
        "https://shop.example.com:8443",
        "https://shop.example.com.elsewhere.example",
        "https://evil-shop.example.com",
        "null",
    ],
)
def test_no_other_site_may(here, origin):
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert "access-control-allow-origin" not in here.client.options("/v1/returns", headers=asks).headers
    assert (
        "access-control-allow-origin"
        not in here.client.get("/v1/session", headers={"Origin": origin}).headers
    )


def test_by_default_no_site_may(at_the, door):
    asks = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    answer = at_the(door()).client.options("/v1/returns", headers=asks)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*", "https://*.example.com", "null", "", "shop.example.com", "http://shop.example.com",
     "https://shop.example.com/", "https://shop.example.com/path", "https://user@shop.example.com",
     "https://shop.example.com:99999", "https://[::1"],
)  # fmt: skip
def test_an_origin_that_is_not_exactly_one_is_refused(origin):
    with pytest.raises(SettingUnusable):
        AccessSettings(cors_origins=(origin,))


@pytest.mark.parametrize(
    "url", ["http://returns.example.com", "returns.example.com", "https://x.example/path", ""]
)
def test_a_public_address_without_tls_is_refused(url):
    with pytest.raises(SettingUnusable):
        AccessSettings(public_url=url)


def test_a_public_address_may_end_in_a_slash():
    assert AccessSettings(public_url="https://x.example/").public_url == "https://x.example"
