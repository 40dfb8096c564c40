"""What faces need from the database about operators: who they are, by which tokens they are known, who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from service.core.guesses import Guesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token by all that is kept of it. `hint` is its beginning; `until` is when it ends by itself, None for never."""

    token_id: int
    user: str
    label: str
    hint: str
    at: datetime
    until: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def works(self, now: datetime) -> bool:
        """Say whether it still opens anything."""
        return self.revoked_at is None and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An operator and their tokens, the newest last. One who was removed has `ended_at`."""

    name: str
    at: datetime
    ended_at: datetime | None = None
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in on the pages. Without a token of theirs, `proof` ties them to the operator's token."""

    name: str
    until: datetime
    token_id: int | None = None
    proof: str = ""


class UserStore(Protocol):
    """Operators, their tokens and who is signed in. Secrets are kept as digests, which is all that comes in here."""

    def add(self, name: str, *, now: datetime) -> bool:
        """Add an operator, or take one back who was removed. False if they are here; case makes no difference."""
        ...

    def remove(self, name: str, *, now: datetime) -> bool:
        """End an operator, their tokens and their sessions. False if there is no such one."""
        ...

    def all(self) -> list[User]:
        """Return all operators by name, those who were removed too."""
        ...

    def give(
        self, name: str, digest: str, *, hint: str, label: str, until: datetime | None, now: datetime
    ) -> Token | None:
        """Give an operator a token. None if there is no such one."""
        ...

    def revoke(self, token_id: int, *, now: datetime) -> bool:
        """End a token and the sessions begun with it. False if there is none of this number that works."""
        ...

    def known(self, digest: str, *, now: datetime) -> Token | None:
        """Return the token with this digest, if it works."""
        ...

    def used(self, token_id: int, *, now: datetime) -> None:
        """Note that a token was used."""
        ...

    def any(self) -> bool:
        """Say whether there is an operator."""
        ...

    def open(self, digest: str, session: Session, *, now: datetime) -> None:
        """Begin a session, and forget those that have ended."""
        ...

    def session(self, digest: str, *, now: datetime) -> Session | None:
        """Return a session, unless it or its token has ended."""
        ...

    def close(self, digest: str) -> None:
        """End a session."""
        ...

    def guesses(self, network: str, *, lock: bool = False) -> Guesses | None:
        """Return what wrong tokens came from there; with `lock`, held for a writing transaction."""
        ...

    def guessed(self, network: str, guesses: Guesses | None, *, now: datetime) -> None:
        """Note what came from there, None for nothing any more. What lapsed anywhere is forgotten."""
        ...
