"""`inspection serve`: the API and the pages, on this machine by default."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from rich.console import Console

from inspection.commands.chosen import bundle_folder
from inspection.commands.files import why
from inspection.commands.seldom import Seldom
from inspection.commands.summary import lines
from inspection.demo.seed import seed
from inspection.ending import ENDING
from inspection.errors import AddressUnusable, StoreUnusable
from inspection.settings import Settings
from inspection.telemetry import log
from inspection.telemetry.door import Door
from inspection.wiring import Product

_AGAIN_SECONDS = 2.0


def run(*, demo: bool, host: str, port: int, bundle: str | None = None, device: str | None = None) -> None:
    """Until it is interrupted. The app reads its settings from the environment, so options are put there."""
    if bundle is not None:
        os.environ["INSPECTION_BUNDLE"] = str(bundle_folder(bundle).absolute())
    if device is not None:
        os.environ["INSPECTION_DEVICE"] = device
    settings = Settings.read()  # one that cannot be used is said before anything starts
    ENDING.seconds = settings.stop_seconds
    log.configure()
    console = Console(highlight=False)
    with listening(host, port) as door, _watched(settings):
        address = f"http://{'[' + host + ']' if ':' in host else host}:{door.getsockname()[1]}"
        if demo:
            _show_demo(console, settings)
        _say_who_may(console, settings)
        console.print(f"Inspection is at {address}  (Ctrl-C ends it)", markup=False, soft_wrap=True)
        # uvicorn raises what ended it again once all is done: Ctrl-C ends us then, SIGTERM is a clean end
        signal.signal(signal.SIGTERM, lambda *_: None)
        Server(_config(settings), drain=settings.drain_seconds).run(sockets=[door])


@contextmanager
def _watched(settings: Settings) -> Iterator[None]:
    """Before anything is said to be there: a port that is taken is told in one line."""
    door = None if settings.metrics_port is None else Door(settings.metrics_port, lambda: True)
    try:
        yield
    finally:
        if door is not None:
            door.close()


class Server(uvicorn.Server):
    """Says that it ends before it does: `drain` seconds after the signal the door closes."""

    def __init__(self, config: uvicorn.Config, *, drain: float) -> None:
        super().__init__(config)
        self._drain = drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came; a second one waits for nothing."""
        first = not ENDING.begun
        ENDING.begin()
        if first and self._drain and sig == signal.SIGTERM:
            self._captured_signals.append(sig)
            later = threading.Timer(self._drain, self._close_the_door)
            later.daemon = True
            later.start()
        else:
            super().handle_exit(sig, frame)

    def _close_the_door(self) -> None:
        self.should_exit = True


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        "api.app:serve",
        factory=True,
        http="api.access.protocol:PatientProtocol",
        log_config=None,  # ours is set up, and its lines go through it
        access_log=False,
        timeout_graceful_shutdown=int(settings.stop_seconds / 2),  # jobs have what is then left
        timeout_keep_alive=75,  # longer than most clients: they close first and lose nothing
    )


def listening(host: str, port: int) -> socket.socket:
    """An open door, or `AddressUnusable`: asked for before the model loads, so that the answer is quick."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        door = socket.socket(family, socket.SOCK_STREAM)
        try:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
            door.listen()  # now: a second server on this port is told so at once
        except OSError:
            door.close()
            raise
    except (OSError, UnicodeError) as error:
        raise AddressUnusable(host, port, why(error)) from error
    return door


def _say_who_may(console: Console, settings: Settings) -> None:
    """At every start: nobody should find out later who could come in. A database that is away may come."""

    away = Seldom()

    def say() -> bool:
        try:
            console.print(_who_may(settings), markup=False, soft_wrap=True)
        except StoreUnusable as error:
            away.say(f"{error} Trying again.")
            return False
        return True

    def go_on() -> None:
        while not ENDING.begun:
            time.sleep(_AGAIN_SECONDS)
            if say():
                return

    if not say():
        threading.Thread(target=go_on, name="who may", daemon=True).start()


def _who_may(settings: Settings) -> str:
    if settings.oidc_issuer is not None:
        return f"People sign in at {settings.oidc_issuer}; other systems need a key."
    product = Product(settings)
    try:
        closed = settings.public_url is not None or product.keys.any()
    finally:
        product.close()
    if closed:
        return "Who asks needs a key, a link or a pass: inspection key, link, login."
    return (
        "Nobody has to sign in yet: requests from this machine itself may do everything, others nothing. "
        "The first key closes that: inspection key create."
    )


def _show_demo(console: Console, settings: Settings) -> None:
    with console.status("Deciding the demo's items"):
        decided = seed(Product(settings))
    for count, line in enumerate(lines(decided[-1])):
        console.print(line if count else f"Decided just now: {line}", markup=False, soft_wrap=True)
