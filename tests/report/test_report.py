import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from strategies import inspections

from inspection.photo.provenance import Provenance
from inspection.report import STYLE, Pictures, data_uri, facts, fragment, render
from inspection.report.words import found, headline, percent
from inspection.verdict.decision import AskForPhoto
from inspection.verdict.doubt import Reason
from inspection.verdict.findings import PhotoId, View

VOID = {"img", "input", "meta", "link", "br", "hr"}
HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7*7 }}"""


class Page(HTMLParser):
    """What a browser would make of it: tags with attributes, and whether they nest."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["title"]):
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_report_is_one_file_that_asks_nobody_for_anything(inspected, pictures):
    html = render(inspected(), pictures)
    page = Page(html)
    assert page.open == []
    assert not re.search(r"https?:|//[a-z]|@import|url\(", html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "base", "form"})
    for tag, attrs in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs), tag
        assert attrs.get("src", "data:").startswith("data:")


def test_its_policy_for_browsers_allows_its_own_style_and_pictures_alone(inspected, pictures):
    html = render(inspected(), pictures)
    policy = next(
        attrs["content"]
        for attrs in Page(html).all("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)[1]
    assert "default-src 'none'; img-src data:;" in policy
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy


@pytest.mark.parametrize("kind", ["accept", "ask_for_photo", "review"])
def test_the_decision_comes_first_in_plain_words_with_every_reason(inspected, pictures, kind):
    inspection = inspected(kind)
    page = Page(render(inspection, pictures))
    assert page.text.index(headline(inspection.decision)) < page.text.index("Grade")
    for reason in inspection.decision.reasons:
        assert reason.text in page.text
    assert [attrs["data-code"] for attrs in page.all("li") if "data-code" in attrs] == [
        reason.code for reason in inspection.decision.reasons
    ]


def test_asking_for_a_photo_says_what_to_photograph(inspected, pictures):
    assert (
        "Please photograph the label. That may settle what is open."
        in Page(render(inspected("ask_for_photo"), pictures)).text
    )


def test_every_claim_is_there_and_one_that_was_not_made_is_said_so(inspected, pictures):
    text = " ".join(Page(render(inspected(), pictures)).text.split())
    assert "Is it damaged? 91 % settled: yes Rests on a comparison with photos of the undamaged item." in text
    assert "Is a photo one of a screen or print? 30 % not settled" in text
    assert "Is it the item that was sold? No claim was made." in text
    assert "Is it genuine? No claim was made." in text


def test_without_a_grade_none_is_made_up(inspected, pictures):
    text = Page(render(inspected(grading=False), pictures)).text
    assert "No grade is given" in text
    assert "like new" not in text


def test_a_grade_that_is_not_settled_is_not_called_the_grade(inspected, pictures):
    text = " ".join(Page(render(inspected("review"), pictures)).text.split())
    assert "C good so far 91 %" in text
    assert "the grade" not in text


def test_each_grade_has_its_probability_and_the_set_is_named(inspected, pictures):
    text = " ".join(Page(render(inspected(), pictures)).text.split())
    assert "C good the grade 91 %" in text
    assert "A like new possible 9 %" in text
    assert "Not ruled out: A, B, C." in text


def test_findings_are_boxed_on_their_photo_and_listed_under_the_same_number(inspected, pictures):
    html = str(fragment(inspected(), pictures))
    assert html.count('x="42.00%" y="45.00%" width="20.00%" height="22.00%"') == 2  # dark under light
    assert "<text" in html
    assert re.search(r'aria-hidden="true">1</span> <span><b>Stain</b>, marked</span>', html)


def test_a_severity_the_model_does_not_claim_is_not_shown(inspected, pictures):
    inspection = inspected()
    first = inspection.reading.photos[0]
    unknown = replace(first, findings=(replace(first.findings[0], severity=None),))
    reading = replace(inspection.reading, photos=(unknown, *inspection.reading.photos[1:]))
    html = str(fragment(replace(inspection, reading=reading), pictures))
    assert "<span><b>Stain</b></span>" in html
    assert found(unknown.findings[0]) == "stain"
    assert found(first.findings[0]) == "stain, marked"


def test_every_number_is_said_to_be_at_even_odds(inspected, pictures):
    assert "before how common it is among returns" in Page(render(inspected(), pictures)).text


def test_every_picture_is_described_and_the_heat_map_can_be_switched(inspected, pictures):
    page = Page(str(fragment(inspected(), pictures)))
    assert len(page.all("img")) == 3
    assert all(attrs["alt"].startswith("Photo ") for attrs in page.all("img"))
    switches = [attrs["id"] for attrs in page.all("input")]
    assert [attrs["for"] for attrs in page.all("label")] == switches
    assert len(switches) == 1


def test_a_poor_photo_says_what_to_do_and_a_good_one_that_it_is(inspected, pictures):
    text = Page(render(inspected(), pictures)).text
    assert "Blurred. Hold still." in " ".join(text.split())
    assert "Good enough to be read" in text


def test_a_photo_that_was_erased_is_said_to_be(inspected):
    page = Page(str(fragment(inspected(), {})))
    assert page.text.count("This photo is no longer kept.") == 2
    assert page.all("img") == []


def test_model_policy_hashes_and_time_are_on_record(inspected, pictures):
    text = Page(render(inspected(), pictures)).text
    for said in (
        "lite0-v2, on cpu (int8)",
        "ab" * 32,
        "cd" * 32,
        "ef" * 32,
        "house-2026",
        "12:04:05 UTC",
        "019b-1",
    ):
        assert said in text


def test_what_a_file_says_is_shown_as_evidence_and_never_run(inspected):
    provenance = Provenance(format="JPEG", camera_make=HOSTILE, software=HOSTILE, has_c2pa=True)
    shown = Pictures(shown="data:,", facts=facts(provenance), name=HOSTILE)
    reasons = (Reason(code=HOSTILE, text=HOSTILE),)
    inspection = replace(inspected(), decision=AskForPhoto(view=View.FRONT, reasons=reasons), policy=HOSTILE)
    html = render(inspection, {PhotoId("photo-1"): shown})
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script"})
    assert not any("onerror" in attrs for _, attrs in page.tags)
    assert page.text.count("alert(1)") == 5  # camera, software, name, reason, policy
    assert "49" not in page.text.replace("0.49", "")
    assert "Evidence, never proof" in page.text
    assert "present; not verified" in page.text
    assert HOSTILE in unescape(html)


def test_facts_leave_out_what_the_file_does_not_say():
    assert facts(Provenance(format="PNG")) == (("Format", "PNG"),)


def test_the_fragment_fits_into_another_page(inspected, pictures):
    html = fragment(inspected(), pictures)
    assert html.__html__() == html
    assert html.lstrip().startswith("<section")
    rules = re.findall(r"^\s*([^@{}\n][^{}]*)\{", re.sub(r"@media[^{]*\{", "", STYLE), re.MULTILINE)
    assert rules
    assert all(part.strip().startswith(".inspection") for rule in rules for part in rule.split(","))


@given(inspections)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_record_can_be_shown(inspection):
    assert Page(render(inspection, {})).open == []


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0, "under 0.1 %"),
        (1, "over 99.9 %"),
        (0.5, "50 %"),
        (0.04, "4 %"),
        (0.004, "0.4 %"),
        (0.996, "99.6 %"),
        (0.1, "10 %"),
    ],
)
def test_probabilities_are_never_said_to_be_certain(probability, said):
    assert percent(probability) == said


def test_a_data_uri_holds_the_picture():
    assert data_uri(b"\xff\xd8") == "data:image/jpeg;base64,/9g="


def test_of_many_findings_the_strongest_are_boxed_and_the_others_listed(inspected, pictures):
    inspection = inspected()
    first = inspection.reading.photos[0]
    many = tuple(replace(first.findings[0], probability=0.9 - n / 100) for n in range(12))
    reading = replace(
        inspection.reading, photos=(replace(first, findings=many), *inspection.reading.photos[1:])
    )
    page = Page(str(fragment(replace(inspection, reading=reading), pictures)))
    assert len([attrs for attrs in page.all("rect") if attrs.get("class") == "over"]) == 5
    assert page.text.count("Stain") == 12
    assert "7 weaker ones" in page.text


def luminance(colour):
    shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_as_wcag_aa_asks(scheme):
    sets = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r"\.inspection \{([^}]*)\}", STYLE)
        if "--paper" in block
    ]
    colours = {**sets[0], **sets[scheme]}
    pairs = [(text, "paper") for text in ("ink", "soft", "accept", "review", "open")]
    pairs += [
        (text, f"{kind}-wash") for kind in ("accept", "ask_for_photo", "review") for text in (kind, "ink")
    ]
    for text, ground in pairs:
        darker, lighter = sorted(luminance(colours[name]) for name in (text, ground))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)
