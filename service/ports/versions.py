"""What faces need from the database about the texts of watch rules: all there ever were, and those in force."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

RuleChannel = Literal["file", "web", "cli", "api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """A text a watch rule had, empty where it was removed. `number` counts the rule's versions from 1, the oldest."""

    number: int
    at: datetime
    text: str
    author: str
    channel: RuleChannel
    reason: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A file as it was last accepted, by which machine and when. One that was removed has no `digest`."""

    digest: str
    machine: str
    at: datetime


class RuleVersions(Protocol):
    """Every text a watch rule ever had, and the files as they were last accepted."""

    def note(
        self,
        rule_id: str,
        text: str,
        *,
        author: str,
        reason: str,
        now: datetime,
        channel: RuleChannel = "file",
        file: str = "",
    ) -> bool:
        """Keep this text if it differs from the last one. True if it was kept."""
        ...

    def note_read(self, texts: Mapping[str, tuple[str, str]], *, now: datetime) -> None:
        """Keep what was read from files where it differs from the last: text and file of rules by id. "" is removed."""
        ...

    def history(self, rule_id: str) -> list[RuleVersion]:
        """Return all versions, newest first."""
        ...

    def latest(self) -> Mapping[str, str]:
        """Return the last text of every rule that was not removed."""
        ...

    def accept(self, texts: Mapping[str, str], *, now: datetime, machine: str = "", over: bool = False) -> bool:
        """Make these, by name, the accepted files, all of them. True if that changed anything.

        What another machine accepted last stays if this machine's text was accepted some time before (it is behind),
        or if it lacks the file; unless it is to go `over` that. Where nothing names machines, nothing stays.
        """
        ...

    def accepted(self) -> Mapping[str, str]:
        """Return the texts of the accepted files, by name."""
        ...

    def accepted_digests(self) -> Mapping[str, str]:
        """Return what names each of those texts."""
        ...

    def files(self) -> Mapping[str, RuleFile]:
        """Return how each file was last accepted, by name; those that were removed too."""
        ...


def digest_of(text: str) -> str:
    """Return what names a file's text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
