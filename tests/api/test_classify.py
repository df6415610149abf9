import hashlib
import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.app import create_app
from api.schemas import AnswerOut
from inspection.wiring import Product


def image(encoded: bytes, field: str = "photos", name: str = "image.jpg"):
    return (field, (name, encoded, "image/jpeg"))


def test_photos_in_decision_out(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg(1)), image(jpeg(2)), image(jpeg(3), "references")])
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["decision"]["kind"] in ("accept", "ask_for_photo", "review")
    assert [photo["sha256"] for photo in said["photos"]] == [
        hashlib.sha256(jpeg(n)).hexdigest() for n in (1, 2)
    ]


def test_the_answer_is_to_the_letter_what_openapi_promises(client, jpeg):
    said = client.post("/v1/classify", files=[image(jpeg())]).json()
    promised = json.loads(AnswerOut.model_validate(said).model_dump_json(exclude_unset=True))
    promised["at"] = said["at"]  # the same moment, written Z or +00:00
    assert promised == said
    assert list(promised) == list(said)


def test_no_photo_and_no_record_is_kept(client, jpeg, product):
    before = len(product.cases.latest(1000)), sorted(product.settings.home.rglob("*"))
    client.post("/v1/classify", files=[image(jpeg(31)), image(jpeg(32), "references")])
    assert (len(product.cases.latest(1000)), sorted(product.settings.home.rglob("*"))) == before


def test_references_are_compared_though_their_features_cannot_be_kept(tmp_path, product, jpeg, ready):
    home = tmp_path / "home"
    home.mkdir()
    (home / "references").write_text("a file where the folder should be")
    settings = product.settings.model_copy(update={"home": home})
    app = create_app(Product(settings, keeps_features=True))
    with ready(app) as address, httpx.Client(base_url=address) as client:
        answer = client.post("/v1/classify", files=[image(jpeg(1)), image(jpeg(2), "references")])
    assert answer.json()["authenticity"]["identity"]["match"] is not None


def test_what_a_photo_shows_is_taken_in_the_order_of_the_photos(client, jpeg):
    photos = [image(jpeg(n)) for n in range(4)]
    views = [("views", (None, word)) for word in ("", "back", "close_up")]
    said = client.post("/v1/classify", files=[*views, *photos]).json()
    assert [photo["view"] for photo in said["photos"]] == [None, "back", "close_up", None]


def test_photos_already_asked_for_are_counted(client, jpeg):
    """A lone back leaves the front unknown: a photo is asked for, and in the end a person."""
    form = [image(jpeg()), ("views", (None, "back"))]
    kinds = [
        client.post("/v1/classify", files=form, data={"asked": asked}).json()["decision"]["kind"]
        for asked in ("", "0", "99")
    ]
    assert kinds == ["ask_for_photo", "ask_for_photo", "review"]


def test_twenty_photos_all_named_alike_are_twenty_photos(client, jpeg):
    said = client.post("/v1/classify", files=[image(jpeg(n)) for n in range(20)]).json()
    assert len({photo["sha256"] for photo in said["photos"]}) == 20


def test_the_price_paid_is_taken(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg())], data={"price_cents": "1999"})
    assert answer.status_code == 200


def test_a_browsers_empty_file_field_is_no_photo(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg()), image(b"", "references", name="")])
    assert answer.status_code == 200


def test_a_body_of_unsaid_length_is_read_from_disk(client, jpeg):
    form = httpx.Request("POST", "http://x", files=[image(jpeg(n)) for n in range(8)])
    body = form.read()
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    answer = client.post(
        "/v1/classify", content=pieces, headers={"Content-Type": form.headers["Content-Type"]}
    )
    assert len(answer.json()["photos"]) == 8


def test_eight_at_once_are_all_answered(client, jpeg):
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(lambda n: client.post("/v1/classify", files=[image(jpeg(n))]), range(24))
        assert [answer.status_code for answer in answers] == [200] * 24


REFUSED = {
    "no photo": (lambda jpeg: [("price_cents", (None, "5"))], 422, "no_photos"),
    "nothing at all": (lambda jpeg: [image(b"", "references", name="")], 422, "no_photos"),
    "an empty file": (lambda jpeg: [image(b"")], 422, "photo_empty"),
    "text": (lambda jpeg: [image(b"hello " * 100)], 422, "not_a_photo"),
    "a cut photo": (lambda jpeg: [image(jpeg()[: len(jpeg()) // 2])], 422, "photo_broken"),
    "26 MB": (lambda jpeg: [image(jpeg() + bytes(26_000_000))], 413, "photo_too_large"),
    "60 photos": (lambda jpeg: [image(jpeg(n)) for n in range(60)], 422, "too_many_photos"),
    "the same twice": (lambda jpeg: [image(jpeg()), image(jpeg())], 422, "same_photo_twice"),
    "21 references": (
        lambda jpeg: [image(jpeg()), *(image(jpeg(n), "references") for n in range(21))],
        422,
        "too_many_photos",
    ),
    "a misspelt field": (lambda jpeg: [image(jpeg(), "photo")], 422, "field_unknown"),
    "a price in words": (
        lambda jpeg: [image(jpeg()), ("price_cents", (None, "ten"))],
        422,
        "field_unusable",
    ),
    "a price without end": (
        lambda jpeg: [image(jpeg()), ("price_cents", (None, "9" * 200))],
        422,
        "field_unusable",
    ),
    "an unknown view": (lambda jpeg: [image(jpeg()), ("views", (None, "inside"))], 422, "field_unusable"),
    "a view of no photo": (
        lambda jpeg: [image(jpeg()), *[("views", (None, "front"))] * 2],
        422,
        "too_many_views",
    ),
    "views of nothing": (lambda jpeg: [("views", (None, "front"))], 422, "no_photos"),
    "asked in words": (lambda jpeg: [image(jpeg()), ("asked", (None, "once"))], 422, "field_unusable"),
    "a negative price": (lambda jpeg: [image(jpeg()), ("price_cents", (None, "-1"))], 422, "field_unusable"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused_by_name_and_the_next_is_answered(client, jpeg, is_problem, what):
    files, status, code = REFUSED[what]
    assert is_problem(client.post("/v1/classify", files=files(jpeg)), status) == code
    assert client.post("/v1/classify", files=[image(jpeg())]).status_code == 200


def test_the_answer_to_too_many_says_how_many_came(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg(n)) for n in range(60)])
    assert answer.json()["detail"].startswith("60 photos")


def test_a_view_that_is_unknown_is_named_with_those_that_are(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg()), ("views", (None, "inside"))])
    assert "'inside'" in answer.json()["detail"]
    assert "close_up" in answer.json()["detail"]


def test_a_rejected_photo_is_named_where_several_were_sent(client, jpeg):
    answer = client.post("/v1/classify", files=[image(jpeg()), image(b"hello")])
    assert answer.json()["detail"].startswith("photo-2: ")


BODIES = {
    "not a form": ("application/json", b"{}", 415, "not_multipart"),
    "no content type": ("", b"abc", 415, "not_multipart"),
    "no boundary": ("multipart/form-data", b"abc", 400, "body_unreadable"),
    "an endless boundary": (f"multipart/form-data; boundary={'x' * 500}", b"abc", 400, "body_unreadable"),
    "another boundary": (
        "multipart/form-data; boundary=a",
        b"--b\r\n\r\nabc\r\n--b--\r\n",
        400,
        "body_unreadable",
    ),
    "nothing": ("multipart/form-data; boundary=a", b"", 400, "body_unreadable"),
    "cut off": (
        "multipart/form-data; boundary=a",
        b'--a\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\nabc',
        400,
        "body_unreadable",
    ),
    "a huge header in a part": (
        "multipart/form-data; boundary=a",
        b"--a\r\nX: " + b"y" * 100_000 + b"\r\n\r\nabc\r\n--a--\r\n",
        400,
        "body_unreadable",
    ),
    "a part without a name": (
        "multipart/form-data; boundary=a",
        b"--a\r\nContent-Type: image/jpeg\r\n\r\nabc\r\n--a--\r\n",
        422,
        "field_unknown",
    ),
    "thousands of parts": (
        "multipart/form-data; boundary=a",
        b'--a\r\nContent-Disposition: form-data; name="price_cents"\r\n\r\n1\r\n' * 5000 + b"--a--\r\n",
        400,
        "body_unreadable",
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_broken_form_is_a_problem_of_the_request(client, is_problem, what):
    kind, body, status, code = BODIES[what]
    assert (
        is_problem(client.post("/v1/classify", content=body, headers={"Content-Type": kind}), status) == code
    )


def test_a_body_over_the_cap_is_read_to_its_end_and_refused(client, is_problem):
    """Whoever sends it hears why, instead of a broken connection."""
    head = b'--a\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n'
    body = io.BytesIO(head + bytes(161_000_000))
    pieces = iter(lambda: body.read(1 << 20), b"")
    headers = {"Content-Type": "multipart/form-data; boundary=a"}
    assert is_problem(client.post("/v1/classify", content=pieces, headers=headers), 413) == "body_too_large"


def test_a_declared_length_over_the_cap_is_refused_before_it_comes(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
            b"Content-Type: multipart/form-data; boundary=a\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_whoever_hangs_up_in_mid_photo_harms_nobody(address, client, jpeg):
    host, port = address.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                b"POST /v1/classify HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n"
                b"Content-Type: multipart/form-data; boundary=a\r\n\r\n--a\r\n"
            )
    assert client.post("/v1/classify", files=[image(jpeg())]).status_code == 200
