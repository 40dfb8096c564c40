"""Operators, their tokens and their sessions, as faces see them."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlmodel import col

from service.adapters.store.rows import insert_new, instant, same_named, taken
from service.adapters.store.tables import GuessRow, SessionRow, TokenRow, UserRow
from service.core.guesses import LAPSES, Guesses
from service.ports.users import Session, Token, User

EPOCH = datetime.fromtimestamp(0, UTC)
TOKEN_COLUMNS = same_named(Token, but=("token_id", "user"))
SESSION_COLUMNS = same_named(Session)


class Users:
    """Keeps ports.users.UserStore's promises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, name: str, *, now: datetime) -> bool:
        """See the port."""
        mine = col(UserRow.key) == _key(name)
        row = self._connection.execute(select(UserRow).where(mine)).one_or_none()
        if row is None:
            self._connection.execute(insert(UserRow).values(name=name, key=_key(name), at=now))
        elif row.ended_at is not None:
            self._connection.execute(update(UserRow).where(mine).values(name=name, at=now, ended_at=None))
        return row is None or row.ended_at is not None

    def remove(self, name: str, *, now: datetime) -> bool:
        """See the port."""
        user_id = self._id_of(name)
        if user_id is None:
            return False
        for token_id in self._connection.execute(select(col(TokenRow.id)).where(col(TokenRow.user_id) == user_id)):
            self.revoke(token_id.id, now=now)
        self._connection.execute(update(UserRow).where(col(UserRow.id) == user_id).values(ended_at=now))
        return True

    def all(self) -> list[User]:
        """See the port."""
        tokens = defaultdict[int, list[Token]](list)
        for row in self._connection.execute(_TOKENS.order_by(col(TokenRow.id))):
            tokens[row.user_id].append(_token(row))
        rows = self._connection.execute(select(UserRow).order_by(col(UserRow.key)))
        return [User(name=row.name, at=row.at, ended_at=row.ended_at, tokens=tuple(tokens[row.id])) for row in rows]

    def give(
        self, name: str, digest: str, *, hint: str, label: str, until: datetime | None, now: datetime
    ) -> Token | None:
        """See the port."""
        user_id = self._id_of(name)
        if user_id is None:
            return None
        about = {"user_id": user_id, "digest": digest, "hint": hint, "label": label, "until": until, "at": now}
        self._connection.execute(insert(TokenRow).values(**about))
        return self.known(digest, now=now)

    def revoke(self, token_id: int, *, now: datetime) -> bool:
        """See the port."""
        mine = (col(TokenRow.id) == token_id) & col(TokenRow.revoked_at).is_(None)
        ended = self._connection.execute(
            update(TokenRow).where(mine).values(revoked_at=now).returning(col(TokenRow.id))
        ).all()
        self._connection.execute(delete(SessionRow).where(col(SessionRow.token_id) == token_id))
        return bool(ended)

    def known(self, digest: str, *, now: datetime) -> Token | None:
        """See the port."""
        row = self._connection.execute(_TOKENS.where(col(TokenRow.digest) == digest)).one_or_none()
        found = _token(row) if row else None
        return found if found and found.works(now) else None

    def used(self, token_id: int, *, now: datetime) -> None:
        """See the port."""
        self._connection.execute(update(TokenRow).where(col(TokenRow.id) == token_id).values(used_at=now))

    def any(self) -> bool:
        """See the port."""
        here = select(col(UserRow.id)).where(col(UserRow.ended_at).is_(None)).limit(1)
        return self._connection.execute(here).first() is not None

    def open(self, digest: str, session: Session, *, now: datetime) -> None:
        """See the port."""
        self._connection.execute(delete(SessionRow).where(col(SessionRow.until) <= now))
        self._connection.execute(insert(SessionRow).values(digest=digest, **taken(session, SESSION_COLUMNS)))

    def session(self, digest: str, *, now: datetime) -> Session | None:
        """See the port."""
        works = or_(
            col(SessionRow.token_id).is_(None),
            col(TokenRow.revoked_at).is_(None) & (col(TokenRow.until).is_(None) | (col(TokenRow.until) > instant(now))),
        )
        query = (
            select(*(getattr(SessionRow, name) for name in SESSION_COLUMNS))
            .outerjoin(TokenRow, col(TokenRow.id) == col(SessionRow.token_id))
            .where(col(SessionRow.digest) == digest, col(SessionRow.until) > instant(now), works)
        )
        row = self._connection.execute(query).one_or_none()
        return Session(**taken(row, SESSION_COLUMNS)) if row else None

    def close(self, digest: str) -> None:
        """See the port."""
        self._connection.execute(delete(SessionRow).where(col(SessionRow.digest) == digest))

    def guesses(self, network: str, *, lock: bool = False) -> Guesses | None:
        """See the port."""
        if lock:  # there must be a row to hold
            row = {"network": network, "weight": 0.0, "at": EPOCH}
            insert_new(self._connection, GuessRow, [row], key=["network"], give=[col(GuessRow.at)])
        query = select(GuessRow).where(col(GuessRow.network) == network)
        found = self._connection.execute(query.with_for_update() if lock else query).one_or_none()
        return Guesses(weight=found.weight, at=found.at) if found else None

    def guessed(self, network: str, guesses: Guesses | None, *, now: datetime) -> None:
        """See the port."""
        mine = col(GuessRow.network) == network
        if guesses is not None:
            self._connection.execute(update(GuessRow).where(mine).values(weight=guesses.weight, at=guesses.at))
        gone = col(GuessRow.at) < now - LAPSES
        self._connection.execute(delete(GuessRow).where(gone if guesses is not None else or_(mine, gone)))

    def _id_of(self, name: str) -> int | None:
        here = (col(UserRow.key) == _key(name)) & col(UserRow.ended_at).is_(None)
        found: int | None = self._connection.execute(select(col(UserRow.id)).where(here)).scalar()
        return found


_TOKENS = select(TokenRow, col(UserRow.name)).join(UserRow, col(UserRow.id) == col(TokenRow.user_id))


def _token(row: Any) -> Token:
    return Token(token_id=row.id, user=row.name, **taken(row, TOKEN_COLUMNS))


def _key(name: str) -> str:
    return name.casefold()
