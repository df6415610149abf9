"""Where a webhook may lead: https on the public internet, and hosts an operator named.

Whoever registers an address makes our servers send requests. They must not reach what only our servers
can reach: neighbours, the machine itself, a cloud's metadata service.
"""

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from inspection.errors import RequestRejected
from inspection.webhooks.target import Target, parsed

_V4_REFUSED = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a public address that inside Azure is the platform's own
    )
)  # fmt: skip
_V6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")  # Teredo and others, 6to4, examples
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_NEVER: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "100.100.100.200/32",
        "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128",
    )
)  # fmt: skip
"""Metadata services and what is no single machine: not even for a host that an operator named."""

_PORTS = {443, 8443}


class AddressRefused(RequestRejected):
    """This address is not one we would call."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This address cannot be called: {why}.")


@dataclass(frozen=True)
class AddressRules:
    """`allowed` are private hosts, `name` or `name:port`: they may be called by http, on any port."""

    allowed: frozenset[str] = frozenset()

    def target(self, url: str) -> Target:
        """Its parts, normalised. Nothing is resolved. Raises `AddressRefused`."""
        try:
            target = parsed(url)
        except ValueError as error:
            raise AddressRefused(str(error)) from error
        if self._named(target.host, target.port):
            return target
        if target.scheme != "https":
            raise AddressRefused("it has to begin with https://")
        if target.port not in _PORTS:
            raise AddressRefused(f"port {target.port} is none of {sorted(_PORTS)}")
        literal = _literal(target.host)
        if literal is not None and not is_public(literal):
            raise AddressRefused("it is not on the public internet")
        if literal is None and "." not in target.host:
            raise AddressRefused("its host has no domain")
        return target

    def is_private(self, target: Target) -> bool:
        """Whether an operator named it, so that it may be what only our servers can reach."""
        return self._named(target.host, target.port)

    def may_reach(self, host: str, port: int, address: str) -> bool:
        """Whether this address, which `host` resolved to, may be connected to."""
        literal = _literal(address)
        if literal is None:
            return False
        if self._named(host, port):
            return not _within(_plain(literal), _NEVER)
        return is_public(literal)

    def _named(self, host: str, port: int) -> bool:
        return host in self.allowed or f"{host}:{port}" in self.allowed


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """One machine on the internet, by the registries of special addresses; no matter how it is wrapped."""
    plain = _plain(address)
    if isinstance(plain, IPv4Address):
        return not _within(plain, _V4_REFUSED)
    return plain in _V6_GLOBAL and not _within(plain, _V6_REFUSED)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def _within(
    address: IPv4Address | IPv6Address, nets: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    return any(address in net for net in nets)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        return None  # of a link, not of the internet
    return found
