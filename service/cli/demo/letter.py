"""One mail as a page: headers, the HTML part in a sandbox, the text part, the source."""

import re
from email.message import EmailMessage
from html import escape

from service.cli.demo.inboxes import parse
from service.cli.demo.server import Response

SHOWN = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Id",
)
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
TEXT = "text/plain; charset=utf-8"
CID = re.compile(r"""(src\s*=\s*["'])cid:([^"']+)""", re.IGNORECASE)


class Letter:
    """A mail that is shown at `path` of the server at `base`."""

    def __init__(self, raw: bytes, path: str, base: str) -> None:
        self._raw = raw
        self._mail = parse(raw)
        self._path = path
        self._base = base

    def page(self) -> str:
        """Return headers and the mail as a mail program would show it."""
        listed = "".join(
            f"<dt>{name}</dt><dd>{escape(str(self._mail[name]))}</dd>" for name in SHOWN if self._mail[name]
        )
        text = escape(self._body("plain"))
        shown = (
            f'<iframe class="letter" sandbox="{SANDBOX}" title="HTML part" src="{self._path}/html"></iframe>'
            if self._body("html")
            else f"<pre>{text}</pre>"
        )
        return (
            f'<details class="headers"><summary>Headers</summary><dl class="facts">{listed}</dl></details>{shown}'
            f"<details><summary>Text part</summary><pre>{text}</pre></details>"
            f'<p class="small"><a href="{self._path}/raw" target="_blank" rel="noopener">Source</a></p>'
        )

    def part(self, rest: list[str]) -> Response | None:
        """Return `html`, `text`, `raw` or `cid/…`."""
        match rest:
            case ["html"]:
                return self._html()
            case ["text"]:
                return Response(body=self._body("plain").encode(), content_type=TEXT)
            case ["raw"]:
                return Response(body=self._raw, content_type=TEXT)
            case ["cid", name]:
                return self._attached(name)
        return None

    def _html(self) -> Response:
        text = CID.sub(lambda match: f"{match[1]}{self._path}/cid/{match[2]}", self._body("html"))
        text = text.replace("<head>", '<head><base target="_blank">', 1)
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; img-src {self._base} data:; frame-ancestors 'self'; "
            f"form-action 'none'; sandbox {SANDBOX}"
        )
        headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return Response(body=text.encode(), content_type="text/html; charset=utf-8", headers=headers)

    def _body(self, kind: str) -> str:
        part = self._mail.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part else ""

    def _attached(self, name: str) -> Response | None:
        for part in self._mail.walk():
            if part["Content-ID"] == f"<{name}>" and part.get_content_maintype() == "image":
                return Response(body=payload(part), content_type=part.get_content_type())
        return None


def payload(part: EmailMessage) -> bytes:
    """Return an attachment's bytes."""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
