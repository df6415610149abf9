"""`inspection serve`: the API and the pages, on this machine by default."""

import os
import socket

import uvicorn
from rich.console import Console

from inspection.commands.chosen import bundle_folder
from inspection.commands.files import why
from inspection.commands.summary import lines
from inspection.demo.seed import seed
from inspection.errors import AddressUnusable
from inspection.settings import Settings
from inspection.telemetry import log, traces
from inspection.wiring import Product


def run(*, demo: bool, host: str, port: int, bundle: str | None = None, device: str | None = None) -> None:
    """Until it is interrupted. The app reads its settings from the environment, so options are put there."""
    if bundle is not None:
        os.environ["INSPECTION_BUNDLE"] = str(bundle_folder(bundle).absolute())
    if device is not None:
        os.environ["INSPECTION_DEVICE"] = device
    settings = Settings.read()  # one that cannot be used is said before anything starts
    log.configure()
    traces.configure("inspection")
    console = Console(highlight=False)
    with listening(host, port) as door:
        address = f"http://{'[' + host + ']' if ':' in host else host}:{door.getsockname()[1]}"
        if demo:
            _show_demo(console, settings)
        console.print(_who_may(settings), markup=False, soft_wrap=True)
        console.print(f"Inspection is at {address}  (Ctrl-C ends it)", markup=False, soft_wrap=True)
        config = uvicorn.Config(
            "api.app:serve",
            factory=True,
            http="api.access.protocol:PatientProtocol",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=30,
            timeout_keep_alive=75,  # longer than most clients: they close first and lose nothing
        )
        uvicorn.Server(config).run(sockets=[door])


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


def _who_may(settings: Settings) -> str:
    """Said at every start: nobody should find out later who could come in."""
    if settings.oidc_issuer is not None:
        return f"People sign in at {settings.oidc_issuer}; other systems need a key."
    product = Product(settings)
    closed = settings.public_url is not None or product.keys.any()
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
