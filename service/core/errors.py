"""The tree of errors Tocsin raises on purpose.

TocsinError
├── BadInput          somebody gave us something we cannot read: says where and what would be right
│   ├── BadConfig     a file under config/ or an environment variable
│   ├── BadRule       a watch rule
│   └── BadTemplate   a template under templates/
├── NotFound          an id nobody has
└── Unavailable       the world did not answer; `retry` says whether trying again can help
    ├── StoreUnavailable
    └── SendFailed    one attempt of one delivery
"""


class TocsinError(Exception):
    """Anything Tocsin raises on purpose. `code` is stable; `hint` is the way out, a clause without a full stop."""

    code = "E000"
    retry = False

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class BadInput(TocsinError):
    """Input that cannot be read. `file`, `line` and `column` (1-based) name the place where known."""

    code = "E100"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        file: str = "",
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.file = file
        self.line = line
        self.column = column

    def located(self) -> str:
        """Return `file:line:col: CODE message (hint)`, leaving out what is unknown."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        return f"{place}: {self.code} {self}" if place else f"{self.code} {self}"


class BadConfig(BadInput):
    """A file under config/ or an environment variable says something we cannot use."""

    code = "E200"


class BadRule(BadInput):
    """A watch rule does not parse or breaks a limit."""

    code = "E101"


class BadTemplate(BadInput):
    """A template does not compile or does not render."""

    code = "E300"


class NotFound(TocsinError):
    """Nobody has this id."""

    code = "E404"


class LeaseLost(TocsinError):
    """Somebody else has taken this row over; what was done with it is rolled back."""

    code = "E409"


class Unavailable(TocsinError):
    """The world did not answer."""

    code = "E500"
    retry = True


class StoreUnavailable(Unavailable):
    """The database is locked, full or out of reach."""

    code = "E510"


class SendFailed(Unavailable):
    """One attempt failed. `retry` says whether another can help; `retry_after_s` is what the far side asked for.

    `response` is the beginning of what it answered.

    Not `tried`, nothing of the message has left.
    """

    code = "E520"

    def __init__(
        self,
        message: str,
        *,
        retry: bool,
        status: int | None = None,
        retry_after_s: float | None = None,
        gone: bool = False,
        tried: bool = True,
        response: str = "",
    ) -> None:
        super().__init__(message)
        self.retry = retry
        self.status = status
        self.retry_after_s = retry_after_s
        self.gone = gone
        self.tried = tried
        self.response = response
