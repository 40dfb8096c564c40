"""The plan of the house where import-linter cannot see: who wraps which library, how long modules are, what is kept."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "service").rglob("*.py"))

# The one place that knows each library; replacing a library means replacing that place.
WRAPPED_BY = {
    "aiosmtpd": "service.cli.demo",
    "aiosmtplib": "service.adapters.channels",
    "alembic": "service.adapters.store",
    "apprise": "service.adapters.channels.many",
    "apscheduler": "service.scheduler",
    "cryptography": "service.adapters.channels",
    "css_inline": "service.adapters.render",
    "fastapi": "service.web",
    "feedparser": "service.adapters.parse",
    "httpcore": "service.adapters.http",
    "httpx": "service.adapters.http",
    "jinja2": "service.adapters.render",
    "markupsafe": "service.adapters.render",
    "nh3": "service.adapters.parse",
    "prometheus_client": "service.adapters.metrics",
    "py3langid": "service.adapters.language",
    "pydantic": "service.settings",
    "resvg_py": "service.adapters.maps.cartographer",
    "rich": "service.cli.output",
    "sqlalchemy": "service.adapters.store",
    "sqlmodel": "service.adapters.store",
    "starlette": "service.web",
    "trafilatura": "service.adapters.parse.page",
    "typer": "service.cli",
    "uvicorn": "service.web",
    # Watch rules point at a column inside a block of text, for which they need PyYAML's nodes themselves.
    "yaml": "service.adapters.yamlfile service.adapters.rulefiles",
}
TOP_LEVEL = {
    "pyproject.toml",
    "README.md",
    "service",
    "templates",
    "config",
    "tests",
    "Dockerfile",
    "Makefile",
    "CHANGELOG.md",
    "LICENSE",
    ".ci",
}
LONGEST = 300
NOT_OURS = (
    re.compile(r"--(extra-)?index-url|https?://[^ \"]+/(simple|packages)/"),  # a package registry's host
    re.compile("/" + r"(work|home|root)/[a-z]"),  # a path of somebody's machine
)


@pytest.mark.parametrize("library", sorted(WRAPPED_BY))
def test_each_library_is_known_in_one_place(library: str) -> None:
    places = tuple(WRAPPED_BY[library].split())
    importers = {module for module, name in _imports() if name == library}
    assert importers, f"nothing imports {library} any more: take it off the list and out of pyproject.toml"
    assert {module for module in importers if not _inside(module, places)} == set()


def test_every_library_has_a_place() -> None:
    """A library that comes into the house gets a place on the list above in the same commit."""
    strange = {name for _, name in _imports() if name not in sys.stdlib_module_names} - {*WRAPPED_BY, "service"}
    assert strange == set()


def test_modules_stay_short() -> None:
    written = [path for path in MODULES if "versions" not in path.parts]  # migrations are drafted by a tool
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in written}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [path for path in MODULES if path.stem in drawers or path.parent.name in drawers] == []


def test_the_top_level_holds_only_what_is_on_the_plan() -> None:
    assert {name for path in _tracked() if not (name := path.parts[0]).startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_registry_or_a_machine() -> None:
    named = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in _tracked()
        if path != Path(__file__).relative_to(ROOT)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if any(pattern.search(line) for pattern in NOT_OURS)
    ]
    assert named == []


def test_pins_have_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / ".ci" / name).read_text()
        pins = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins)


def test_both_files_of_pins_agree() -> None:
    """An environment for development serves as the runtime one too."""
    runtime, dev = (_pins(ROOT / ".ci" / name) for name in ("requirements.txt", "requirements-dev.txt"))
    assert runtime.items() <= dev.items()


@cache
def _imports() -> frozenset[tuple[str, str]]:
    return frozenset(_found_imports())


def _found_imports() -> Iterator[tuple[str, str]]:
    """Yield importer and top-level package of every absolute import under service/."""
    for path in MODULES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield module, node.module.partition(".")[0]


def _inside(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing is tracked")
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _text(path: Path) -> str:
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def _pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.\-\[\]]+)==([^ ]+)", path.read_text(), re.MULTILINE))
