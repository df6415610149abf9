"""An address taken apart once, so that what was checked is what is called."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import idna

MOST_CHARACTERS = 2000
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Scheme, host (ASCII, lower case, no trailing dot; IPv6 without brackets), port, path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """For the Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Together again."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parsed(url: str) -> Target:
    """Raises `ValueError` for what different readers might read differently."""
    if len(url) > MOST_CHARACTERS:
        raise ValueError(f"it has more than {MOST_CHARACTERS} characters")
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in url):
        raise ValueError("it has spaces, backslashes or invisible characters in it")
    if "#" in url:
        raise ValueError("a part after # would never be sent")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("it has to begin with https://")
    if "@" in parts.netloc:
        raise ValueError("a user name or password in it would be seen in logs; the signature says who calls")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise ValueError("its path has to be percent-encoded")
    return Target(scheme=parts.scheme, host=_host(parts), port=_port(parts), path=path)


def _port(parts: SplitResult) -> int:
    if parts.netloc.endswith(":"):
        raise ValueError("its port is missing")
    return parts.port if parts.port is not None else _DEFAULT_PORTS[parts.scheme]


def _host(parts: SplitResult) -> str:
    given = parts.hostname or ""
    if "[" in parts.netloc or ":" in given:
        if "%" in given:
            raise ValueError("its host is an address of one link only")
        return ipaddress.IPv6Address(given).compressed
    # upper and lower case, full-width letters and dots of other scripts become one spelling first
    name = given if given.isascii() else idna.encode(given, uts46=True).decode()
    name = name.lower().removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _dotted(name)
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise ValueError("its host is no name of one")
    return name


def _dotted(name: str) -> str:
    """127.1, 0x7f000001, 2130706433 and 0177.0.0.1 are all the same machine to some readers."""
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise ValueError("a number as its host has to be four decimal parts") from None
