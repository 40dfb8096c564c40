"""The query language: recursive descent over the scanner's tokens, one function per rule of the grammar.

    query     = unary { "AND" unary } | unary { "OR" unary }        mixed at one level: E103
    unary     = "NOT" unary | proximity
    proximity = primary [ ("NEAR/" | "ONEAR/") 1..30 primary ]      sides: words, phrases, lists and ORs of them
    primary   = "(" query ")" | field | number | geo | $list | term

Codes: E101 nothing there; E102 stray character; E103 AND and OR mixed; E104 operator not in capitals; E105 two terms
side by side; E106 brackets; E107 quotes; E108 empty brackets or phrase; E109 operator without a side; E110 NEAR; E111
prefix; E112 unknown list; E113 number; E114 place; E115 unknown field; E116 a value the field never has; E117 limit;
E118 nothing that must be there; E119 field without a value.
"""

from collections.abc import Mapping, Sequence

from service.core.errors import BadRule
from service.core.rules.fields import (
    CHOICES,
    FIELDS,
    NUMBERS,
    SECTIONS,
    field_value,
    number_value,
    suggestion,
    unknown_field,
)
from service.core.rules.geo import read_geo
from service.core.rules.near import check_pairs, near_distance, near_side
from service.core.rules.scan import Token, scan
from service.core.rules.syntax import (
    And,
    Comparison,
    FieldIs,
    InText,
    Leaf,
    ListRef,
    Near,
    Not,
    NumberIs,
    Or,
    Query,
    Section,
    Term,
)
from service.core.rules.terms import error_at, read_term

MAX_LEAVES, MAX_DEPTH = 200, 12
Lists = Mapping[str, tuple[Term, ...]]
_COMPARISONS: Mapping[str, Comparison] = {">=": ">=", "<=": "<=", ">": ">", "<": "<", "=": "=", "!=": "!="}
_STARTS = {"word", "phrase", "prefix", "list", "field", "number", "geo", "NOT", "("}


def parse_query(text: str, lists: Lists | None = None) -> Query:
    """Read a query; `lists` are what `$names` stand for. Raises BadRule with a code, a 1-based column and a hint."""
    parser = _Parser(scan(text), lists or {})
    query = parser.whole()
    if not _asks(query, wanted=True):
        hint = "add something that must be there, such as kind:strike AND …"
        raise error_at("E118", "the query only says what must not be there", query.at, hint)
    return query


class _Parser:
    """Walks the tokens. `at` of a bracketed part is where its bracket opens."""

    def __init__(self, found: list[Token], lists: Lists) -> None:
        self.tokens = found
        self.lists = lists
        self.next = 0
        self.depth = 0
        self.leaves = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.token
        self.next += 1
        return token

    def whole(self) -> Query:
        if self.token.kind == "end":
            raise error_at("E101", "the query is empty", 0, "say what to look for, such as kind:strike AND country:UA")
        query = self.query()
        if self.token.kind == ")":
            raise error_at(
                "E106", "a closing bracket that nothing opened", self.token.at, "remove it, or open one before it"
            )
        return query

    def query(self) -> Query:
        first = self.unary()
        operator = self.token.kind
        parts = [first]
        while self.token.kind in {"AND", "OR"}:
            if self.token.kind != operator:
                hint = "add brackets around the part that belongs together"
                raise error_at("E103", "AND and OR are mixed", self.token.at, hint)
            self.take()
            parts.append(self.unary())
        if self.token.kind not in {"end", ")"}:
            raise self.side_by_side()
        return _joined(operator, parts)

    def side_by_side(self) -> BadRule:
        token = self.token
        if token.kind == "near":
            hint = "NEAR joins two sides; write (a NEAR/5 b) AND (b NEAR/5 c)"
            return error_at("E110", "a second NEAR", token.at, hint)
        before, owner = self.tokens[self.next - 1], self.tokens[max(0, self.next - 2)]
        hint = "put AND or OR between them"
        if before.kind == "word" and before.text.casefold() in NUMBERS:
            hint = f"compare a number, as in {before.text.casefold()}>=5, or put AND or OR between two words"
        elif before.kind == token.kind == "word" and not (owner.kind == "number" or owner.text in CHOICES):
            hint = f'write "{before.text} {token.text}" for the phrase, or put AND or OR between them'
        return error_at("E105", "two terms side by side", token.at, hint)

    def deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            hint = f"at most {MAX_DEPTH}; split the rule"
            raise error_at("E117", "brackets and NOTs are nested too deeply", at, hint)

    def unary(self) -> Query:
        if self.token.kind != "NOT":
            return self.proximity()
        token = self.take()
        self.deeper(token.at)
        part = self.unary()
        self.depth -= 1
        return Not(part=part, at=token.at)

    def proximity(self) -> Query:
        left_at = self.token.at
        left = self.primary()
        if self.token.kind != "near":
            return left
        token = self.take()
        distance = near_distance(token)
        right_at = self.token.at
        right = self.primary()
        sides = near_side(left, left_at), near_side(right, right_at)
        check_pairs(*sides, token)
        return Near(left=sides[0], right=sides[1], distance=distance, ordered=token.text == "ONEAR", at=left_at)

    def primary(self) -> Query:
        token = self.token
        if token.kind not in _STARTS or token.kind == "NOT":
            raise self.missing()
        self.take()
        if token.kind == "(":
            return self.bracket(token)
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            hint = f"at most {MAX_LEAVES}; put words into a list in lists.yaml"
            raise error_at("E117", "too many terms", token.at, hint)
        return self.leaf(token)

    def missing(self) -> BadRule:
        """Say what is wrong where a term should stand."""
        token = self.token
        before = self.tokens[self.next - 1] if self.next else None
        if before and before.kind == "(" and token.kind == ")":
            return error_at("E108", "empty brackets", before.at, "put something between them or remove them")
        if before and before.kind == "near" and token.kind == "NOT":
            return error_at("E110", "NOT inside NEAR", token.at, "write NOT (a NEAR/5 b), or a AND NOT b")
        if before and before.kind in {"AND", "OR", "NOT", "near"}:
            return error_at("E109", f"nothing after {_name(before)}", before.at, "add a term or remove the operator")
        if token.kind == ")":
            return error_at(
                "E106", "a closing bracket that nothing opened", token.at, "remove it, or open one before it"
            )
        if token.kind == "end" and before:
            return error_at("E106", "the bracket is never closed", before.at, "close it")
        return error_at("E109", f"nothing before {_name(token)}", token.at, "add a term or remove the operator")

    def bracket(self, opened: Token) -> Query:
        self.deeper(opened.at)
        query = self.query()
        if self.token.kind != ")":
            raise error_at("E106", "the bracket is never closed", opened.at, "close it")
        self.take()
        self.depth -= 1
        return query

    def leaf(self, token: Token) -> Leaf:
        match token.kind:
            case "field":
                return self.field(token)
            case "number":
                return self.number(token)
            case "geo":
                return read_geo(token)
            case "list":
                return self.word_list(token)
            case _:
                return read_term(token)

    def word_list(self, token: Token) -> ListRef:
        if token.text not in self.lists:
            known = tuple(sorted(self.lists))
            hint = suggestion(token.text, known) if known else "lists.yaml defines no lists"
            raise error_at("E112", f"unknown list ${token.text}", token.at, hint)
        return ListRef(name=token.text, terms=self.lists[token.text], at=token.at)

    def field(self, token: Token) -> FieldIs | InText:
        name = token.text.casefold()
        if name in NUMBERS:
            raise error_at("E113", f"{name} is a number", token.at, f"compare it, as in {name}>=5")
        if name not in FIELDS:
            raise unknown_field(token.text, token.at + 1)
        values = self.values(token)
        if name in SECTIONS:
            section: Section = "title" if name == "title" else "body"
            return InText(section=section, terms=tuple(read_term(value) for value in values), at=token.at)
        return FieldIs(name=name, values=tuple(_value(name, value) for value in values), at=token.at)

    def values(self, field: Token) -> list[Token]:
        if self.token.kind != "(":
            return [self.value(field)]
        opened = self.take()
        if self.token.kind == ")":
            raise error_at("E108", "empty brackets", opened.at, f"put values between them, as in {field.text}:(a OR b)")
        values = [self.value(field)]
        while self.token.kind == "OR":
            self.take()
            values.append(self.value(field))
        if self.token.kind == "end":
            raise error_at("E106", "the bracket is never closed", opened.at, "close it")
        if self.token.kind != ")":
            hint = f"only OR and values can stand in {field.text}:(…)"
            code = "E105" if self.token.kind in _STARTS - {"NOT"} else "E116"
            raise error_at(code, "this does not belong in a field's brackets", self.token.at, hint)
        self.take()
        return values

    def value(self, field: Token) -> Token:
        token = self.token
        if token.kind not in {"word", "phrase", "prefix"}:
            code = "E119" if token.kind in {"end", ")", "AND", "OR", "NOT"} else "E116"
            hint = f'give it a word or a "phrase", as in {field.text}:{_sample(field.text)}'
            raise error_at(code, f"{field.text}: has no value", token.at if code == "E116" else field.at, hint)
        self.leaves += 1
        return self.take()

    def number(self, token: Token) -> NumberIs:
        name, sign = token.text.casefold(), token.extra
        if name in FIELDS:
            hint = f"{name} is not a number; write {name}:{_sample(name)}"
            raise error_at("E113", f"{name} cannot be compared with {sign}", token.at, hint)
        if name not in NUMBERS:
            raise unknown_field(token.text, token.at + 1)
        value = self.token
        if value.kind != "word" or not _is_decimal(value.text):
            at = value.at if value.kind in {"word", "phrase", "prefix"} else token.at
            raise error_at("E113", f"{name}{sign} needs a number", at, f"write it in digits, as in {name}{sign}5")
        self.take()
        number = number_value(name, value.text, value.at + 1)
        return NumberIs(name=name, comparison=_COMPARISONS[sign], value=number, at=token.at)


def _joined(operator: str, parts: Sequence[Query]) -> Query:
    if len(parts) == 1:
        return parts[0]
    return (And if operator == "AND" else Or)(parts=tuple(parts), at=parts[0].at)


def _name(token: Token) -> str:
    return f"{token.text}/{token.extra}" if token.kind == "near" else token.text


def _sample(field: str) -> str:
    samples = {"kind": "strike", "country": "UA", "weapon": "drone", "status": "agreed", "lang": "uk", "has": "killed"}
    return samples.get(field.casefold(), "word")


def _is_decimal(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    return text.isascii() and digits.isdigit() and bool(whole) and not text.endswith(".") and len(digits) <= 12  # noqa: PLR2004


def _value(name: str, token: Token) -> str:
    if token.kind == "prefix":
        hint = "only words, title: and body: take a *; list the values with OR"
        raise error_at("E111", f"{name}: takes no *", token.at, hint)
    return field_value(name, token.text, token.at + 1)


def _asks(query: Query, *, wanted: bool) -> bool:
    """Say whether every way to meet the query needs something to be there. `wanted` flips under NOT."""
    if isinstance(query, Not):
        return _asks(query.part, wanted=not wanted)
    if not isinstance(query, And | Or):
        return wanted
    asked = (_asks(part, wanted=wanted) for part in query.parts)
    return any(asked) if isinstance(query, And) == wanted else all(asked)
