"""Standard Webhooks 1.0 signatures (https://www.standardwebhooks.com, section "Verifying webhook authenticity")."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

from service.core.errors import BadInput

PREFIX = "whsec_"
_BYTES = 24


def new_secret() -> str:
    """Return a fresh secret, `whsec_` and 24 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """Return the `webhook-signature` header: one `v1,` signature for each secret, which are parted by spaces.

    Two secrets at once let a receiver move from the old one to the new. Raises BadInput for a secret that is none.
    """
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    digests = (hmac.new(_key(part), signed, hashlib.sha256).digest() for part in secret.split())
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise BadInput("this webhook's secret is not base64", hint="give it a new one of the form whsec_…") from None
