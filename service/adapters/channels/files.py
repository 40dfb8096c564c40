"""Mail into a folder, one `.eml` file each: what happens where no mail server is set, and in the demo."""

import logging
import os
import re
from pathlib import Path

from service.core.errors import SendFailed
from service.core.subscription import Message

log = logging.getLogger(__name__)

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


class MailFolder:
    """Writes mails to `folder`, made when first needed. A repeat of a message overwrites its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = False

    async def send(self, message: Message) -> int | None:
        """Write the mail. Raises SendFailed if the disk is full or the folder closed to us."""
        if not self._said:
            self._said = True
            log.warning("no mail server is set (TOCSIN_SMTP_URL): mail is written to %s", self._folder)
        try:
            self._write(_UNSAFE.sub("-", message.message_id).lstrip(".") or "mail", message.body)
        except OSError as error:
            raise SendFailed(f"cannot write to {self._folder}: {error.strerror or error}", retry=True) from error
        return None

    def _write(self, name: str, body: bytes) -> None:
        """Put the file there whole or not at all, also when the power fails."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{name}.{os.getpid()}.part"
        try:
            with beside.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._folder / f"{name}.eml")
        finally:
            beside.unlink(missing_ok=True)
