import asyncio

import httpx
import pytest

from api.app import create_app
from api.errors import TooBusy
from inspection.settings import Settings
from inspection.wiring import Product


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/classify", 405, "method_not_allowed"),
        ("GET", "/inspections/none", 404, "inspection_not_found"),
        ("GET", "/inspections/none/heat/photo-1.jpg", 404, "inspection_not_found"),
        ("GET", f"/photos/{'0' * 64}.jpg", 404, "photo_not_found"),
        ("GET", "/photos/..%2f..%2fetc%2fpasswd.jpg", 404, "not_found"),
        ("GET", "/static/..%2fapp.py", 404, "not_found"),
        ("GET", "/static/home.html", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
    ],
)
def test_every_refusal_is_a_problem(client, is_problem, method, path, status, code):
    assert is_problem(client.request(method, path), status) == code


def test_a_wrong_method_is_told_the_right_one(client):
    assert client.get("/v1/classify").headers["allow"] == "POST"


def asked(app, path: str, files=None) -> httpx.Response:
    """Without a server, and so without the server's own log of what went wrong."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request("POST" if files else "GET", path, files=files)

    return asyncio.run(ask())


def test_a_fault_of_ours_says_nothing_of_it(product, is_problem):
    app = create_app(product)

    @app.get("/fault")
    def fault() -> None:
        raise RuntimeError("the password is swordfish")

    answer = asked(app, "/fault")
    assert is_problem(answer, 500) == "unexpected"
    assert "swordfish" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_busy_house_says_when_to_come_back(product, is_problem):
    app = create_app(product)

    @app.get("/busy")
    def busy() -> None:
        raise TooBusy

    answer = asked(app, "/busy")
    assert is_problem(answer, 503) == "too_busy"
    assert answer.headers["retry-after"] == "1"


def test_a_broken_setup_is_named_by_readyz_and_leaves_the_process_alive(tmp_path):
    app = create_app(Product(Settings(bundle=tmp_path / "none", home=tmp_path / "home")))
    app.state.desk.warm()
    ready = asked(app, "/readyz")
    assert ready.status_code == 503
    assert ready.json()["lacking"] == {
        "model": "This service needs its operator (bundle_missing). Its log says why."
    }
    assert asked(app, "/healthz").text == "ok"


def test_what_only_an_operator_can_mend_is_in_the_log_once_and_nowhere_else(
    tmp_path, jpeg, is_problem, caplog
):
    app = create_app(Product(Settings(bundle=tmp_path / "none", home=tmp_path / "home")))
    app.state.desk.warm()
    for _ in range(3):
        answer = asked(app, "/v1/classify", files=[("photos", jpeg())])
        assert is_problem(answer, 503) == "bundle_missing"
        assert str(tmp_path) not in answer.text
        assert str(tmp_path) not in asked(app, "/readyz").text
    assert [str(tmp_path / "none") in line for line in caplog.messages].count(True) == 1


def test_a_home_that_cannot_be_written_is_named_by_readyz(product, tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    app = create_app(Product(Settings(bundle=product.settings.bundle, home=tmp_path / "home")))
    app.state.desk.warm()
    assert set(asked(app, "/readyz").json()["lacking"]) == {"records", "photos"}


def test_before_the_model_is_loaded_it_is_not_ready(product):
    ready = asked(create_app(product), "/readyz")
    assert ready.status_code == 503
    assert ready.json()["lacking"] == {
        "model": "The model is still being loaded. Please try again in a moment."
    }


def test_ready_means_ready(client):
    assert client.get("/readyz").json() == {"ready": True, "lacking": {}}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_can_be_asked_for_without_its_body(client, path):
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_openapi_describes_the_form_and_the_problems(client):
    said = client.get("/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    classify = said["paths"]["/v1/classify"]["post"]
    form = classify["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"photos", "references", "views", "price_cents", "asked"}
    assert "close_up" in form["properties"]["views"]["items"]["enum"]
    assert classify["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/AnswerOut"
    )
    assert set(classify["responses"]["422"]["content"]) == {"application/problem+json"}


def test_every_reference_in_openapi_leads_somewhere(client):
    said = client.get("/openapi.json").json()
    text = client.get("/openapi.json").text
    for part in text.split('"$ref":"#/')[1:]:
        place = said
        for name in part.split('"')[0].split("/"):
            place = place[name]
