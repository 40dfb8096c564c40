"""Standard Webhooks 1.0 signatures (https://www.standardwebhooks.com, section "Verifying webhook authenticity").

A secret `whsec_…` signs with HMAC-SHA256 (`v1`). A private key `whsk_…`, 32 bytes of ed25519, signs so that who
verifies needs to know nothing secret (`v1a`): they get its public half, `whpk_…`.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.core.errors import BadInput

PREFIX = "whsec_"
PRIVATE, PUBLIC = "whsk_", "whpk_"
SEED = 32
_BYTES = 24


def new_secret() -> str:
    """Return a fresh secret, `whsec_` and 24 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def public_key(secret: str) -> str:
    """Return the `whpk_…` of a private key `whsk_…`. Raises BadInput."""
    raw = _private(secret).public_key().public_bytes_raw()
    return PUBLIC + base64.b64encode(raw).decode()


def new_key() -> str:
    """Return a fresh private key, `whsk_` and 32 bytes in base64."""
    return PRIVATE + base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def sign(secret: str, *, message_id: str, at: datetime, body: bytes) -> str:
    """Return the `webhook-signature` header: one signature for each secret or key, which are parted by spaces.

    Two at once let a receiver move from the old one to the new. Raises BadInput for a secret that is none.
    """
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return " ".join(_signature(part, signed) for part in secret.split())


def _signature(secret: str, signed: bytes) -> str:
    if secret.startswith(PRIVATE):
        return f"v1a,{base64.b64encode(_private(secret).sign(signed)).decode()}"
    digest = hmac.new(_decoded(secret, PREFIX), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _private(secret: str) -> Ed25519PrivateKey:
    raw = _decoded(secret, PRIVATE)
    if len(raw) not in {SEED, 2 * SEED}:  # some keep the public half behind it
        raise BadInput("this webhook's key is not 32 bytes of ed25519", hint="give it a new one of the form whsk_…")
    return Ed25519PrivateKey.from_private_bytes(raw[:SEED])


def _decoded(secret: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except binascii.Error:
        raise BadInput("this webhook's secret is not base64", hint="give it a new one of the form whsec_…") from None
