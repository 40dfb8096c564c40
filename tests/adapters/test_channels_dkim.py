"""DKIM: what we sign is verified by another implementation, and by nothing else."""

from collections.abc import Callable

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.channels.dkim import Signer, relaxed_body, signed, signers
from service.adapters.render.samples import sample_digest, sample_digests, sample_event, sample_events
from service.core.errors import BadConfig
from tests.adapters.test_render_mail import renderer

DOMAIN = "tocsin.example"


def pem(key: object, encryption: KeySerializationEncryption | None = None) -> str:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined]
    return made.decode()


@pytest.fixture(scope="module")
def rsa() -> str:
    return pem(generate_private_key(65537, 2048))


@pytest.fixture(scope="module")
def both(rsa: str) -> tuple[Signer, ...]:
    return signers(rsa + pem(Ed25519PrivateKey.generate()), selectors="rsa26, ed26", domain=DOMAIN)


def dns(by: tuple[Signer, ...]) -> Callable[..., bytes]:
    """The records that `tocsin check` tells the operator to publish."""
    records = {f"{name}.".encode(): text.encode() for name, text in (signer.record() for signer in by)}
    return lambda name, timeout=5: records[name]  # noqa: ARG005  dkimpy's idea of a resolver


def verdicts(message: bytes, by: tuple[Signer, ...]) -> list[bool]:
    return [_holds(message, n, by) for n in range(len(by))]


def _holds(message: bytes, n: int, by: tuple[Signer, ...]) -> bool:
    try:
        return bool(dkim.DKIM(message).verify(idx=n, dnsfunc=dns(by)))
    except dkim.ValidationError:
        return False


def mails() -> list[bytes]:
    send = renderer()
    return [
        *(send.event(message).body for message in sample_events()),
        *(send.digest(message).body for message in sample_digests()),
    ]


def test_what_we_sign_another_implementation_verifies(both: tuple[Signer, ...]) -> None:
    """Every kind of mail, with RSA and with Ed25519, both on the same mail."""
    for mail in mails():
        sent = signed(mail, both)
        assert sent.endswith(mail), "the mail itself is untouched"
        assert verdicts(sent, both) == [True, True]


def test_every_try_sends_the_same_bytes(both: tuple[Signer, ...]) -> None:
    mail = renderer().event(sample_event()).body
    assert signed(mail, both) == signed(mail, both)


@pytest.mark.parametrize(
    ("what", "becomes"),
    [
        (b"List-Unsubscribe: <https://tocsin.example", b"List-Unsubscribe: <https://spy.example"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=Two-Click"),
        (b"\r\nSubject: ", b"\r\nSubject: New: "),
        (b"From: Tocsin <", b"From: Someone <"),
        (b"To: reader@", b"To: other@"),
        (b"Message-ID: <sample", b"Message-ID: <simple"),
        (b"Depot 1 hit", b"Depot 1 bit"),
        (b"Date: Mon", b"From: forger@spy.example\r\nDate: Mon"),
    ],
    ids=["unsubscribe", "one-click", "subject", "from", "to", "id", "body", "a second from"],
)
def test_nothing_that_matters_can_be_changed_on_the_way(both: tuple[Signer, ...], what: bytes, becomes: bytes) -> None:
    sent = signed(renderer().digest(sample_digest()).body, both)
    assert what in sent
    assert verdicts(sent.replace(what, becomes, 1), both) == [False, False]


def test_white_space_may_change_on_the_way(both: tuple[Signer, ...]) -> None:
    """That is what relaxed is for: a server that folds a header or adds a line at the end does no harm."""
    sent = signed(renderer().digest(sample_digest()).body, both)
    changed = sent.replace(b"\r\nSubject: ", b"\r\nSubject:\r\n  ", 1) + b"\r\n\r\n"
    assert verdicts(changed, both) == [True, True]


def test_the_header_says_what_the_notes_ask(both: tuple[Signer, ...]) -> None:
    head = signed(renderer().event(sample_event()).body, both[:1]).split(b"\r\nMessage-ID")[0].decode()
    assert "a=rsa-sha256; c=relaxed/relaxed; d=tocsin.example; s=rsa26;" in head
    names = head.split("h=")[1].split(";")[0].split(":")
    assert names.count("from") == 2
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "message-id", "references"} < set(names)
    assert max(map(len, head.split("\r\n"))) <= 998


@settings(max_examples=80, deadline=None)
@given(lines=st.lists(st.text(st.sampled_from("ab 	="), max_size=8), max_size=6))
def test_bodies_are_canonical_as_the_other_implementation_has_it(lines: list[str]) -> None:
    """Blanks inside and at the ends of lines, empty lines at the end, nothing at all."""
    body = "".join(f"{line}\r\n" for line in lines).encode()
    assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("no key", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be read"),
        (pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"sesame")), "passphrase"),
        (pem(generate_ec(SECP256R1())), "neither RSA nor Ed25519"),
        (pem(Ed25519PrivateKey.generate()) * 2, "2 keys to sign mail with and 1 selectors"),
    ],
    ids=["text", "garbage", "passphrase", "elliptic", "two"],
)
def test_a_key_that_is_no_good_is_named_and_not_shown(key: str, words: str) -> None:
    with pytest.raises(BadConfig) as caught:
        signers(key, selectors="tocsin", domain=DOMAIN)
    assert words in str(caught.value)
    assert "TOCSIN_DKIM" in caught.value.located()
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize(("selector", "domain"), [("a b", DOMAIN), ("tocsin", "x;y"), ("-", DOMAIN)])
def test_names_that_the_dns_cannot_hold_are_refused(rsa: str, selector: str, domain: str) -> None:
    with pytest.raises(BadConfig):
        signers(rsa, selectors=selector, domain=domain)


def test_without_a_key_nothing_is_signed() -> None:
    assert signers(" ", selectors="tocsin", domain=DOMAIN) == ()
    assert signed(b"A: b\r\n\r\nc\r\n", ()) == b"A: b\r\n\r\nc\r\n"
