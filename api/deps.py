"""What routes are given: the product, the photos of a request, and a turn at the model."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import chain, repeat
from typing import Annotated, TypeVar

import structlog
from fastapi import Depends, Request

from api.errors import NotLoaded, NotReady, TooBusy
from api.form import Form
from api.outage import is_over, said_outside
from api.uploads import SMALL_BYTES, Memory, receive
from inspection.checked import troubles
from inspection.ending import ENDING
from inspection.errors import SetupProblem
from inspection.look import Looked, SentPhoto
from inspection.ports import Worker
from inspection.verdict.inspection import Inspection
from inspection.wiring import Product

MOST_WAITING = 64
"""Requests whose photos are here, waiting for their turn."""

MOST_FORMS = 200
"""Requests with all photos in one form, those still on their way among them; `api.places` counts others."""

_AGAIN_SECONDS = 2.0

FEW_PHOTOS = 4
"""Requests of so few small photos are looked at side by side."""

T = TypeVar("T")

log = structlog.get_logger("inspection.api")


class Desk:
    """The product behind a counter: as many readings at once as there are cores, first come, first served.

    More at once would read no faster, and each holds decoded photos: some 3 MB a photo, so that of
    requests with many, one is looked at at a time. Everything here belongs to the event loop's
    thread, but what `_turn` runs.
    """

    def __init__(self, product: Product, *, works: bool = False) -> None:
        self.product = product
        self._works = works
        self._worker: Worker | None = None
        self._closing = threading.Event()
        self.memory = Memory()
        self.forms = 0
        self.waiting = 0
        self.trouble: SetupProblem | None = NotReady()
        self._turns = ThreadPoolExecutor(product.looks_at_once, thread_name_prefix="turn")
        self._large = asyncio.Lock()
        self._lacked: set[str] = set()

    def warm(self) -> None:
        """Load the model and run it once: the first real photo should wait for neither. Then work."""
        try:
            self.product.warm()
            self.trouble = None
        except SetupProblem as problem:
            self.trouble = problem
            said_outside(problem)  # for the log: nobody may ask for a while
        except Exception as error:
            log.exception("the model cannot be loaded")
            self.trouble = NotLoaded(error)
        if self.trouble is None and self._works:
            self._begin_to_work()

    def _begin_to_work(self) -> None:
        """As soon as the database lets it: nothing that goes wrong here is for ever."""
        while self._worker is None and not self._closing.is_set():
            try:
                worker = self.product.worker()
                worker.start(self.product.sweep)
                self._worker = worker
            except SetupProblem as problem:  # a database that is not up yet
                said_outside(problem)
            except Exception:
                log.exception("the work cannot begin")
            if self._worker is None:
                self._closing.wait(_AGAIN_SECONDS)

    def stop(self) -> None:
        """Begin nothing any more; whoever asks `/readyz` hears so."""
        self._closing.set()

    def close(self) -> None:
        """Wait for the readings and the jobs that have begun; no others are taken."""
        self.stop()
        self._turns.shutdown()
        if self._worker is not None:
            self._worker.stop(ENDING.left())
        self.product.close()

    async def look(self, form: Form) -> Inspection:
        """Inspect what was sent, when it is our turn. Raises what `Looker.look` does."""
        return await self._turn(form, lambda: self._look(form).inspection)

    async def keep(self, form: Form) -> Inspection:
        """As `look`, and keep photos and record."""
        return await self._turn(form, lambda: self._keep(form))

    async def _turn(self, form: Form, work: Callable[[], T]) -> T:
        if self.trouble is not None:
            raise self.trouble
        files = (*form.photos, *form.references)
        large = len(form.photos) > FEW_PHOTOS or any(file.size > SMALL_BYTES for file in files)
        async with self._large if large else nullcontext():
            return await asyncio.get_running_loop().run_in_executor(self._turns, work)

    def _look(self, form: Form) -> Looked:
        sent, references = _sent(form)
        return self.product.looker.look(sent, references, price_cents=form.price_cents, asked=form.asked)

    def _keep(self, form: Form) -> Inspection:
        looked = self._look(form)
        self.product.looking.keep_now(looked, *_sent(form))
        return looked.inspection

    def lacking(self) -> dict[str, str]:
        """What keeps it from working, by part; empty when nothing does. Quick, whatever hangs."""
        if self._closing.is_set() or ENDING.begun:
            return {"process": "It is ending. Please ask another one."}
        wrong = {} if self.trouble is None else {"model": said_outside(self.trouble)}
        if self._works and self._worker is None and not wrong:
            wrong["jobs"] = "Nobody works here yet."
        wrong |= {part: said_outside(error) for part, error in troubles(self.product.checks).items()}
        for part in self._lacked - set(wrong):
            is_over(part)
        self._lacked = set(wrong)
        return wrong


def _sent(form: Form) -> tuple[list[SentPhoto], list[SentPhoto]]:
    """The photos and the references of a request."""
    views = chain(form.views, repeat(None))  # of those it is not said
    sent = [SentPhoto(read=photo.read, view=view) for photo, view in zip(form.photos, views)]  # noqa: B905
    return sent, [SentPhoto(read=photo.read) for photo in form.references]


def desk(request: Request) -> Desk:
    """The one of this app."""
    there = request.app.state.desk
    assert isinstance(there, Desk)  # noqa: S101 `create_app` put it there
    return there


DeskDep = Annotated[Desk, Depends(desk)]


async def sent_form(request: Request, desk: DeskDep) -> AsyncIterator[Form]:
    """The photos of this request, once they are all here. Raises `RequestRejected` or `TooBusy`."""
    if desk.forms >= MOST_FORMS:
        raise TooBusy
    desk.forms += 1
    try:
        async with receive(request, desk.memory) as form:
            if desk.waiting >= MOST_WAITING:
                raise TooBusy
            desk.waiting += 1
            try:
                yield form
            finally:
                desk.waiting -= 1
    finally:
        desk.forms -= 1


FormDep = Annotated[Form, Depends(sent_form)]
