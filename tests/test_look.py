from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

import inspection.returns
from inspection.errors import NoPhotos, NotAPhoto, SamePhotoAsReference, SamePhotoTwice, TooManyPhotos
from inspection.look import Looker, SentPhoto, missing_views
from inspection.returns.policy import Policy
from inspection.verdict.answer import answer
from inspection.verdict.decision import Accept, AskForPhoto
from inspection.verdict.findings import View
from inspection.verdict.reading import Basis, Claim, Model, PhotoReading, Quality, Question, Reading

HOUSE = Policy.parse((Path(inspection.returns.__file__).parent / "policies" / "house.toml").read_text())
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class PlainGate:
    """Takes any bytes but `broken` for a photo named by them."""

    def open(self, encoded):
        if encoded == b"broken":
            raise NotAPhoto
        return SimpleNamespace(sha256=encoded.hex())

    def judge(self, photo):
        return Quality()

    def shown(self, photo):
        return b""


class CalmReader:
    """Sees no damage anywhere, and remembers what it was shown."""

    def __init__(self):
        self.references = []

    def read(self, photos, references=()):
        self.references = list(references)
        fine = Claim(
            question=Question.DAMAGED, probability=0.01, answers=frozenset((False,)), basis=Basis.LEARNED
        )
        return Reading(
            model=Model(bundle="calm", sha256="0" * 64, device="cpu"),
            photos=tuple(PhotoReading(photo=id_, view=view, damaged=fine) for id_, view, _ in photos),
        )


@pytest.fixture
def looker():
    return Looker(
        gate=PlainGate(), reader=CalmReader(), policy=HOUSE, new_id=lambda: "inspection-1", now=lambda: NOON
    )


def sent(*names: bytes, view: View | None = None) -> list[SentPhoto]:
    return [SentPhoto.of(name, view) for name in names]


def test_a_calm_photo_is_accepted_and_the_record_names_its_policy(looker):
    inspection = looker.look(sent(b"one")).inspection
    assert isinstance(inspection.decision, Accept)
    assert (inspection.id, inspection.at, inspection.policy) == ("inspection-1", NOON, HOUSE.version)


def test_photos_are_numbered_by_us_in_the_order_they_came(looker):
    inspection = looker.look(sent(b"one", b"two")).inspection
    assert [(p.id, p.sha256) for p in inspection.photos] == [
        ("photo-1", b"one".hex()),
        ("photo-2", b"two".hex()),
    ]


def test_nothing_to_look_at_is_said_so(looker):
    with pytest.raises(NoPhotos):
        looker.look([])


def test_too_many_photos_or_references_are_turned_away(looker):
    many = [str(n).encode() for n in range(60)]
    with pytest.raises(TooManyPhotos, match="60"):
        looker.look(sent(*many))
    with pytest.raises(TooManyPhotos, match="60"):
        looker.look(sent(b"one"), sent(*many))


def test_the_same_photo_twice_is_turned_away_and_both_are_named(looker):
    with pytest.raises(SamePhotoTwice, match="1 and 3"):
        looker.look(sent(b"one", b"two", b"one"))


def test_among_several_photos_the_broken_one_is_named(looker):
    with pytest.raises(NotAPhoto, match="photo-2: "):
        looker.look(sent(b"one", b"broken"))
    with pytest.raises(NotAPhoto, match="reference-1: "):
        looker.look(sent(b"one"), sent(b"broken"))


def test_a_photo_that_says_it_shows_the_back_leaves_the_front_unknown(looker):
    decision = looker.look(sent(b"one", view=View.BACK)).inspection.decision
    assert isinstance(decision, AskForPhoto)
    assert decision.view is View.FRONT


def test_a_photo_of_no_stated_view_stands_for_one_required_view():
    both = (View.FRONT, View.BACK)
    assert missing_views([None], both) == (View.BACK,)
    assert missing_views([None, None], both) == ()
    assert missing_views([View.FRONT], both) == (View.BACK,)
    assert missing_views([View.LABEL], both) == both


def test_the_answer_is_the_contract_of_the_command_line_to_the_letter(looker):
    said = answer(looker.look(sent(b"one")).inspection)
    assert set(said["decision"]) == {"kind", "reasons"}
    assert all(set(reason) == {"code", "text"} for reason in said["decision"]["reasons"])
    assert set(said["grade"]) == {"value", "probabilities", "set"}
    assert list(said["grade"]["probabilities"]) == ["A", "B", "C", "D", "E"]
    assert said["damage"] == {"probability": 0.01, "findings": []}
    assert said["authenticity"] == {
        "capture": {"recaptured": None},
        "identity": {"match": None},
        "item": {"genuine": None},
    }
    assert said["photos"][0]["quality"] == {"ok": True, "problems": []}
    assert set(said["model"]) == {"bundle", "sha256", "device"}
    assert said["policy"] == {"version": HOUSE.version}


def test_a_reference_sent_as_the_photo_is_turned_away_and_both_are_named(looker):
    with pytest.raises(SamePhotoAsReference, match="Photo 1 and reference 2"):
        looker.look(sent(b"one"), sent(b"two", b"one"))


def test_one_photos_bytes_are_held_at_a_time(looker):
    """A photo is read when the one before it has been opened, and a reference when the reader asks."""
    order = []

    class Noting(PlainGate):
        def open(self, encoded):
            order.append(f"opened {encoded.decode()}")
            return super().open(encoded)

    def noted(name):
        return SentPhoto(read=lambda: order.append(f"read {name}") or name.encode())

    replace(looker, gate=Noting()).look([noted("a"), noted("b")], [noted("c")])
    assert order == [f"{what} {name}" for name in "abc" for what in ("read", "opened")]
