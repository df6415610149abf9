"""What an operator says of who may, checked once at the start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from api.access.callers import PEOPLE, Role
from api.access.local import is_loopback
from inspection.errors import SettingUnusable

OWN_WORDS: Mapping[str, Role] = {role.value: role for role in PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Where people sign in. `roles` says what each word of the claim `roles_claim` makes of them.

    The claim may lie deeper, as `realm_access.roles` does. Raises `SettingUnusable`.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    roles_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=lambda: OWN_WORDS)
    scope: str = "openid profile"

    def __post_init__(self) -> None:
        check_address("oidc_issuer", self.issuer)
        if not self.client_id:
            raise SettingUnusable("oidc_client_id", "with an issuer, it is needed")
        if not self.roles or not set(self.roles.values()) <= PEOPLE:
            raise SettingUnusable("oidc_roles", f"people are one of: {', '.join(sorted(PEOPLE))}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """`public_url` is where others find this service, without a path; unset, it has no public address.

    `cors_origins` are the sites whose scripts may ask with a key or a link; never with a cookie.
    `hosts` are other names that it is asked by, beside the public address, without a port.
    """

    public_url: str | None = None
    cors_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    oidc: OidcSettings | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of hosts that this service is asked by; none where any will do."""
        ours = None if self.public_url is None else urlsplit(self.public_url).hostname
        return () if ours is None else (ours, *self.hosts)

    def __post_init__(self) -> None:
        if self.public_url is not None:
            object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
            check_address("public_url", self.public_url, path=False)
        for origin in self.cors_origins:
            check_address("cors_origins", origin, path=False)


def check_address(setting: str, url: str, *, path: bool = True) -> None:
    """Raises `SettingUnusable` for what is not https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SettingUnusable(setting, "it holds no address") from error
    if not host or parts.username is not None or parts.query or parts.fragment or "*" in url:
        raise SettingUnusable(setting, "it takes addresses such as https://returns.example.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise SettingUnusable(setting, "it takes https, and http for this machine alone")
    if not path and parts.path:
        raise SettingUnusable(
            setting, "it takes an address without a path, such as https://returns.example.com"
        )
