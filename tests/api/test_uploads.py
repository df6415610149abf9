"""Uploads over HTTP, by whoever may and whoever may not, with good bytes, bad ones and bad networks."""

import hashlib
import io
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tus_client import VERSION
from upload_server import upload_app
from uploading import STREAM, begin, in_base64, large_jpeg, line, photos_of, requested, send, sha256_of

from api import intake, stream
from api.tus_headers import MOST_BYTES
from inspection.store.partial_files import PartialFiles
from inspection.store.unfinished import MOST_AT_ONCE
from inspection.verdict.findings import View

SERVICE = {"X-Caller": "service"}
HEADERS_OF_TUS = (
    "Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Checksum", "Upload-Defer-Length",
    "Tus-Resumable", "Content-Type", "X-HTTP-Method-Override", "Idempotency-Key", "Expect",
)  # fmt: skip
CUT_OFF = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nhalf a photo'


@pytest.fixture(scope="module")
def app(product):
    return upload_app(product)


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=30, headers=VERSION | SERVICE) as client:
        yield client


def test_a_photo_in_two_pieces_becomes_one_of_the_inspection(client, product, inspection, coffee_jpeg):
    begun = begin(client, inspection, coffee_jpeg, view="label")
    assert begun.status_code == 201
    assert begun.headers["Tus-Resumable"] == "1.0.0"
    assert begun.headers["Upload-Expires"].endswith("GMT")
    location = begun.headers["Location"]
    half = len(coffee_jpeg) // 2
    first = send(client, location, 0, coffee_jpeg[:half])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(half))
    told = client.head(location)
    assert (told.headers["Upload-Offset"], told.headers["Upload-Length"]) == (
        str(half),
        str(len(coffee_jpeg)),
    )
    assert told.headers["Cache-Control"] == "no-store"
    assert photos_of(product, inspection.id) == ()
    assert send(client, location, half, coffee_jpeg[half:]).status_code == 204
    (photo,) = photos_of(product, inspection.id)
    assert (photo.sha256, photo.view) == (sha256_of(coffee_jpeg), View.LABEL)
    assert product.photos.original(photo.sha256) == coffee_jpeg
    for _ in range(2):  # however often the end is repeated
        assert send(client, location, len(coffee_jpeg), b"").status_code == 204
        assert client.head(location).headers["Upload-Offset"] == str(len(coffee_jpeg))
    assert len(photos_of(product, inspection.id)) == 1


def test_a_photo_can_come_with_its_creation(client, product, inspection, coffee_jpeg):
    told = f"sha256 {in_base64(sha256_of(coffee_jpeg).encode())}"
    headers = {"Upload-Length": str(len(coffee_jpeg)), "Upload-Metadata": told, **STREAM}
    begun = client.post(f"/v1/inspections/{inspection.id}/uploads", headers=headers, content=coffee_jpeg)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, str(len(coffee_jpeg)))
    assert len(photos_of(product, inspection.id)) == 1


def test_what_is_spoken_here_is_told_to_anybody(address):
    for path in ("/v1/uploads", "/v1/uploads/x", "/v1/inspections/x/uploads"):
        told = httpx.options(address + path)
        assert told.status_code == 204
        assert told.headers["Tus-Version"] == told.headers["Tus-Resumable"] == "1.0.0"
        extensions = {"creation", "creation-with-upload", "termination", "checksum", "expiration"}
        assert set(told.headers["Tus-Extension"].split(",")) == extensions
        assert told.headers["Tus-Max-Size"] == str(MOST_BYTES)
        assert told.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"


def test_one_given_up_is_gone(client, product, inspection, coffee_jpeg):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    send(client, location, 0, coffee_jpeg[:100])
    assert client.delete(location).status_code == 204
    for answer in (client.head(location), client.delete(location), send(client, location, 100, b"x")):
        assert answer.status_code == 404
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert photos_of(product, inspection.id) == ()


def test_networks_without_patch_can_say_what_they_mean(client, product, inspection, coffee_jpeg):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    meant = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", **STREAM}
    assert client.post(location, headers=meant, content=coffee_jpeg).status_code == 204
    assert len(photos_of(product, inspection.id)) == 1
    assert client.post(location).status_code == 405
    assert client.post(location, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 204


@pytest.mark.parametrize("offset", ["5", "99999999"])
def test_bytes_for_another_place_are_a_conflict_that_says_where_to_go_on(
    client, inspection, coffee_jpeg, is_problem, offset
):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    send(client, location, 0, coffee_jpeg[:1000])
    answer = send(client, location, offset, coffee_jpeg[1000:])
    assert is_problem(answer, 409) == "offset_mismatch"
    assert answer.headers["Upload-Offset"] == "1000"
    assert send(client, location, 1000, coffee_jpeg[1000:]).status_code == 204
    assert is_problem(send(client, location, offset, b""), 409) == "offset_mismatch"  # finished or not


@pytest.mark.parametrize("offset", ["-1", "", "1.0", "0x0", "٣", "1" * 40, "1 0", "+1"])
def test_an_offset_that_is_no_number_is_refused(client, inspection, coffee_jpeg, is_problem, offset):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    headers = {"Upload-Offset": offset.encode(), **{k: v.encode() for k, v in STREAM.items()}}
    answer = client.patch(location, content=b"x", headers=headers)
    assert is_problem(answer, 400) == "tus_unreadable"
    assert client.head(location).headers["Upload-Offset"] == "0"


def test_other_bytes_than_promised_are_told_and_dropped(client, product, inspection, coffee_jpeg, is_problem):
    location = begin(client, inspection, coffee_jpeg, sha256="0" * 64).headers["Location"]
    assert is_problem(send(client, location, 0, coffee_jpeg), 460) == "checksum_mismatch"
    assert client.head(location).status_code == 404
    assert photos_of(product, inspection.id) == ()


def test_what_is_no_photo_is_told_in_a_shoppers_words_and_dropped(
    client, product, inspection, bad_photos, is_problem
):
    for name in ("text", "empty_jpeg", "truncated", "polyglot"):
        encoded = bad_photos.get(name) or b"<html>no photo at all</html>"
        location = begin(client, inspection, encoded).headers["Location"]
        answer = send(client, location, 0, encoded)
        is_problem(answer, 422)
        assert "photo" in answer.json()["detail"]
        assert client.head(location).status_code == 404
    assert photos_of(product, inspection.id) == ()


def test_a_piece_is_checked_by_its_own_checksum_and_left_out_if_wrong(
    client, product, inspection, coffee_jpeg, is_problem
):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    piece, rest = coffee_jpeg[:5000], coffee_jpeg[5000:]
    wrong = {"Upload-Checksum": f"sha1 {in_base64(hashlib.sha1(b'other', usedforsecurity=False).digest())}"}
    assert is_problem(send(client, location, 0, piece, **wrong), 460) == "checksum_mismatch"
    assert client.head(location).headers["Upload-Offset"] == "0"
    right = {"Upload-Checksum": f"sha1 {in_base64(hashlib.sha1(piece, usedforsecurity=False).digest())}"}
    assert send(client, location, 0, piece, **right).status_code == 204
    right = {"Upload-Checksum": f"sha256 {in_base64(hashlib.sha256(rest).digest())}"}
    assert send(client, location, 5000, rest, **right).status_code == 204
    assert len(photos_of(product, inspection.id)) == 1


@pytest.mark.parametrize("said", ["md5 abcd", "sha1 %%%", "sha1", "", "SHA1 aaaa"])
def test_a_checksum_that_is_none_is_refused(client, inspection, coffee_jpeg, is_problem, said):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    code = is_problem(
        send(client, location, 0, b"x", **{"Upload-Checksum": said}), 460 if said == "sha1" else 400
    )
    assert code == ("checksum_mismatch" if said == "sha1" else "tus_unreadable")
    assert client.head(location).headers["Upload-Offset"] == "0"


def test_more_bytes_than_promised_are_refused_however_they_come(client, inspection, coffee_jpeg, is_problem):
    location = begin(client, inspection, coffee_jpeg, length=1000).headers["Location"]
    assert is_problem(send(client, location, 0, coffee_jpeg), 413) == "more_than_promised"
    assert client.head(location).headers["Upload-Offset"] == "0"
    pieces = (coffee_jpeg[at : at + 300] for at in range(0, 9000, 300))  # chunked: no length is said
    assert is_problem(send(client, location, 0, pieces), 413) == "more_than_promised"
    assert int(client.head(location).headers["Upload-Offset"]) <= 1000


def test_a_shorter_photo_than_promised_is_never_complete(client, product, inspection, coffee_jpeg):
    location = begin(client, inspection, coffee_jpeg, length=len(coffee_jpeg) + 10).headers["Location"]
    assert send(client, location, 0, coffee_jpeg).status_code == 204
    assert client.head(location).headers["Upload-Offset"] == str(len(coffee_jpeg))
    assert photos_of(product, inspection.id) == ()


@pytest.mark.parametrize(
    ("length", "status"),
    [(0, 400), (MOST_BYTES + 1, 413), (-5, 400), ("", 400), ("ten", 400), ("1" * 30, 400)],
)
def test_a_length_that_no_photo_has_is_refused(client, inspection, is_problem, length, status):
    is_problem(begin(client, inspection, b"x", length=length), status)


@pytest.mark.parametrize(
    "told",
    [
        "",
        "sha256",
        "sha256 %%%not-base64%%%",
        f"sha256 {in_base64(b'abc')}",
        f"sha256 {in_base64(b'Z' * 64)}",
        f"sha256 {in_base64(b'0' * 63 + chr(0).encode())}",
        f"sha256 {in_base64(b'0' * 64)},sha256 {in_base64(b'0' * 64)}",
        f"sha256 {in_base64(b'0' * 64)},view {in_base64(b'underneath')}",
        f"sha256 {in_base64(b'0' * 64)},view {in_base64(bytes([255, 0]))}",
        ",,,, , ,",
    ],
)
def test_metadata_that_says_no_hash_or_an_unknown_view_is_refused(client, inspection, is_problem, told):
    headers = {"Upload-Length": "10", "Upload-Metadata": told}
    answer = client.post(f"/v1/inspections/{inspection.id}/uploads", headers=headers)
    assert is_problem(answer, 400) == "tus_unreadable"


def test_metadata_that_means_nothing_to_us_is_ignored(client, inspection, coffee_jpeg):
    more = (
        f"sha256 {in_base64(sha256_of(coffee_jpeg).upper().encode())}, filename {in_base64(b'../../x')},empty"
    )
    headers = {"Upload-Length": str(len(coffee_jpeg)), "Upload-Metadata": more}
    begun = client.post(f"/v1/inspections/{inspection.id}/uploads", headers=headers)
    assert begun.status_code == 201
    assert send(client, begun.headers["Location"], 0, coffee_jpeg).status_code == 204


SAYS = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc"]), max_size=60),
    st.integers(-(10**13), 10**13).map(str),
    st.binary(max_size=40).map(lambda told: f"sha256 {in_base64(told)}".strip()),
    st.sampled_from(["sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha256", "0", "1.0.0", ",", "view ZnJvbnQ="]),
)


@settings(max_examples=60, deadline=None)
@given(headers=st.dictionaries(st.sampled_from([*HEADERS_OF_TUS]), SAYS), body=st.binary(max_size=300))
def test_whatever_the_headers_say_is_answered_and_breaks_nothing(address, product, headers, body):
    place = product.workflow.open()
    said = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    with httpx.Client(base_url=address, headers=VERSION | SERVICE) as client:
        location = begin(client, place, b"x" * 200).headers["Location"]
        for method, path in (
            ("POST", f"/v1/inspections/{place.id}/uploads"), ("PATCH", location), ("HEAD", location),
            ("POST", location), ("OPTIONS", location), ("POST", f"/v1/inspections/{place.id}/photos"),
        ):  # fmt: skip
            answer = client.request(method, path, headers=said, content=body)
            assert answer.status_code < 500, (method, answer.text)
    assert photos_of(product, place.id) == ()


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1", ""])
def test_another_version_is_told_ours(address, client, inspection, coffee_jpeg, version, is_problem):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    headers = SERVICE | ({} if version is None else {"Tus-Resumable": version})
    for method, path in (("POST", f"/v1/inspections/{inspection.id}/uploads"), ("PATCH", location)):
        answer = httpx.request(method, address + path, headers=headers)
        assert is_problem(answer, 412) == "tus_version_unknown"
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert httpx.head(address + location, headers=headers).status_code == 412
    assert httpx.delete(address + location, headers=headers).status_code == 412
    assert client.head(location).status_code == 200


def test_bytes_of_another_type_are_refused(client, inspection, coffee_jpeg, is_problem):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    headers = {"Upload-Offset": "0", "Content-Type": "image/jpeg"}
    assert is_problem(client.patch(location, content=b"x", headers=headers), 415) == "not_offset_stream"


@pytest.mark.parametrize(
    "id_",
    ["..%2f..%2fetc%2fpasswd", "%00", "a%00b", "%ff%fe", "x" * 3000, "0" * 36, "%2e%2e", "*", "' OR 1=1"],
)
def test_an_id_that_is_none_is_not_found(client, is_problem, id_):
    for answer in (
        client.head(f"/v1/uploads/{id_}"),
        client.delete(f"/v1/uploads/{id_}"),
        send(client, f"/v1/uploads/{id_}", 0, b"x"),
        client.post(f"/v1/inspections/{id_}/uploads", headers={"Upload-Length": "1"}),
        client.post(f"/v1/inspections/{id_}/photos", files={"photo": b"x"}),
    ):
        assert answer.status_code in (404, 405), answer.text  # a slash in it is another path


def test_huge_headers_are_refused_and_nothing_breaks(address, client, inspection, coffee_jpeg):
    try:
        answer = begin(client, inspection, coffee_jpeg, **{"X-Padding": "x" * 200_000})
        assert 400 <= answer.status_code < 500
    except httpx.TransportError:
        pass  # hanging up on it will do
    assert begin(client, inspection, coffee_jpeg).status_code == 201


def test_a_shopper_reaches_the_return_of_the_link_and_no_other(address, product, coffee_jpeg, is_problem):
    theirs, others = requested(product), requested(product)
    own = product.workflow.open(line_id=theirs.lines[0].id)
    link = {"X-Caller": f"shopper {theirs.id}"}
    other = {"X-Caller": f"shopper {others.id}"}
    by_itself = product.workflow.open()
    with httpx.Client(base_url=address, headers=VERSION) as client:
        assert is_problem(begin(client, own, coffee_jpeg, **other), 403) == "not_theirs"
        assert is_problem(begin(client, by_itself, coffee_jpeg, **link), 403) == "not_theirs"
        assert begin(client, own, coffee_jpeg).status_code == 401
        assert begin(client, own, coffee_jpeg, **{"X-Caller": "scientist"}).status_code == 403
        location = begin(client, own, coffee_jpeg, **link).headers["Location"]
        for headers in (other, {}):
            status = 403 if headers else 401
            assert client.head(location, headers=headers).status_code == status
            assert client.delete(location, headers=headers).status_code == status
            assert send(client, location, 0, coffee_jpeg, **headers).status_code == status
        form = {"files": {"photo": coffee_jpeg}, "headers": other}
        assert client.post(f"/v1/inspections/{own.id}/photos", **form).status_code == 403
        assert photos_of(product, own.id) == ()
        assert send(client, location, 0, coffee_jpeg, **link).status_code == 204
    assert len(photos_of(product, own.id)) == 1


def test_a_submitted_inspection_takes_no_more(client, product, inspection, coffee_jpeg, is_problem):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    product.workflow.withdraw(inspection.id, "shopper")
    assert is_problem(begin(client, inspection, coffee_jpeg), 409) == "move_refused"
    assert is_problem(send(client, location, 0, coffee_jpeg), 409) == "move_refused"
    assert photos_of(product, inspection.id) == ()


def test_too_many_at_once_are_asked_to_wait(client, inspection, jpeg, is_problem):
    for number in range(MOST_AT_ONCE):
        begun = begin(client, inspection, jpeg(number))
        assert begun.status_code == 201
        assert send(client, begun.headers["Location"], 0, jpeg(number)[:100]).status_code == 204
    answer = begin(client, inspection, jpeg(99))
    assert is_problem(answer, 429) == "too_many_uploads"
    assert int(answer.headers["Retry-After"]) >= 1


def test_lost_answers_lock_nobody_out(client, inspection, jpeg):
    for number in range(MOST_AT_ONCE + 5):
        assert begin(client, inspection, jpeg(number)).status_code == 201


def test_the_same_photo_begun_again_goes_on_where_it_was(client, product, inspection, coffee_jpeg):
    first = begin(client, inspection, coffee_jpeg)
    assert first.headers["Upload-Offset"] == "0"
    send(client, first.headers["Location"], 0, coffee_jpeg[:1000])
    again = begin(client, inspection, coffee_jpeg)
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (first.headers["Location"], "1000")
    assert send(client, again.headers["Location"], 1000, coffee_jpeg[1000:]).status_code == 204
    assert len(photos_of(product, inspection.id)) == 1


def test_two_clients_on_one_upload_never_spoil_it(address, product, inspection):
    encoded = large_jpeg(3, 3_000_000)
    with httpx.Client(base_url=address, headers=VERSION | SERVICE) as client:
        location = begin(client, inspection, encoded).headers["Location"]

    def push(number):
        """In pieces of its own size, without asking first."""
        size = 40_000 + 7_000 * number
        with httpx.Client(base_url=address, headers=VERSION | SERVICE, timeout=30) as client:
            offset = 0
            while offset < len(encoded):
                answer = send(client, location, offset, encoded[offset : offset + size])
                assert answer.status_code in (204, 409, 423), answer.text
                offset = int(answer.headers.get("Upload-Offset", offset))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(push, range(4)))
    assert product.photos.original(sha256_of(encoded)) == encoded
    assert len(photos_of(product, inspection.id)) == 1


def test_a_line_that_falls_silent_keeps_what_came_and_blocks_nobody(
    address, client, inspection, coffee_jpeg, monkeypatch
):
    monkeypatch.setattr(stream, "STALL_SECONDS", 1.0)
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    told = {"X-Caller": "service", "Upload-Offset": "0"}
    with line(address, "PATCH", location, len(coffee_jpeg), **told) as silent:
        silent.sendall(coffee_jpeg[:2000])
        answer = silent.recv(4096)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"upload_too_slow" in answer + silent.recv(4096)
    assert client.head(location).headers["Upload-Offset"] == "2000"
    assert send(client, location, 2000, coffee_jpeg[2000:]).status_code == 204


def test_a_half_open_line_keeps_nobody_from_going_on_elsewhere(address, client, inspection):
    encoded = large_jpeg(4, 1_000_000)
    location = begin(client, inspection, encoded).headers["Location"]
    told = {"X-Caller": "service", "Upload-Offset": "0"}
    with line(address, "PATCH", location, len(encoded), **told) as silent:
        silent.sendall(encoded[:600_000])
        until = time.monotonic() + 5
        while (offset := int(client.head(location).headers["Upload-Offset"])) == 0:
            assert time.monotonic() < until
        answer = send(client, location, offset, encoded[offset:])
        assert answer.status_code == 204, answer.text


def test_a_photo_store_that_fails_costs_no_bytes(client, product, inspection, is_problem):
    encoded = large_jpeg(5, 300_000)
    location = begin(client, inspection, encoded).headers["Location"]
    originals = product.settings.home / "photos" / "originals"
    originals.mkdir(exist_ok=True)
    originals.rename(originals.with_name("elsewhere"))
    originals.write_text("in the way")
    try:
        assert is_problem(send(client, location, 0, encoded), 503) == "store_unusable"
        assert client.head(location).status_code == 503  # not complete, whatever its length is
        assert photos_of(product, inspection.id) == ()
    finally:
        originals.unlink()
        originals.with_name("elsewhere").rename(originals)
    wait_until(lambda: client.head(location).status_code == 200)
    assert client.head(location).headers["Upload-Offset"] == str(len(encoded))
    assert product.photos.original(sha256_of(encoded)) == encoded
    assert len(photos_of(product, inspection.id)) == 1


def test_an_upload_that_another_process_is_at_work_on_is_locked(
    client, product, inspection, coffee_jpeg, is_problem, monkeypatch
):
    monkeypatch.setattr(intake, "_PATIENCE_SECONDS", 0.1)
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    with PartialFiles(product.settings.home / "uploads").locked(location.rpartition("/")[2]):
        assert is_problem(send(client, location, 0, coffee_jpeg), 423) == "upload_busy"
    assert client.head(location).headers["Upload-Offset"] == "0"
    assert send(client, location, 0, coffee_jpeg).status_code == 204


def test_a_creation_with_bytes_that_broke_off_goes_on_when_it_is_repeated(
    address, client, product, inspection, coffee_jpeg
):
    told = {
        "X-Caller": "service",
        "Upload-Length": str(len(coffee_jpeg)),
        "Upload-Metadata": f"sha256 {in_base64(sha256_of(coffee_jpeg).encode())}",
    }
    path = f"/v1/inspections/{inspection.id}/uploads"
    folder = product.settings.home / "uploads"
    before = set(folder.glob("[!.]*"))
    with line(address, "POST", path, len(coffee_jpeg), **told) as cut:
        cut.sendall(coffee_jpeg[:2000])
        wait_until(lambda: set(folder.glob("[!.]*")) != before)
        time.sleep(1)  # it is there before its bytes are read, and what was not read goes with the line
    (kept,) = set(folder.glob("[!.]*")) - before
    wait_until(lambda: kept.stat().st_size == 2000)
    again = client.post(path, headers=told | STREAM, content=coffee_jpeg)
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, "2000")
    assert again.headers["Location"].endswith(kept.name)
    assert send(client, again.headers["Location"], 2000, coffee_jpeg[2000:]).status_code == 204
    assert len(photos_of(product, inspection.id)) == 1


def wait_until(so, seconds=10):
    until = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


def test_the_same_key_begins_one_upload(client, inspection, coffee_jpeg):
    key = {"Idempotency-Key": f"key-{inspection.id}"}
    first, second = (begin(client, inspection, coffee_jpeg, **key) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Tus-Resumable"] == "1.0.0"
    assert second.headers["Upload-Expires"].endswith("GMT")


def test_a_repeated_creation_says_how_far_it_is_by_now_and_makes_anew_what_is_gone(
    client, product, inspection, coffee_jpeg
):
    key = {"Idempotency-Key": f"key-{inspection.id}"}
    location = begin(client, inspection, coffee_jpeg, **key).headers["Location"]
    send(client, location, 0, coffee_jpeg[:1000])
    assert begin(client, inspection, coffee_jpeg, **key).headers["Upload-Offset"] == "1000"
    client.delete(location)
    assert client.head(location).status_code == 404
    again = begin(client, inspection, coffee_jpeg, **key)
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (location, "0")
    send(client, location, 0, coffee_jpeg)
    again = begin(client, inspection, coffee_jpeg, **key)
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (location, str(len(coffee_jpeg)))
    assert len(photos_of(product, inspection.id)) == 1


def test_a_creation_with_bytes_and_a_key_makes_one_upload(
    client, product, inspection, coffee_jpeg, jpeg, is_problem
):
    def create(encoded):
        told = f"sha256 {in_base64(sha256_of(encoded).encode())}"
        headers = {
            "Upload-Length": str(len(encoded)),
            "Upload-Metadata": told,
            "Idempotency-Key": "one",
            **STREAM,
        }
        return client.post(f"/v1/inspections/{inspection.id}/uploads", headers=headers, content=encoded)

    first, second = create(coffee_jpeg), create(coffee_jpeg)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["Location"] == second.headers["Location"]
    assert second.headers["Upload-Offset"] == str(len(coffee_jpeg))
    assert is_problem(create(jpeg(1)), 422) == "key_reused"
    assert len(photos_of(product, inspection.id)) == 1


def test_a_whole_photo_in_a_form_is_one_of_the_inspection(client, product, inspection, coffee_jpeg):
    path = f"/v1/inspections/{inspection.id}/photos"
    for _ in range(2):
        answer = client.post(path, files={"photo": ("a.jpg", coffee_jpeg)}, data={"view": "sole"})
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert (told["position"], told["sha256"], told["view"]) == (1, sha256_of(coffee_jpeg), "sole")
    assert product.photos.original(sha256_of(coffee_jpeg)) == coffee_jpeg


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"files": {"photo": b"no photo"}}, 422),
        ({"files": {"picture": b"x"}}, 422),
        ({"files": {"other": b"x", "photo": b"x"}}, 422),
        ({"files": [("photo", b"x"), ("photo", b"y")]}, 422),
        ({"files": {"photo": b"x"}, "data": {"view": "inside"}}, 422),
        ({"data": {"photo": "text"}, "files": {"view": b"x"}}, 422),
        ({"files": {"photo": b"x" * (MOST_BYTES + 100_000)}}, 413),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"--b\r\ncut off", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
        ({"content": CUT_OFF, "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 422),
        ({"json": {"photo": 1}}, 415),
        ({}, 415),
    ],
)
def test_a_form_that_is_not_one_photo_is_refused(client, product, inspection, is_problem, form, status):
    is_problem(client.post(f"/v1/inspections/{inspection.id}/photos", **form), status)
    assert photos_of(product, inspection.id) == ()


def test_a_21st_photo_is_refused(client, inspection, jpeg, is_problem):
    path = f"/v1/inspections/{inspection.id}/photos"
    for number in range(20):
        assert client.post(path, files={"photo": jpeg(number, quality=30)}).status_code == 201
    assert is_problem(client.post(path, files={"photo": jpeg(21)}), 422) == "too_many_photos"
    assert client.post(path, files={"photo": jpeg(1, quality=30)}).status_code == 201  # one of the 20


@pytest.mark.parametrize("checked", [False, True])
def test_a_client_of_others_makes_uploads_in_pieces_and_goes_on(address, product, inspection, checked):
    tusclient = pytest.importorskip("tusclient.client", reason="tuspy is not installed")
    encoded = large_jpeg(77 + checked, 1_500_000)
    theirs = tusclient.TusClient(f"{address}/v1/inspections/{inspection.id}/uploads", headers=SERVICE)
    told = {"file_stream": io.BytesIO(encoded), "chunk_size": 400_000, "upload_checksum": checked}
    first = theirs.uploader(**told, metadata={"sha256": sha256_of(encoded), "view": "back"})
    first.upload_chunk()
    again = theirs.uploader(**told, url=first.url)  # as after a crash of the client
    assert again.offset == 400_000
    again.upload()
    (photo,) = photos_of(product, inspection.id)
    assert product.photos.original(photo.sha256) == encoded
    assert photo.view is View.BACK


def test_the_example_in_the_docs_runs_and_goes_on_where_it_was(
    address, client, product, inspection, coffee_jpeg, tmp_path
):
    page = (Path(__file__).parents[2] / "docs" / "uploads.md").read_text()
    (example,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    (tmp_path / "cup.jpg").write_bytes(coffee_jpeg)
    told = {
        "API": address,
        "TOKEN": "service",
        "INSPECTION": inspection.id,
        "PHOTO": str(tmp_path / "cup.jpg"),
    }
    ran = subprocess.run(
        ["bash", "-c", example],
        check=False,
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert f"all {len(coffee_jpeg)} bytes" in ran.stdout, ran.stderr
    (photo,) = photos_of(product, inspection.id)
    assert product.photos.original(photo.sha256) == coffee_jpeg
