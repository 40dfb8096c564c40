"""The program's commands as real processes, started quickly."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from service.cli.main import main
from tests.forks import Program

ROOT = Path(__file__).parent.parent


def tocsin(*words: str, environ: Mapping[str, str], almighty: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, with this environment only. Whatever it says, it never shows a traceback.

    Not `almighty`, it obeys files' permissions even where the tests run as root.
    """
    with TemporaryDirectory() as folder:
        with Program(_become, words, Path(folder), almighty, environ=environ) as program:
            code = program.wait()
        out, err = (Path(folder, name).read_text() for name in ("out", "err"))
    assert code is not None
    assert "Traceback" not in err, err
    return subprocess.CompletedProcess(list(words), code, out, err)


def run_command(*words: str) -> None:
    """Do what the program does, in this process."""
    sys.argv = ["tocsin", *words]
    main()


def _become(words: tuple[str, ...], folder: Path, almighty: bool) -> None:  # noqa: FBT001  passed to a process
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if not almighty:
        _obey_permissions()
    run_command(*words)


def _obey_permissions() -> None:
    """Give up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root reads and writes what it likes (capset(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice, as each is 64 bits
    assert libc.capget(header, data) == 0
    for number in range(3):
        data[number] &= ~0b110
    assert libc.capset(header, data) == 0
