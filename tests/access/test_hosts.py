"""Whose name is asked for, and where from."""

import httpx
import pytest
from fastapi import Request
from servers import running

from api.app import create_app
from inspection.access.secret import Secret
from inspection.errors import SettingUnusable
from inspection.settings import Settings
from inspection.wiring import Product

RETURN = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 1990}]}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("returns.example.com", 404),
        ("RETURNS.example.com:443", 404),
        ("inspection-api:8000", 404),
        ("localhost:8000", 404),
        ("evil.example", 421),
        ("returns.example.com.evil.example", 421),
        ("10.1.2.3", 421),
        ("returns.example.com@evil.example", 421),
    ],
)
def test_with_a_public_address_no_other_name_is_answered_for(at_the, door, host, status):
    here = at_the(door(public_url="https://returns.example.com", hosts=("inspection-api",)))
    answer = here.client.get("/nothing", headers={"Host": host})
    assert answer.status_code == status
    if status == 421:
        assert answer.json()["code"] == "host_unknown"
        assert "content-security-policy" in answer.headers


def test_without_one_any_name_will_do(at_the, door):
    assert at_the(door()).client.get("/nothing", headers={"Host": "shop.internal"}).status_code == 404


def test_health_is_asked_for_by_address(tmp_path, tiny_bundle):
    settings = Settings(bundle=tiny_bundle, home=tmp_path, public_url="https://returns.example.com")
    with running(create_app(Product(settings))) as address:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert httpx.get(f"{address}{path}", headers={"Host": "10.1.2.3:8000"}).status_code != 421
        assert httpx.get(f"{address}/v1/returns", headers={"Host": "10.1.2.3:8000"}).status_code == 421


def test_a_link_leads_to_no_host_that_only_the_request_names(tmp_path, tiny_bundle):
    app = create_app(Product(Settings(bundle=tiny_bundle, home=tmp_path)))
    with running(app) as address, httpx.Client(base_url=address) as client:
        made = client.post("/v1/returns", json=RETURN).json()["id"]
        key = client.post("/v1/keys", json={"name": "Shop", "scopes": ["returns"]}).json()["key"]
        client.headers["Authorization"] = f"Bearer {key}"
        link = client.post("/v1/links", json={"return_id": made})
        assert link.json()["url"].startswith(f"{address}/r/")
        evil = client.post("/v1/links", json={"return_id": made}, headers={"Host": "evil.example"})
        assert (evil.status_code, evil.json()["code"]) == (503, "setting_unusable")
        assert "evil" not in evil.text


def test_a_proxy_that_the_server_believes_is_no_news(at_the, door, caplog):
    here = at_the(door(public_url="http://localhost"))
    here.client.get("/v1/session")
    assert "FORWARDED_ALLOW_IPS" not in caplog.text
    for _ in range(3):  # the server believes this machine's own proxies
        here.client.get("/v1/session", headers={"X-Forwarded-For": "203.0.113.7"})
    assert "FORWARDED_ALLOW_IPS" not in caplog.text


def test_a_proxy_that_the_server_does_not_believe_is_told_of_once(door, caplog):
    access = door(public_url="http://localhost")
    headers = [(b"x-forwarded-for", b"203.0.113.7")]
    for _ in range(3):
        access.count_unknown(Request({"type": "http", "headers": headers, "client": ("10.0.0.9", 5000)}))
    assert caplog.text.count("FORWARDED_ALLOW_IPS") == 1
    assert "10.0.0.9" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "replace-me-with-32-or-more-random-characters",
        "change_me_change_me_0123456789abcdef",
        "0123456789abcdef-PLACEHOLDER-0123456789",
    ],
)
def test_a_secret_out_of_an_example_is_refused(text):
    with pytest.raises(SettingUnusable, match="openssl"):
        Secret(text)


def test_settings_show_no_password_of_a_database():
    assert "swordfish" not in repr(Settings(database="postgresql://u:swordfish@db/x"))
