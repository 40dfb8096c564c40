"""Which files count: `rules/*.yaml` and `lists.yaml` of config folders, or what somebody points at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

LISTS = "lists.yaml"
_ENDINGS = {".yaml", ".yml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The files to read, in the order they count, and those that cannot be."""

    rules: tuple[Path, ...]
    lists: tuple[Path, ...]

    def names(self) -> dict[Path, str]:
        """Return what each file is called wherever the folders are: `rules/x.yaml`, and lists by their place."""
        named = {path: f"rules/{path.name}" for path in self.rules}
        return named | {path: f"{place}/{LISTS}" for place, path in enumerate(self.lists)}

    def supposing(self, path: Path) -> "Sources":
        """Return the sources with this rule file among them, in place of one of the same name."""
        chosen = {known.name: known for known in self.rules} | {path.name: path}
        return replace(self, rules=tuple(chosen[name] for name in sorted(chosen)))


def of_configs(folders: Sequence[Path]) -> Sources:
    """Return the files of config folders. A rule file of a later folder replaces one of the same name."""
    chosen = {path.name: path for folder in folders for path in _yaml_in(folder / "rules")}
    lists = (folder / LISTS for folder in folders)
    return Sources(rules=tuple(chosen[name] for name in sorted(chosen)), lists=tuple(filter(Path.exists, lists)))


def of_paths(paths: Iterable[Path], lists: Sequence[Path] = ()) -> Sources:
    """Return the files of anything pointed at: a config folder, a folder of rule files, a rule file, a `lists.yaml`.

    Lists are `lists.yaml` beside the files or one folder up; `lists` come first and give way to them. A `lists.yaml`
    brings the rules of its folder with it, which lean on it.
    """
    rules: list[Path] = []
    found = list(lists)
    for path in paths:
        home = path if path.is_dir() else path.parent
        if path.name == LISTS and not path.is_dir():
            rules += _yaml_in(home / "rules")
            found.append(path)
            continue
        is_config = (path / "rules").is_dir()
        rules += _yaml_in(path / "rules") if is_config else _yaml_in(path) if path.is_dir() else [path]
        found += [near for folder in (home.parent, home) if (near := folder / LISTS).is_file()]
    return Sources(rules=_once(rules), lists=_once(found))


def _once(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return each file once, however many ways it is pointed at, by the first of them."""
    known: dict[Path, Path] = {}
    for path in paths:
        known.setdefault(path.resolve(), path)
    return tuple(known.values())


def _yaml_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and _is_rules(path))
    except FileNotFoundError:
        return []
    except OSError:
        return [folder]  # read as a file it fails, and is told as every file that cannot be read


def _is_rules(path: Path) -> bool:
    return path.name != LISTS and not path.name.startswith(".")
