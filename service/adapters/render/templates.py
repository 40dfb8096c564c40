"""Templates in a sandbox, the operator's before ours.

An operator's template may be wrong in any way, so three things are bounded: what it can reach (jinja2's sandbox), how
long it can run (every turn of a loop and every call costs one of a fixed number of steps, since the sandbox alone lets
two nested loops run for hours), and what its failure can do (the caller gets a BadTemplate naming file and line, and
renders ours instead).
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError, TemplateNotFound
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from service.core.errors import BadTemplate

PARTS = ("subject.txt", "body.txt", "body.html")
MAILS = ("alert", "digest", "confirm", "mail")
MAX_STEPS = 50_000
MAX_REPEAT = 10_000

_INLINER = css_inline.CSSInliner(
    keep_style_tags=True, remove_inlined_selectors=True, minify_css=True, load_remote_stylesheets=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The three texts of a mail."""

    subject: str
    text: str
    html: str


class TemplateSet:
    """The templates found in some folders, the first folder that has a name wins.

    Args:
        folders: where to look, the operator's first.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._env = _Metered(loader=FileSystemLoader(self._folders))
        self._found: tuple[tuple[str, int], ...] = ()

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Return when each file a mail is made of was last changed: who remembers a rendering asks first.

        jinja2 sees that a file changed, but not that there is a new one in a folder that comes first.
        """
        mails = (folder / name for folder in self._folders for name in MAILS)
        found = tuple((entry.path, entry.stat().st_mtime_ns) for folder in mails for entry in _files(folder))
        if found != self._found and self._env.cache is not None:
            self._env.cache.clear()
        self._found = found
        return found

    def render(self, name: str, view: object) -> Parts:
        """Render `name` (alert or digest). Raises BadTemplate, whatever went wrong."""
        subject, text, html = (self._part(f"{name}/{part}", view) for part in PARTS)
        return Parts(subject=subject.strip(), text=text.strip() + "\n", html=html)

    def faults(self, name: str, view: object) -> Iterator[BadTemplate]:
        """Yield what is wrong with each part of `name`, instead of stopping at the first."""
        for part in PARTS:
            try:
                self._part(f"{name}/{part}", view)
            except BadTemplate as error:
                yield error

    def page(self, name: str, **values: object) -> str:
        """Render one template just as it is: a page, with its styles in a file. Raises BadTemplate."""
        try:
            with self._env.budget():
                return self._env.get_template(name).render(values)
        except Exception as error:  # as above: the page is shown from ours instead
            raise self._bad(name, error) from error

    def has(self, name: str) -> bool:
        """Whether one of the folders has it."""
        return any((folder / name).is_file() for folder in self._folders)

    def file(self, name: str) -> str:
        """Return where it is read from."""
        return self._file(name)

    def _part(self, name: str, view: object) -> str:
        try:
            with self._env.budget():
                out = self._env.get_template(name).render(m=view)
            return _INLINER.inline(out) if name.endswith(".html") else out
        except Exception as error:  # an operator's template can raise anything; the alert must still go out
            raise self._bad(name, error) from error

    def _bad(self, name: str, error: Exception) -> BadTemplate:
        file, line = self._place(name, error)
        what = str(error) or type(error).__name__
        if isinstance(error, TemplateNotFound):
            what = f"no template named {error}"
        return BadTemplate(what, hint=_hint(error), file=file, line=line)

    def _place(self, name: str, error: Exception) -> tuple[str, int | None]:
        """Return the innermost template file and line of the error, else the file `name` was read from."""
        if isinstance(error, TemplateSyntaxError):
            return error.filename or error.name or name, error.lineno
        step, place = error.__traceback__, None
        while step:
            file = Path(step.tb_frame.f_code.co_filename)
            if any(file.is_relative_to(folder) for folder in self._folders) and file.suffix != ".py":
                place = (str(file), step.tb_lineno)
            step = step.tb_next
        return place or (self._file(name), None)

    def _file(self, name: str) -> str:
        return str(next((path for folder in self._folders if (path := folder / name).exists()), name))


def _files(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if entry.is_file()), key=lambda entry: entry.name)
    except OSError:  # the operator's folder need not have them all
        return []


class _Budget(threading.local):
    """Counts the steps of one rendering, each thread its own."""

    left = MAX_STEPS

    def __enter__(self) -> None:
        self.left = MAX_STEPS

    def __exit__(self, *_: object) -> None:
        pass

    def spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise SecurityError(f"the template took more than {MAX_STEPS:,} steps")


class _Metered(ImmutableSandboxedEnvironment):
    """A sandbox in which each turn of a loop, each call and each repetition is counted."""

    intercepted_binops = frozenset(["*", "**"])

    def __init__(self, **options: Any) -> None:
        super().__init__(
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            **options,
        )
        self._budget = _Budget()
        self.filters["_metered"] = self._meter

    def budget(self) -> _Budget:
        return self._budget

    def call(self, context: Context, obj: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self._budget.spend()
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if max(_size(left), _size(right)) > MAX_REPEAT:
            raise SecurityError(f"{operator!r} with more than {MAX_REPEAT:,}")
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, *args: Any, **options: Any) -> str:
        for loop in source.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_metered", [], [], None, None, lineno=loop.lineno)
        return super()._generate(source, *args, **options)

    def _meter(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._budget.spend()
            yield item


def _size(value: object) -> int:
    if isinstance(value, (int, float)):
        return abs(int(value))
    return len(value) if isinstance(value, (str, bytes, list, tuple, Markup)) else 0


def _hint(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return "put it back, or remove your copy of the template that asks for it"
    if isinstance(error, TemplateSyntaxError):
        return "the shipped template is used until this is mended"
    return "the names a template may use are listed in templates/README.md"
