"""All settings, and where each came from: config/service.yaml, then the environment, then flags; the last one wins.

A wrong value is a BadConfig that names the line or the variable. Secrets may also come from a file: set the variable
with `_FILE` at its end to the file's path.
"""

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from service import resources
from service.adapters import yamlfile
from service.core.errors import BadConfig

SECRETS = ("secret_key", "operator_token", "database_url", "smtp_url", "dkim_key")
HIDDEN = ("secret_key", "operator_token", "dkim_key")
SHORTEST_TOKEN = 16
PREFIX = "TOCSIN_"
FAILPOINT = "TOCSIN_FAILPOINT"
"""Where tests have the process killed, see bootstrap.failpoint."""
YEAR_S = 365 * 86_400
NO_EXTRACTOR = "articles cannot be read without trafilatura: pip install 'tocsin[articles]'"


def extractor_installed() -> bool:
    """Tell whether the extra that reads articles is here. It is not imported: only a worker process ever does."""
    return find_spec("trafilatura") is not None


def _networks(value: object) -> object:
    """Read `10.0.0.0/8, fd00::/8`, or a list of such."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise ValueError("must be a list of networks such as 10.1.0.0/16")  # noqa: TRY004 - pydantic reports ValueError
    return tuple(ip_network(str(item).strip(), strict=False) for item in items if str(item).strip())


Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)]


class Settings(BaseModel):
    """What an operator can set. Names ending in `_s` are seconds. `origins` says where each value came from."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: Path = Field(default_factory=lambda: default_data_dir(os.environ))
    database_url: str = ""
    config_dir: Path | None = None
    templates_dir: Path | None = None
    bind: str = "127.0.0.1:8000"
    base_url: str = ""
    smtp_url: str = ""
    mail_from: str = "Tocsin <tocsin@localhost>"
    bounces_to: str = ""
    bounces_maildir: Path | None = None
    dkim_key: str = Field(default="", repr=False)
    dkim_selector: str = "tocsin"
    dkim_domain: str = ""
    secret_key: str = Field(default="", repr=False)
    operator_token: str = Field(default="", repr=False)
    public_subscribe: bool = True
    cap_status: Literal["Actual", "Exercise", "System", "Test", "Draft"] = "Draft"
    rules_from: Literal["files", "database"] = "files"
    allow_nets: Networks = ()
    tick_s: float = Field(default=5, gt=0, le=3600)
    min_interval_s: float = Field(default=300, gt=0, le=YEAR_S)
    max_interval_s: float = Field(default=21600, gt=0, le=YEAR_S)
    host_gap_s: float = Field(default=2, ge=0, le=3600)
    lease_s: float = Field(default=120, ge=1, le=YEAR_S)
    retry_after_max_s: float = Field(default=3600, ge=60, le=86_400)
    contact_url: str = ""
    articles: bool = Field(default_factory=extractor_installed)
    poll_batch: int = Field(default=50, ge=1, le=1000)
    ingest_batch: int = Field(default=20, ge=1, le=1000)
    deliver_batch: int = Field(default=50, ge=1, le=1000)
    origins: dict[str, str] = Field(default_factory=dict, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on. IPv6 hosts come without their brackets."""
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)

    @field_validator("bind")
    @classmethod
    def _bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the highest port there is
            raise ValueError("must be an address and a port such as 127.0.0.1:8000")
        return value

    @field_validator("operator_token")
    @classmethod
    def _token(cls, value: str) -> str:
        if value and len(value) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters; openssl rand -hex 16 makes one")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        url = urlsplit(value)
        if value and (url.scheme not in {"smtp", "smtps", "smtp+starttls"} or not url.hostname):
            raise ValueError("must look like smtp://host:25, smtps://host or smtp+starttls://user:password@host:587")
        return value

    @field_validator("contact_url")
    @classmethod
    def _contact(cls, value: str) -> str:
        local, at, host = value.removeprefix("mailto:").partition("@")
        return value if value.startswith("mailto:") and local and at and host else cls._web_address(value)

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ValueError("must start with http:// or https:// and name a host")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if value and (not separator or scheme not in {"sqlite", "postgresql+psycopg", "postgresql", "postgres"}):
            raise ValueError("must look like sqlite:////path/tocsin.db or postgresql+psycopg://user:password@host/name")
        return value if scheme in {"", "sqlite"} else f"postgresql+psycopg://{rest}"

    @model_validator(mode="after")
    def _fill(self) -> "Settings":
        """Derive what follows from other settings; frozen means frozen from here on."""
        if self.min_interval_s > self.max_interval_s:
            raise ValueError("min_interval_s is greater than max_interval_s")
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir.absolute() / 'tocsin.db'}")
        if not self.base_url:
            object.__setattr__(self, "base_url", _reachable(*self.address))
        return self


NAMES = tuple(name for name in Settings.model_fields if name != "origins")


class Shown(NamedTuple):
    """One line of `tocsin settings`, secrets already masked."""

    name: str
    value: str
    origin: str


class _Given(NamedTuple):
    """A value before it is checked, and where it stood: `file` is a path, a variable's or a flag's name."""

    value: Any
    file: str
    line: int | None = None
    column: int | None = None

    @property
    def origin(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def bad(self, message: str, hint: str = "") -> BadConfig:
        return BadConfig(message, hint=hint, file=self.file, line=self.line, column=self.column)


def default_data_dir(environ: Mapping[str, str], *, checkout: Path | None = resources.CHECKOUT) -> Path:
    """Return `data/` of the checkout, or where the system keeps a program's state when Tocsin is installed."""
    if checkout:
        return checkout / "data"
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tocsin"


def load(environ: Mapping[str, str] | None = None, flags: Mapping[str, object] | None = None) -> Settings:
    """Read all settings. `flags` holds what the command line gave by setting name; None values are not given.

    Raises BadConfig for the first thing that is wrong.
    """
    environ = os.environ if environ is None else environ
    given = {
        name: _Given(value, "--" + name.replace("_", "-")) for name, value in (flags or {}).items() if value is not None
    }
    given = dict(_from_environment(environ)) | given
    folder = Path(str(given["config_dir"].value)) if "config_dir" in given else None
    for config in reversed(resources.folders("config", folder)):
        given = dict(_from_file(config / "service.yaml")) | given
    given.setdefault("data_dir", _Given(default_data_dir(environ), "default"))
    origins = {name: given[name].origin if name in given else "default" for name in NAMES}
    if "articles" not in given and not extractor_installed():
        origins["articles"] = f"default: {NO_EXTRACTOR}"
    try:
        return Settings.model_validate({name: item.value for name, item in given.items()} | {"origins": origins})
    except ValidationError as error:
        raise _explain(error, given) from error


def missing(settings: Settings) -> list[str]:
    """Return a sentence for each thing that was asked for and cannot be, because it is not installed."""
    return [f"articles is on, but {NO_EXTRACTOR}"] if settings.articles and not extractor_installed() else []


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each TOCSIN_ variable that nothing reads: probably a typo."""
    known = {_variable(name) for name in NAMES}
    known |= {f"{_variable(name)}_FILE" for name in SECRETS} | {FAILPOINT}
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return [f"{name} is set, but nothing reads it{_did_you_mean(name, known)}" for name in strange]


def shown(settings: Settings) -> Iterator[Shown]:
    """Yield every setting for people's eyes: secrets masked, the password inside a URL too."""
    for name in NAMES:
        yield Shown(name, _masked(name, getattr(settings, name)), settings.origins.get(name, "default"))


def _reachable(host: str, port: int) -> str:
    """Return where a browser on this machine finds a server bound to this address."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _masked(name: str, value: object) -> str:
    if name in HIDDEN:
        return "***" if value else ""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if value is None:
        return ""
    url = urlsplit(str(value)) if "://" in str(value) else None
    if url is None or url.password is None:
        return str(value)
    return urlunsplit(url._replace(netloc=f"{url.username or ''}:***@{url.netloc.rpartition('@')[2]}"))


def _variable(name: str) -> str:
    return "DATABASE_URL" if name == "database_url" else PREFIX + name.upper()


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, _Given]]:
    """Yield what the environment gives. An empty variable counts as unset, as in compose files."""
    for name in NAMES:
        variable = _variable(name)
        if environ.get(variable):
            yield name, _Given(environ[variable], variable)
        elif name in SECRETS and environ.get(f"{variable}_FILE"):
            yield name, _from_secret_file(environ[f"{variable}_FILE"], f"{variable}_FILE")


def _from_secret_file(path: str, variable: str) -> _Given:
    try:
        return _Given(Path(path).read_text(encoding="utf-8").strip(), variable)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"cannot read {path}: {error}", hint="check the path and its permissions", file=variable
        ) from error


def _from_file(path: Path) -> Iterator[tuple[str, _Given]]:
    if not yamlfile.is_there(path):
        return
    document = yamlfile.load(path)
    if not isinstance(document.data, dict):
        if document.data is not None:
            raise document.bad("settings must be `name: value` lines", hint="see the shipped config/service.yaml")
        return
    for name, value in document.data.items():
        if name == "config_dir":
            raise document.bad("a config file cannot say where the config is", name, hint="set TOCSIN_CONFIG_DIR")
        if name in HIDDEN:
            hint = f"set {_variable(name)} or its _FILE"
            raise document.bad("secrets do not belong into this file", name, hint=hint)
        if name not in NAMES:
            raise document.bad(f"there is no setting {name!r}{_did_you_mean(str(name), NAMES)}", name)
        if value is not None:
            yield name, _Given(value, str(path), *document.at(name))


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _explain(error: ValidationError, given: Mapping[str, _Given]) -> BadConfig:
    """Turn the first thing pydantic found into an error that names its place. The value stays out: it may be secret."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    message = first["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if name in given:
        return given[name].bad(f"{name} {message}", hint="`tocsin settings` lists all of them")
    return BadConfig(message, hint="`tocsin settings` lists all of them")
