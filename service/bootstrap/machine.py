"""What this machine is called among those that share a database."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

FILE = "machine"


def machine_id(data_dir: Path) -> str:
    """Return the name kept in the data folder, made at the first call; the host's own where none can be kept."""
    path = data_dir / FILE
    with suppress(OSError):
        data_dir.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError), path.open("x", encoding="utf-8") as file:
            file.write(f"{socket.gethostname()}-{secrets.token_hex(2)}\n")
        found = path.read_text(encoding="utf-8").strip()
        if found:
            return found
    return socket.gethostname()
