import asyncio
import re

import httpx
import pytest
import simplejpeg

from api.app import create_app
from inspection.settings import Settings
from inspection.wiring import Product

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert('x')</script>.jpg"


def image(encoded: bytes, field: str = "photos", name: str = "image.jpg"):
    return (field, (name, encoded, "image/jpeg"))


@pytest.fixture
def browser(address):
    with httpx.Client(base_url=address, headers={**HTML, "Origin": address}, timeout=60) as client:
        yield client


@pytest.fixture
def decided(browser, jpeg):
    """The address of a decision just made, as the form's answer gives it."""
    answer = browser.post(
        "/inspections", files=[image(jpeg(1), name=HOSTILE), image(b"", "references", name="")]
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_form_sent_leads_to_the_decision(browser, decided, product):
    page = browser.get(decided)
    assert page.status_code == 200
    assert product.cases.latest(1)[0].decision.reasons[0].text in page.text.replace("&#39;", "'")
    assert product.cases.latest(1)[0].id == decided.removeprefix("/inspections/")


def test_the_decision_is_listed_with_its_photo(browser, decided):
    page = browser.get("/").text
    assert f'href="{decided}"' in page
    assert browser.get(re.search(r'src="(/photos/[0-9a-f]{64}\.jpg)"', page).group(1)).status_code == 200


def test_every_picture_on_the_page_is_a_jpeg_of_ours_without_metadata(browser, decided):
    sources = set(
        re.findall(r'(?:src|href)="(/(?:photos|inspections)/[^"]+\.jpg)"', browser.get(decided).text)
    )
    assert len(sources) >= 2  # the photo, and the heat map over it
    for source in sources:
        answer = browser.get(source)
        assert answer.headers["content-type"] == "image/jpeg"
        assert simplejpeg.decode_jpeg(answer.content).shape == (600, 800, 3)
        assert b"Exif" not in answer.content


def test_a_hostile_file_name_is_nowhere_on_the_page(browser, decided):
    for page in (browser.get(decided), browser.get("/")):
        assert "alert('x')" not in page.text
        assert "<script>" not in page.text


def test_the_original_is_kept_and_never_served(browser, decided, jpeg, product):
    sha256 = product.cases.latest(1)[0].photos[0].sha256
    kept = product.settings.home / "photos" / "originals" / sha256[:2] / sha256
    assert kept.read_bytes() == jpeg(1)
    assert browser.get(f"/photos/{sha256}.jpg").content != jpeg(1)
    assert browser.get(f"/originals/{sha256[:2]}/{sha256}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        (b"hello", 422, "This file is not a photo we can read."),
        (b"", 422, "This file is empty."),
    ],
)
def test_what_went_wrong_is_a_sentence_with_the_form_again(browser, sent, status, sentence):
    answer = browser.post("/inspections", files=[image(sent)])
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert sentence in answer.text
    assert 'type="file"' in answer.text


def test_a_form_without_any_photo_is_told_so(browser):
    answer = browser.post("/inspections", files=[image(b"", name=""), image(b"", "references", name="")])
    assert answer.status_code == 422
    assert "There is no photo to look at." in answer.text


def test_an_unknown_page_is_a_page_and_an_unknown_resource_is_a_problem(browser, client, is_problem):
    assert "There is no inspection none." in browser.get("/inspections/none").text
    assert is_problem(client.get("/inspections/none"), 404) == "inspection_not_found"


def test_the_api_answers_problems_to_a_browser_too(browser, is_problem):
    assert is_problem(browser.get("/v1/none"), 404) == "not_found"


def test_a_form_from_another_site_is_refused(browser, jpeg):
    answer = browser.post(
        "/inspections", files=[image(jpeg())], headers={"Origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403


def test_the_page_runs_nothing_but_its_own_files(browser, decided):
    for path in ("/", decided, "/inspections/none"):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(
            r"<script(?! src=\"/static/)|\son\w+=|\sstyle=|<style|https?://(?!www\.w3\.org)", answer.text
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
            assert browser.get(file).status_code == 200


def test_an_empty_house_says_what_will_be_there(tmp_path, product):
    app = create_app(Product(Settings(bundle=product.settings.bundle, home=tmp_path / "home")))

    async def ask() -> str:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get("/")).text

    assert "Nothing yet." in asyncio.run(ask())
