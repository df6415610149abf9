"""Who a storm hits: shoppers and inspectors who go on as a phone does, until each request is answered."""

import hashlib
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import simplejpeg
from tus_client import TusClient

from api.access.callers import Role
from api.access.cookies import SESSION, name_of
from api.access.session import Sessions
from api.access.spent import SpentHere
from inspection.access.secret import Secret
from inspection.errors import SetupProblem
from inspection.wiring import Product

PASSING = (408, 429, 502, 503)
"""Asked again (408: a frozen API says that the body took too long); a 500 above all is a broken promise."""
PATIENCE = 240  # seconds until what was begun must have ended, once nobody kills any more
MOST_TURNS = 3


@dataclass
class Told:
    """What shoppers were told: reference to return id, inspection id to photos' hashes, turns, verdicts."""

    returns: dict[str, str] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    submitted: dict[str, int] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    second_opinions: set[str] = field(default_factory=set)
    appealed: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    paid: dict[str, int] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    uploaded: int = 0
    wrong: list[str] = field(default_factory=list)


class Refused(Exception):
    """An answer that nobody should get."""


def a_photo() -> bytes:
    """Like no other."""
    blocks = np.random.default_rng(uuid.uuid4().int).integers(60, 200, (6, 8, 3), np.uint8)
    return simplejpeg.encode_jpeg(np.ascontiguousarray(blocks.repeat(60, 0).repeat(60, 1)), quality=80)


INSPECTORS = ("ada", "ben", "cleo", "dora", "emil")
"""A second opinion, an appeal and one more second opinion: nobody judges the same item twice."""


def inspector(secret: str, name: str) -> dict[str, str]:
    """The cookie of a person who has signed in."""
    sessions, now = Sessions(Secret(secret), SpentHere()), datetime.now(UTC)
    session = sessions.begin(f"local:{name}", name, Role.INSPECTOR, now)
    return {name_of(SESSION, plain=True): sessions.cookie(session, now)}


class Asking:
    """Every request that fails is sent again under its key until it is answered."""

    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        self._client = httpx.Client(base_url=address, timeout=20, cookies=cookies)

    def post(self, path: str, body: object = None, **more: Any) -> dict[str, Any]:
        """A key of its own."""
        told = more or {"json": body}
        return self._until_answered(
            lambda key: self._client.post(path, headers={"Idempotency-Key": key}, **told)
        )

    def get(self, path: str) -> dict[str, Any]:
        """Again and again."""
        return self._until_answered(lambda _: self._client.get(path))

    def close(self) -> None:
        """No more."""
        self._client.close()

    def _until_answered(self, ask: Callable[[str], httpx.Response]) -> dict[str, Any]:
        key = str(uuid.uuid4())
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = ask(key)
                if answer.status_code < 400:
                    return answer.json() if answer.content else {}
                if answer.status_code not in PASSING and answer.json()["code"] != "still_running":
                    raise Refused(f"{answer.request.url}: {answer.status_code} {answer.text}")
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise Refused("no answer for minutes")


class Shopper:
    """One return at a time, all its way, through whatever happens; `seed` says what they come to do."""

    def __init__(self, address: str, product: Product, told: Told, stop: threading.Event, seed: int) -> None:
        secret = product.settings.secret
        assert secret is not None
        self._address, self._product, self._told, self._stop = address, product, told, stop
        self._random = random.Random(seed)
        self._me = Asking(address)
        text = secret.get_secret_value()
        self._people = [Asking(address, inspector(text, name)) for name in INSPECTORS]

    def run(self) -> None:
        """Until told to stop, and then the return that was begun."""
        while not self._stop.is_set():
            try:
                self._one()
            except (Refused, AssertionError) as error:
                self._told.wrong.append(str(error))
        for one in (self._me, *self._people):
            one.close()

    def _one(self) -> None:
        reference = uuid.uuid4().hex
        line = {"title": "A cup", "sku": "cup-1", "price_cents": 4000}
        made = self._me.post("/v1/returns", {"reference": reference, "currency": "EUR", "lines": [line]})
        self._told.returns[reference] = made["id"]
        self._link = self._product.links.make(made["id"], now=datetime.now(UTC), hours=24)
        line_id = made["lines"][0]["id"]
        id_ = self._me.post("/v1/inspections", {"line_id": line_id})["id"]
        self._photo(id_)
        if self._random.random() < 0.1:
            self._me.post(f"/v1/inspections/{id_}/withdraw")
            self._told.withdrawn.add(id_)
            return
        if not self._decided(id_):
            return
        if self._random.random() < 0.3:
            self._me.post(f"/v1/inspections/{id_}/appeal", {"why": "It is as new."})
            self._told.appealed.add(id_)
            self._judged(id_)
        cents = self._random.randint(1, 4000)
        self._me.post(f"/v1/returns/{made['id']}/lines/{line_id}/payment", {"cents": cents})
        self._told.paid[line_id] = cents
        if self._random.random() < 0.2:
            self._erase(made["id"], id_)

    def _decided(self, id_: str) -> bool:
        """Photo by photo, as long as more are asked for, and a person where one is."""
        for _ in range(MOST_TURNS):
            self._told.submitted[id_] = self._me.post(f"/v1/inspections/{id_}/submit")["turn"]
            state = self._settled(id_)
            if state == "in_review":
                self._judged(id_)
                return True
            if state == "decided":
                return True
            self._photo(id_)
        return False

    def _judged(self, id_: str) -> None:
        """By whoever may; now and then only after a second opinion was asked for."""
        if self._random.random() < 0.3:
            self._verdict(id_, {"kind": "second_opinion"})
            self._told.second_opinions.add(id_)
        self._verdict(id_, {"kind": "accept", "grade": "B"})
        self._told.verdicts[id_] += 1

    def _verdict(self, id_: str, verdict: dict[str, str]) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for person in self._random.sample(self._people, len(self._people)):
                items = person.get("/v1/reviews?limit=200")["items"]
                mine = [one["id"] for one in items if one["inspection_id"] == id_]
                if mine:
                    person.post(f"/v1/reviews/{mine[0]}/verdict", verdict)
                    return
        raise Refused(f"{id_}: nobody was asked to review it")

    def _settled(self, id_: str) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            state = str(self._me.get(f"/v1/inspections/{id_}")["state"])
            if state != "submitted":
                return state
            time.sleep(0.1)
        raise Refused(f"{id_}: nobody looked at it for minutes")

    def _photo(self, id_: str) -> None:
        encoded = a_photo()
        if self._random.random() < 0.5:
            TusClient(self._address, self._link, timeout=10).upload(id_, encoded)
            self._told.uploaded += 1
        else:
            files = {"photo": ("photo.jpg", encoded, "image/jpeg")}
            self._me.post(f"/v1/inspections/{id_}/photos", files=files)
        self._told.photos[hashlib.sha256(encoded).hexdigest()] = id_

    def _erase(self, return_id: str, id_: str) -> None:
        """As an operator does; with the database gone, once it is back."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                self._product.forgetting.of_return(return_id, "operator", "the shopper asked")
            except SetupProblem:
                time.sleep(0.5)
            else:
                self._told.erased |= {sha256 for sha256, of in self._told.photos.items() if of == id_}
                return
        raise Refused("the database stayed away for minutes")
