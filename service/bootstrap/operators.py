"""Operators for faces: who there is, by which tokens they are known, who is signed in.

A token is shown once and kept as a digest: it has 256 random bits, so that a plain digest is as safe as a slow one. The
operator's token of the settings opens the same doors for whoever knows it; they say their name themselves.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from service.core.errors import BadInput, NotFound
from service.core.guesses import one_more, wait_s
from service.ports.store import Store
from service.ports.users import Session, Token, User
from service.ports.world import Clock

LASTS = timedelta(hours=12)
LONGEST_NAME, LONGEST_LABEL = 60, 60
PREFIX = "tocsin_"
_HINT = len(PREFIX) + 4
_USED_EVERY = timedelta(minutes=10)
_AGAIN = "`tocsin users list` shows them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A new token. `secret` is shown this once."""

    secret: str
    token: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom a token belongs to; without `token_id` it is the operator's token of the settings, which names nobody."""

    name: str = ""
    token_id: int | None = None


class OperatorDesk:
    """What faces may do with operators. Safe to use from several threads."""

    def __init__(self, *, store: Callable[[], Store], clock: Clock, shared: str) -> None:
        """Take the operator's token of the settings, "" where there is none."""
        self._store, self._clock, self._shared = store, clock, shared

    def add(self, name: str, *, label: str = "", last: timedelta | None = None) -> Given:
        """Add an operator and give them a token. Raises BadInput."""
        name = _named(name, LONGEST_NAME, "a name")
        with self._store().write() as tx:
            if not tx.users.add(name, now=self._clock.now()):
                raise BadInput(f"there is an operator {name!r} already", hint=f"`tocsin users token {name}` gives more")
        return self.give(name, label=label, last=last)

    def give(self, name: str, *, label: str = "", last: timedelta | None = None) -> Given:
        """Give an operator another token, for so long. Raises NotFound, BadInput."""
        label = _named(label, LONGEST_LABEL, "a label") if label else ""
        secret, now = PREFIX + secrets.token_urlsafe(32), self._clock.now()
        with self._store().write() as tx:
            until = now + last if last else None
            token = tx.users.give(name, _digest(secret), hint=secret[:_HINT], label=label, until=until, now=now)
        if token is None:
            raise NotFound(f"no operator {name!r}", hint=_AGAIN)
        return Given(secret=secret, token=token)

    def revoke(self, token_id: int) -> None:
        """End a token, and whoever signed in with it is signed out. Raises NotFound."""
        with self._store().write() as tx:
            if not tx.users.revoke(token_id, now=self._clock.now()):
                raise NotFound(f"no token {token_id} that works", hint=_AGAIN)

    def remove(self, name: str) -> None:
        """End an operator and all their tokens. What they did keeps their name. Raises NotFound."""
        with self._store().write() as tx:
            if not tx.users.remove(name, now=self._clock.now()):
                raise NotFound(f"no operator {name!r}", hint=_AGAIN)

    def all(self) -> list[User]:
        """Return all operators by name, those who were removed too."""
        with self._store().read() as tx:
            return tx.users.all()

    def any(self) -> bool:
        """Say whether there is a token that opens anything."""
        if self._shared:
            return True
        with self._store().read() as tx:
            return tx.users.any()

    def by_token(self, secret: str) -> Known | None:
        """Return whose token this is, None for nobody's."""
        secret = secret.strip()
        if self._shared and hmac.compare_digest(secret.encode(), self._shared.encode()):
            return Known()
        if not secret.startswith(PREFIX):
            return None
        now = self._clock.now()
        with self._store().read() as tx:
            token = tx.users.known(_digest(secret), now=now)
        if token is None:
            return None
        if token.used_at is None or now - token.used_at >= _USED_EVERY:
            with self._store().write() as tx:
                tx.users.used(token.token_id, now=now)
        return Known(name=token.user, token_id=token.token_id)

    def sign_in(self, known: Known, name: str) -> str:
        """Begin a session for whoever is known. Return the secret their browser keeps."""
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        proof = "" if known.token_id else self._proof(secret)
        session = Session(name=known.name or name, until=now + LASTS, token_id=known.token_id, proof=proof)
        with self._store().write() as tx:
            tx.users.open(_digest(secret), session, now=now)
        return secret

    def signed_in(self, secret: str) -> Session | None:
        """Return the session this secret belongs to. One begun with the operator's token ends when that is changed."""
        with self._store().read() as tx:
            session = tx.users.session(_digest(secret), now=self._clock.now())
        if session is None or session.token_id is not None:
            return session
        is_ours = bool(self._shared) and hmac.compare_digest(session.proof, self._proof(secret))
        return session if is_ours else None

    def sign_out(self, secret: str) -> None:
        """End a session."""
        with self._store().write() as tx:
            tx.users.close(_digest(secret))

    def wait_s(self, network: str) -> int:
        """Return for how many seconds no token from there is looked at, 0 for a free way."""
        with self._store().read() as tx:
            return wait_s(tx.users.guesses(network), self._clock.now())

    def wrong(self, network: str) -> None:
        """Count a wrong token."""
        now = self._clock.now()
        with self._store().write() as tx:
            tx.users.guessed(network, one_more(tx.users.guesses(network, lock=True), now), now=now)

    def right(self, network: str) -> None:
        """Forget what was wrong before."""
        with self._store().read() as tx:
            known = tx.users.guesses(network)
        if known is not None:
            with self._store().write() as tx:
                tx.users.guessed(network, None, now=self._clock.now())

    def _proof(self, secret: str) -> str:
        """Return what ties a session to the operator's token without telling it: the secret is not in the database."""
        return hmac.new(secret.encode(), self._shared.encode(), hashlib.sha256).hexdigest()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _named(text: str, longest: int, what: str) -> str:
    """Return a name on one line. Raises BadInput for one that cannot be shown as it is."""
    name = " ".join(text.split())
    if not name or len(name) > longest or not name.isprintable():
        raise BadInput(f"{text!r} is not {what}", hint=f"at most {longest} letters, all of which can be seen")
    return name
