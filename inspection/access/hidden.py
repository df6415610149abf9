"""Credentials in text that is about to be logged: their kind stays readable, they themselves do not."""

import logging
import re

_PARAMETERS = (
    "code|state|csrf|token|id_token|access_token|client_secret|code_verifier|nonce|key|api_?key|sig|signature|"
    "(?:x-(?:amz|goog)-(?:signature|credential|security-token))"
)
_NAMES = "secret|secret_key|secret_access_key|access_key|api_?key|password|passwd|token"
"""How a variable or a member that holds one ends."""


def _without_tokens(url: re.Match[str]) -> str:
    """A part of an address that looks drawn by lot may let somebody in; an id or a hash of ours does not."""
    return "/".join("…" if _DRAWN.fullmatch(part) else part for part in url[0].split("/"))


_DRAWN = re.compile(
    r"(?![0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{64}\b)(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_~=-]{16,}"
)
_SECRETS = (
    (re.compile(r"isk_[0-9a-f]{32}_[0-9a-f]+"), "isk_…"),
    (re.compile(r"\b(isl1|isp1)_[A-Za-z0-9_-]+"), r"\1_…"),
    (re.compile(r"(?i)\b(authorization|cookie|set-cookie)(['\"]?\s*[:=]\s*['\"]?)[^\r\n'\"]+"), r"\1\2…"),
    (re.compile(r"(?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), "whsec_…"),
    (re.compile(r"\b([a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", re.I), r"\1:…@"),  # of a database, say
    (re.compile(rf"(?i)([?&](?:{_PARAMETERS})=)[^&\s\"'<>]+"), r"\1…"),
    (re.compile(rf"(?i)\b([a-z0-9_]*(?:{_NAMES})['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]{{4,}}"), r"\1…"),
    (re.compile(r"(?i)\bhttps?://[^\s\"'<>/]+/[^\s\"'<>?]+"), _without_tokens),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), "<token>"),
)


def hidden(text: str) -> str:
    """The text without anything that could be used."""
    for secret, shown in _SECRETS:
        text = secret.sub(shown, text)
    return text


class HidesCredentials(logging.Filter):
    """For each handler of a log: the last door before a line leaves, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record has its arguments filled in, and a traceback its text.

        What structlog has yet to render is no text: there `hidden` is its last processor.
        """
        if not isinstance(record.msg, str):
            return True
        record.msg, record.args = hidden(record.getMessage()), ()
        if record.exc_info:
            said = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text, record.exc_info = hidden(said), None
        return True
