"""Where the mail server is, from one URL."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from service.core.errors import BadConfig

Security = Literal["smtp", "smtps", "smtp+starttls"]
PORTS: dict[Security, int] = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
VARIABLE = "TOCSIN_SMTP_URL"
HINT = "write smtp://host:25, smtps://user:password@host or smtp+starttls://user:password@host:587"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server. `smtp` is plain text, `smtps` TLS from the start, `smtp+starttls` TLS before anything is said."""

    security: Security
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:25` and its kin. Raises BadConfig, which never repeats the password."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadConfig(f"the mail server's address is no URL: {error}", hint=HINT, file=VARIABLE) from None
    if parts.scheme not in PORTS:
        raise BadConfig(f"{parts.scheme or 'nothing'} is no way to reach a mail server", hint=HINT, file=VARIABLE)
    if not host:
        raise BadConfig("the mail server's address names no host", hint=HINT, file=VARIABLE)
    if parts.path not in {"", "/"} or parts.query:
        raise BadConfig("the mail server's address goes on after the host", hint=HINT, file=VARIABLE)
    if parts.username and parts.password is None:
        hint = f"{HINT}; write %40 for an @ in it"
        raise BadConfig("the mail server's address has a user but no password", hint=hint, file=VARIABLE)
    security = parts.scheme
    return SmtpServer(
        security=security,
        host=host,
        port=port or PORTS[security],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
