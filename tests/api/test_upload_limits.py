"""What uploads may take of the house: places, memory, disk, time. Nobody else goes without for it."""

import resource
import tempfile
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from pydantic import SecretStr
from servers import running
from tus_client import VERSION
from upload_server import upload_app
from uploading import begin, in_base64, large_jpeg, line, photos_of, requested, send, sha256_of

from api import finishing, intake, places, stream
from api.errors import NoRoom
from api.kept import OnDisk
from api.uploads import DISK_BYTES, MEMORY_BYTES, Memory
from inspection.store.partial_files import PartialFiles
from inspection.store.uploads import UploadFolder
from inspection.wiring import Product

SERVICE = {"X-Caller": "service"}


@pytest.fixture(scope="module")
def app(product):
    return upload_app(product)


@pytest.fixture
def client(address):
    with httpx.Client(base_url=address, timeout=30, headers=VERSION | SERVICE) as client:
        yield client


def shopper_with(product):
    """What a shopper's requests say, and an inspection of that return."""
    made = requested(product)
    return {"X-Caller": f"shopper {made.id}"}, product.workflow.open(line_id=made.lines[0].id)


def answered(opened, seconds=0.3):
    """The status of what is answered on that line by then; `None`: nothing."""
    opened.settimeout(seconds)
    try:
        told = opened.recv(4096)
    except TimeoutError:
        return None
    return int(told.split()[1])


def wait_until(so, seconds=10):
    until = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.02)


def test_one_shopper_takes_a_few_places_and_leaves_the_others(address, client, product, jpeg):
    greedy, theirs = shopper_with(product)
    other, others = shopper_with(product)
    told = greedy | {"Upload-Offset": "0"}
    with ExitStack() as lines:
        opened = []
        for number in range(places.MOST_OF_A_SHOPPER + 4):
            location = begin(client, theirs, jpeg(number), **greedy).headers["Location"]
            one = lines.enter_context(line(address, "PATCH", location, 1000, **told))
            one.sendall(b"x")
            opened.append(one)
        inside, refused = opened[: places.MOST_OF_A_SHOPPER], opened[places.MOST_OF_A_SHOPPER :]
        assert [answered(one, 5) for one in refused] == [429] * 4
        assert [answered(one, 0.1) for one in inside] == [None] * len(inside)
        location = begin(client, others, jpeg(1), **other).headers["Location"]
        assert send(client, location, 0, jpeg(1), **other).status_code == 204
        whole = {"files": {"photo": jpeg(2)}}
        assert client.post(f"/v1/inspections/{others.id}/photos", **whole, headers=other).status_code == 201
        refused = client.post(f"/v1/inspections/{theirs.id}/photos", **whole, headers=greedy)
        assert refused.json()["code"] == "too_many_at_once"
        assert int(refused.headers["Retry-After"]) >= 1
    wait_until(lambda: client.post(
        f"/v1/inspections/{theirs.id}/photos", files={"photo": jpeg(2)}, headers=greedy
    ).status_code == 201)  # fmt: skip


def test_when_all_places_for_uploads_are_taken_other_systems_still_classify(
    address, client, product, jpeg, is_problem, monkeypatch
):
    monkeypatch.setattr(places, "MOST", 2)
    with ExitStack() as lines:
        for number in range(2):
            link, theirs = shopper_with(product)
            location = begin(client, theirs, jpeg(number), **link).headers["Location"]
            told = link | {"Upload-Offset": "0"}
            lines.enter_context(line(address, "PATCH", location, 1000, **told)).sendall(b"x")
        link, theirs = shopper_with(product)
        location = begin(client, theirs, jpeg(3), **link).headers["Location"]

        def busy():
            return send(client, location, 0, b"", **link).status_code == 503

        wait_until(busy)
        assert is_problem(send(client, location, 0, jpeg(3), **link), 503) == "too_busy"
        inspector = {"X-Caller": "inspector"}
        answer = client.post("/v1/classify", files={"photos": jpeg(4)}, headers=inspector)
        assert answer.status_code == 200, answer.text


def test_many_lines_to_one_upload_take_one_place(address, client, product, coffee_jpeg, monkeypatch):
    monkeypatch.setattr(places, "_PATIENCE_SECONDS", 0.5)
    link, theirs = shopper_with(product)
    location = begin(client, theirs, coffee_jpeg, **link).headers["Location"]
    with ExitStack() as lines:
        told = link | {"Upload-Offset": "0"}
        opened = [lines.enter_context(line(address, "PATCH", location, 1000, **told)) for _ in range(30)]
        for one in opened:
            one.sendall(coffee_jpeg[:1])
        wait_until(lambda: sum(answered(one) == 423 for one in opened[:]) >= 1, 30)
        whole = client.post(f"/v1/inspections/{theirs.id}/photos", files={"photo": coffee_jpeg}, headers=link)
        assert whole.status_code == 201
    assert len(photos_of(product, theirs.id)) == 1


def test_a_newer_line_takes_over_from_one_that_fell_silent_and_not_from_one_that_is_heard(
    address, client, inspection, coffee_jpeg, is_problem, monkeypatch
):
    monkeypatch.setattr(places, "_PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(places, "SILENT_SECONDS", 5.0)
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    told = SERVICE | {"Upload-Offset": "0"}
    with line(address, "PATCH", location, len(coffee_jpeg), **told) as heard:
        heard.sendall(coffee_jpeg[:100])
        time.sleep(0.2)
        answer = send(client, location, 0, coffee_jpeg)
        assert is_problem(answer, 423) == "upload_busy"
        assert answer.headers["Retry-After"] == "1"
        monkeypatch.setattr(places, "SILENT_SECONDS", 0.1)
        assert send(client, location, 0, coffee_jpeg).status_code == 204
        assert answered(heard, 10) == 423


def test_a_byte_now_and_then_is_no_upload(address, client, inspection, coffee_jpeg, monkeypatch):
    monkeypatch.setattr(stream, "STALL_SECONDS", 1.0)
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    told = SERVICE | {"Upload-Offset": "0"}
    began, sent = time.monotonic(), 0
    with line(address, "PATCH", location, len(coffee_jpeg), **told) as trickling:
        while (status := answered(trickling)) is None:
            assert time.monotonic() - began < 15
            trickling.sendall(coffee_jpeg[sent : sent + 1])
            sent += 1
    assert status == 408
    assert 1 <= int(client.head(location).headers["Upload-Offset"]) <= sent


def test_a_photo_is_taken_back_through_its_upload_while_the_inspection_is_open(
    client, product, inspection, coffee_jpeg, jpeg, is_problem
):
    location, other = (begin(client, inspection, one).headers["Location"] for one in (coffee_jpeg, jpeg(1)))
    send(client, location, 0, coffee_jpeg)
    send(client, other, 0, jpeg(1))
    assert client.delete(location).status_code == 204
    assert [photo.sha256 for photo in photos_of(product, inspection.id)] == [sha256_of(jpeg(1))]
    assert client.head(location).status_code == 404
    product.workflow.withdraw(inspection.id, "shopper")
    assert is_problem(client.delete(other), 409) == "move_refused"
    assert len(photos_of(product, inspection.id)) == 1
    assert client.head(other).status_code == 200


def test_what_is_being_finished_is_not_given_up(
    client, product, inspection, coffee_jpeg, is_problem, monkeypatch
):
    monkeypatch.setattr(intake, "_PATIENCE_SECONDS", 0.1)
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    with PartialFiles(product.settings.home / "uploads").locked(location.rpartition("/")[2]):
        assert is_problem(client.delete(location), 423) == "upload_busy"
    assert client.head(location).status_code == 200
    assert client.delete(location).status_code == 204


def test_what_cannot_be_finished_is_not_tried_at_every_question(
    client, product, inspection, coffee_jpeg, monkeypatch
):
    monkeypatch.setattr(finishing, "REFUSED_SECONDS", 2.0)
    tried = []
    whole = UploadFolder.whole
    monkeypatch.setattr(UploadFolder, "whole", lambda self, upload: tried.append(1) or whole(self, upload))
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    product.workflow.withdraw(inspection.id, "shopper")
    assert send(client, location, 0, coffee_jpeg).status_code == 409
    for _ in range(20):
        assert client.head(location).status_code == 409
    assert len(tried) == 1
    wait_until(lambda: client.head(location).status_code == 409 and len(tried) == 2)


@contextmanager
def no_temporary_files(monkeypatch, tmp_path):
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
        yield


def test_a_full_disk_is_told_and_passes(client, product, inspection, is_problem, monkeypatch, tmp_path):
    encoded = large_jpeg(9, 9_000_000)
    digest = in_base64(bytes.fromhex(sha256_of(encoded)))
    location = begin(client, inspection, encoded).headers["Location"]
    inspector = {"X-Caller": "inspector"}

    def asked():
        yield send(client, location, 0, encoded, **{"Upload-Checksum": f"sha256 {digest}"})
        yield client.post(f"/v1/inspections/{inspection.id}/photos", files={"photo": encoded})
        yield client.post("/v1/classify", files={"photos": encoded}, headers=inspector)

    with no_temporary_files(monkeypatch, tmp_path):
        for answer in asked():
            assert is_problem(answer, 503) == "no_room"
            assert int(answer.headers["Retry-After"]) >= 1
            assert "not there" not in answer.text
    assert [answer.status_code for answer in asked()] == [204, 201, 200]


def test_bodies_on_disk_have_a_share_of_it_and_give_it_back(app, client, inspection, is_problem):
    encoded = large_jpeg(10, 9_000_000)
    memory = app.state.desk.memory
    path = f"/v1/inspections/{inspection.id}/photos"
    memory.free_on_disk -= DISK_BYTES - 5_000_000
    try:
        assert is_problem(client.post(path, files={"photo": encoded}), 503) == "no_room"
    finally:
        memory.free_on_disk += DISK_BYTES - 5_000_000
    assert client.post(path, files={"photo": encoded}).status_code == 201
    wait_until(lambda: (memory.free, memory.free_on_disk) == (MEMORY_BYTES, DISK_BYTES))


async def test_what_says_no_length_takes_room_for_the_most(anyio_backend):
    memory = Memory(free_on_disk=100)
    async with memory.room_for(None, 60) as keep:
        assert keep is OnDisk
        with pytest.raises(NoRoom):
            async with memory.room_for(None, 60):
                pass
    assert memory.free_on_disk == 100


def test_a_disk_that_fills_in_mid_photo_is_no_room():
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = OnDisk()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        with pytest.raises(NoRoom):
            kept.write(memoryview(bytes(200_000)))
        kept.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)


def test_every_answer_at_an_uploads_address_says_which_tus_it_speaks(client, inspection, is_problem):
    unknown = "/v1/uploads/00000000-0000-7000-8000-000000000000"
    many = {f"X-{number}": "1" for number in range(120)}
    for answer, status in (
        (client.head(unknown, headers=many), 431),
        (client.post(unknown, content=bytes(1_100_000), headers={"Content-Type": "text/plain"}), 413),
        (client.put(unknown), 405),
        (client.get("/v1/uploads"), 405),
        (client.get("/v1/uploads/a/b/c"), 404),
        (client.head(unknown), 404),
        (client.post(f"/v1/inspections/{inspection.id}/uploads", headers={"X-Caller": ""}), 401),
    ):
        assert (answer.status_code, answer.headers.get("Tus-Resumable")) == (status, "1.0.0")
    assert "Tus-Resumable" not in client.get("/healthz").headers


def test_the_version_is_asked_for_before_the_upload(client, is_problem):
    unknown = "/v1/uploads/00000000-0000-7000-8000-000000000000"
    for method in ("PATCH", "DELETE", "POST"):
        answer = client.request(method, unknown, headers={"Tus-Resumable": "0.2.2"})
        assert is_problem(answer, 412) == "tus_version_unknown"
        assert answer.headers["Tus-Version"] == "1.0.0"


def test_a_creation_with_a_key_is_refused_as_one_without(client, inspection, is_problem):
    key = {"Idempotency-Key": f"key-{inspection.id}", "Upload-Length": "10", "Upload-Metadata": "sha256"}
    for _ in range(2):
        answer = client.post(f"/v1/inspections/{inspection.id}/uploads", headers=key)
        assert is_problem(answer, 400) == "tus_unreadable"


def test_what_is_on_another_machine_is_asked_for_again_or_begun_anew(
    client, product, inspection, coffee_jpeg, is_problem, tmp_path
):
    location = begin(client, inspection, coffee_jpeg).headers["Location"]
    database = f"sqlite:///{product.settings.home / 'inspection.db'}"
    settings = product.settings.model_copy(
        update={"home": tmp_path / "other", "database": SecretStr(database)}
    )
    other = Product(settings.model_copy(update={"photos": str(product.settings.home / "photos")}))
    with running(upload_app(other)) as address, httpx.Client(base_url=address, timeout=30) as elsewhere:
        elsewhere.headers.update(VERSION | SERVICE)
        for answer in (send(elsewhere, location, 0, coffee_jpeg), elsewhere.delete(location)):
            assert is_problem(answer, 503) == "upload_elsewhere"
            assert answer.headers["Retry-After"] == "1"
        anew = begin(elsewhere, inspection, coffee_jpeg).headers["Location"]
        assert anew != location
        assert send(elsewhere, anew, 0, coffee_jpeg).status_code == 204
        assert client.head(anew).headers["Upload-Offset"] == str(len(coffee_jpeg))
    other.close()
    assert send(client, location, 0, coffee_jpeg).status_code == 204
    assert len(photos_of(product, inspection.id)) == 1
