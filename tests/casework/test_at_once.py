"""Several people and systems at one return at once: each waits its turn, and nobody waits for ever."""

import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from inspection.errors import Conflict
from inspection.returns.case import Line, Return
from inspection.returns.verdict import Verdict, VerdictKind
from inspection.verdict.grading import Grade

ITEMS = 3
MOVES = 12


def test_people_systems_and_owners_of_webhooks_at_one_return_never_block_each_other(product, jpeg):
    """`StoreUnusable` would be a deadlock that the database ended."""
    id_ = product.terms.new_id()
    lines = tuple(
        Line(id=product.terms.new_id(), return_id=id_, position=one, title="A cup", price_cents=4000)
        for one in range(1, ITEMS + 1)
    )
    with product.cases.change() as change:
        now = change.now
    product.workflow.request_return(Return(id=id_, created_at=now, currency="EUR", lines=lines))
    webhook = product.webhooks.add("https://shop.example/hook", ("*",), by="ada")
    cases = [_with_a_person(product, line, jpeg()) for line in lines]

    def work(number):
        chance = random.Random(number)
        for move in range(MOVES):
            case, line = chance.choice(list(zip(cases, lines, strict=True)))
            with suppress(Conflict):
                if chance.random() < 0.4:
                    product.people.appeal(case, "Look again, please.", f"agent-{number}")
                elif chance.random() < 0.2:
                    product.people.pay(line.id, 1, "shop")
                else:
                    _judge(product, case, f"person-{number}-{move}")

    def rotate(_):
        for _ in range(MOVES):
            product.listeners.rotate(webhook.id, by="ada")

    with ThreadPoolExecutor(5) as threads:
        for done in [*(threads.submit(work, one) for one in range(4)), threads.submit(rotate, 0)]:
            done.result()
    audit = product.cases.audit()
    assert audit.whole, audit.contradictions
    assert audit.entries > ITEMS


def _with_a_person(product, line, encoded):
    case = product.workflow.open(line_id=line.id)
    sha256 = hashlib.sha256(encoded).hexdigest()
    product.photos.put_original(sha256, encoded)
    product.workflow.add_photo(case.id, sha256, len(encoded))
    case = product.workflow.submit(case.id)
    product.looking.unread(case.id, case.turn, "nobody could look")
    return case.id


def _judge(product, inspection_id, person):
    with product.cases.change() as change:
        review = change.open_review_of(inspection_id)
    if review is not None:
        product.people.judge(review.id, person, Verdict(kind=VerdictKind.ACCEPT, grade=Grade.B))
