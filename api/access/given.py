"""What the settings say of who may, as `AccessSettings`."""

from api.access.callers import Role
from api.access.settings import OWN_WORDS, AccessSettings, OidcSettings
from inspection.errors import SettingUnusable
from inspection.settings import Settings


def access_settings(settings: Settings) -> AccessSettings:
    """Raises `SettingUnusable`."""
    return AccessSettings(
        public_url=settings.public_url,
        cors_origins=tuple(settings.cors_origins.split()),
        hosts=tuple(settings.hosts.split()),
        oidc=_oidc(settings),
    )


def _oidc(settings: Settings) -> OidcSettings | None:
    if settings.oidc_issuer is None:
        return None
    secret = settings.oidc_client_secret
    return OidcSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=None if secret is None else secret.get_secret_value(),
        roles_claim=settings.oidc_roles_claim,
        roles=_roles(settings.oidc_roles) or OWN_WORDS,
    )


def _roles(told: str) -> dict[str, Role]:
    """`theirs=ours`, separated by spaces."""
    found = {}
    for pair in told.split():
        theirs, equals, ours = pair.partition("=")
        if not equals or not theirs or ours not in OWN_WORDS:
            raise SettingUnusable(
                "oidc_roles", f"{pair!r} is not theirs=ours, with ours of {', '.join(OWN_WORDS)}"
            )
        found[theirs] = OWN_WORDS[ours]
    return found
