from hypothesis import given
from hypothesis import strategies as st
from strategies import claims

from inspection.verdict.authenticity import ANY_PHOTO, combined
from inspection.verdict.reading import Basis, Claim, Model, PhotoReading, Question, Reading

MODEL = Model(bundle="none", sha256="0" * 64, device="cpu")
NO, OPEN = frozenset((False,)), frozenset((True, False))


def reading(question: Question, some: list[Claim | None]) -> Reading:
    photos = tuple(
        PhotoReading(photo=f"photo-{n}", **{question.value: claim}) for n, claim in enumerate(some, start=1)
    )
    return Reading(model=MODEL, photos=photos)


some_claims = st.sampled_from(sorted(Question)).flatmap(
    lambda question: st.tuples(st.just(question), st.lists(claims(question), min_size=1, max_size=5))
)


@given(some_claims)
def test_the_least_favourable_photo_decides(made):
    question, some = made
    worst = max if question in ANY_PHOTO else min
    assert combined(reading(question, some), question).probability == worst(c.probability for c in some)


@given(some_claims, st.data())
def test_one_more_photo_never_makes_an_item_look_better(made, data):
    question, some = made
    extra = data.draw(claims(question))
    before, after = (combined(reading(question, photos), question) for photos in (some, [*some, extra]))
    worse = question in ANY_PHOTO
    assert (after.probability >= before.probability) if worse else (after.probability <= before.probability)
    assert worse not in before.answers or worse in after.answers


@given(some_claims)
def test_the_order_of_the_photos_does_not_matter(made):
    question, some = made
    one, other = (combined(reading(question, photos), question) for photos in (some, some[::-1]))
    assert (one.probability, one.answers) == (other.probability, other.answers)


def test_no_photo_that_answers_means_no_answer():
    assert combined(reading(Question.GENUINE, [None, None]), Question.GENUINE) is None


def test_an_unsure_photo_keeps_the_question_open_even_if_another_looks_worse():
    sure = Claim(question=Question.DAMAGED, probability=0.2, answers=NO, basis=Basis.LEARNED)
    unsure = Claim(question=Question.DAMAGED, probability=0.1, answers=OPEN, basis=Basis.LEARNED)
    claim = combined(reading(Question.DAMAGED, [sure, unsure]), Question.DAMAGED)
    assert (claim.probability, claim.answers) == (0.2, OPEN)
