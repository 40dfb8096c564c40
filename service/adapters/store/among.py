"""One of these ids, as a single parameter: the statement is the same however many there are.

With a parameter for each, SQLAlchemy writes the statement anew at every call, and PostgreSQL plans it anew.
"""

import json
from collections.abc import Collection
from typing import Any, Self

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Ids(TypeDecorator[Collection[int]]):
    """Numbers as a list: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type that carries them."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger()))

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        """Return what the driver takes."""
        numbers = list(value or ())
        return json.dumps(numbers) if dialect.name == "sqlite" else numbers


class _Among(FunctionElement[bool]):
    type = Boolean()
    name = "among"
    inherit_cache = True

    def self_group(self, against: Any = None) -> Self:  # noqa: ARG002
        """Return it as it is. SQLAlchemy would have SQLite compare it with 1, which keeps it from every index."""
        return self


@compiles(_Among, "sqlite")
def _sqlite(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  nothing of it comes from outside


@compiles(_Among, "postgresql")
def _postgresql(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY({ids})"


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Let through the rows whose number is among those bound under this name when the statement runs."""
    return _Among(column, bindparam(name, type_=Ids()))
