from dataclasses import replace

from inspection.verdict.findings import PhotoId, View
from inspection.verdict.inspection import InspectedPhoto, counted, superseded
from inspection.verdict.reading import (
    Basis,
    Claim,
    Model,
    PhotoReading,
    Problem,
    Quality,
    Question,
    Reading,
    Remark,
)

DARK = Quality(remarks=(Remark(problem=Problem.DARK, advice="Turn on a light."),))
YES, NO, OPEN = frozenset((True,)), frozenset((False,)), frozenset((True, False))


def a_photo(number: int, quality: Quality = DARK, view: View | None = None) -> InspectedPhoto:
    return InspectedPhoto(id=PhotoId(f"photo-{number}"), sha256="0" * 64, view=view, quality=quality)


def read_as(*answers: frozenset[bool]) -> Reading:
    claims = [
        Claim(question=Question.DAMAGED, probability=0.4, answers=answer, basis=Basis.LEARNED)
        for answer in answers
    ]
    photos = tuple(
        PhotoReading(photo=PhotoId(f"photo-{n}"), damaged=claim) for n, claim in enumerate(claims, start=1)
    )
    return Reading(model=Model(bundle="none", sha256="0" * 64, device="cpu"), photos=photos)


def test_a_dark_photo_leaves_nothing_open_once_a_good_one_shows_the_same():
    photos = [a_photo(1), a_photo(2, Quality())]
    kept = counted(read_as(OPEN, NO), photos)
    assert [one.damaged is None for one in kept.photos] == [True, False]


def test_what_a_dark_photo_settles_still_counts():
    reading = read_as(YES, NO)
    assert counted(reading, [a_photo(1), a_photo(2, Quality())]) == reading


def test_a_dark_photo_alone_is_all_there_is():
    reading = read_as(OPEN)
    assert counted(reading, [a_photo(1)]) == reading
    assert superseded([a_photo(1), a_photo(2)]) == frozenset()


def test_a_good_photo_of_the_back_says_nothing_of_a_dark_front():
    front, back = a_photo(1, view=View.FRONT), a_photo(2, Quality(), View.BACK)
    assert superseded([front, back]) == frozenset()
    assert superseded([front, replace(back, view=View.FRONT)]) == {front.id}
