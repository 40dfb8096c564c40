"""The program's commands as real processes, started quickly: one process has everything imported and forks for each."""

import ctypes
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent


def tocsin(*words: str, environ: Mapping[str, str], almighty: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would, with this environment only. Whatever it says, it never shows a traceback.

    Not `almighty`, it obeys files' permissions even where the tests run as root.
    """
    done = _forked(words, environ, almighty=almighty)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@cache
def _parent() -> "subprocess.Popen[str]":
    """Start the process that forks; it ends with ours, when its standard input does."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.commands"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def _forked(words: Sequence[str], environ: Mapping[str, str], *, almighty: bool) -> subprocess.CompletedProcess[str]:
    parent = _parent()
    assert parent.stdin
    assert parent.stdout
    with TemporaryDirectory() as folder:
        parent.stdin.write(json.dumps([list(words), dict(environ), folder, almighty]) + "\n")
        parent.stdin.flush()
        code = int(parent.stdout.readline())
        out, err = (Path(folder, name).read_text() for name in ("out", "err"))
    return subprocess.CompletedProcess(list(words), code, out, err)


def _serve() -> None:
    from service.cli.main import COMMANDS  # noqa: PLC0415 - only the forking process needs it

    for module in set(COMMANDS.values()):
        import_module(f"service.cli.{module}")
    for line in sys.stdin:
        words, environ, folder, almighty = json.loads(line)
        child = os.fork()
        if not child:
            _become(words, environ, Path(folder), almighty=almighty)
        status = os.waitpid(child, 0)[1]
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(words: list[str], environ: dict[str, str], folder: Path, *, almighty: bool) -> None:
    from service.cli.main import main  # noqa: PLC0415 - as above

    code = 1
    try:
        os.environ.clear()
        os.environ.update(environ)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if not almighty:
            _obey_permissions()
        sys.argv = ["tocsin", *words]
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - as the interpreter would
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _obey_permissions() -> None:
    """Give up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by which root reads and writes what it likes (capset(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice, as each is 64 bits
    assert libc.capget(header, data) == 0
    for number in range(3):
        data[number] &= ~0b110
    assert libc.capset(header, data) == 0


if __name__ == "__main__":
    _serve()
