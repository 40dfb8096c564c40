"""Where the files that ship with Tocsin are: `templates/` and `config/`, in a checkout and in a wheel alike.

In a checkout they stand beside `service/`; a wheel carries them inside it, under `_data/`.
"""

from pathlib import Path
from typing import Literal

from service.core.errors import BadConfig

Folder = Literal["config", "templates"]

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None


def shipped(name: Folder) -> Path:
    """Return the folder that ships with this copy of Tocsin. Raises BadConfig if the installation lost it."""
    for folder in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise BadConfig(f"the shipped {name}/ folder is missing", hint="install Tocsin again", file=str(PACKAGE))


def folders(name: Folder, override: Path | None = None) -> tuple[Path, ...]:
    """Return where to look for a file of this folder, the operator's own first, the shipped one last.

    Raises BadConfig where the operator names a folder that is not there: a typo must not bring the defaults back.
    """
    if override is None:
        return (shipped(name),)
    if not override.is_dir():
        hint = f"create the folder, or correct TOCSIN_{name.upper()}_DIR"
        raise BadConfig(f"no such folder for {name}", hint=hint, file=str(override))
    return (override, shipped(name)) if override.resolve() != shipped(name) else (override,)


def gazetteer() -> Path:
    """Return the file of place names. It is built with the package; raises BadConfig where that was left out."""
    file = PACKAGE / "adapters" / "gazetteer.sqlite"
    if not file.is_file():
        raise BadConfig("the file of place names is missing", hint="`make` builds it, and so does pip", file=str(file))
    return file
