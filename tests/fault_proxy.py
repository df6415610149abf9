"""A network as phones have it: a TCP proxy that cuts, stalls and delays each connection differently."""

import random
import socket
import threading
from contextlib import contextmanager, suppress

PIECE = 16_384


class FaultProxy:
    """Forwards to one of `behind`, each (host, port), at random.

    Each connection is cut once a random number of bytes went up, from the range `cut_after`. `lost_answers`
    is how likely the server's answer never arrives, though what was asked was done. `stalls` is how likely
    one falls silent on the way up, its sockets open, for up to `stall_seconds`. `delay` in seconds is the
    most that a piece waits: each connection has a delay of its own, so that later ones overtake earlier ones.
    Some that are cut stay half-open for a while: the client knows, and the server does not.
    """

    def __init__(
        self, behind, *, seed=0, cut_after=(200_000, 900_000), lost_answers=0.15, stalls=0.1,
        stall_seconds=3.0, delay=0.02,
    ):  # fmt: skip
        self.behind = list(behind)
        self.cut_up = self.cut_down = self.stalled = self.connections = 0
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._settings = cut_after, lost_answers, stalls, stall_seconds, delay
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._stopped = threading.Event()
        self._threads = []
        self._start(self._accept)

    def close(self):
        self._stopped.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in list(self._threads):
            thread.join(10)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _accept(self):
        while not self._stopped.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._start(self._serve, client)

    def _serve(self, client):
        with self._lock:
            self.connections += 1
            fate = self._fate()
            behind = self._random.choice(self.behind)
        try:
            server = socket.create_connection(behind, 5)
        except OSError:
            client.close()
            return
        down = threading.Thread(target=self._forward_down, args=(server, client, fate), daemon=True)
        down.start()
        self._forward_up(client, server, fate)
        down.join(30)
        client.close()
        server.close()

    def _fate(self):
        cut_after, lost_answers, stalls, stall_seconds, delay = self._settings
        return _Fate(
            cut_at=self._random.randint(*cut_after),
            stall_at=self._random.randint(0, cut_after[1]) if self._random.random() < stalls else None,
            stall=self._random.uniform(0.3, 1) * stall_seconds,
            delay=self._random.uniform(0, delay),
            half_open=self._random.random() < 0.3,
            loses_answer=self._random.random() < lost_answers,
        )

    def _forward_up(self, client, server, fate):
        sent = 0
        client.settimeout(0.2)
        while not self._stopped.is_set() and not fate.over.is_set():
            try:
                piece = client.recv(PIECE)
            except TimeoutError:
                continue
            except OSError:
                break
            if not piece:
                break
            self._stopped.wait(fate.delay)
            if fate.stall_at is not None and sent + len(piece) > fate.stall_at:
                self.stalled += 1
                fate.stall_at = None
                self._stopped.wait(fate.stall)
            keep = piece[: fate.cut_at - sent]
            sent += len(keep)
            with suppress(OSError):
                server.sendall(keep)
            if sent >= fate.cut_at:
                self.cut_up += 1
                self._cut(client, server, fate)
                return
        fate.over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _cut(self, client, server, fate):
        """The client sees a reset; the server sees one too, or, on a half-open line, nothing for a while."""
        _reset(client)
        if fate.half_open:
            self._stopped.wait(2)
        fate.over.set()
        _reset(server)

    def _forward_down(self, server, client, fate):
        server.settimeout(0.2)
        while not self._stopped.is_set():
            try:
                piece = server.recv(PIECE)
            except TimeoutError:
                if fate.over.is_set():
                    return
                continue
            except OSError:
                return
            if not piece:
                with suppress(OSError):
                    client.shutdown(socket.SHUT_WR)
                fate.over.set()
                return
            if fate.loses_answer:  # all was done, and nobody hears of it
                self.cut_down += 1
                fate.over.set()
                _reset(client)
                return
            self._stopped.wait(fate.delay)
            try:
                client.sendall(piece)
            except OSError:
                return


class _Fate:
    """What will happen to one connection."""

    def __init__(self, **told):
        self.__dict__.update(told)
        self.over = threading.Event()


def _reset(connection):
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        connection.close()


@contextmanager
def fault_proxy(behind, **habits):
    proxy = FaultProxy(behind, **habits)
    try:
        yield proxy
    finally:
        proxy.close()
