"""A certificate authority for one test run: made by the openssl program, trusted by those handed its file."""

import shutil
import ssl
import subprocess
from itertools import count
from pathlib import Path

import pytest

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    """Issues certificates into `folder`. Skips the test where the openssl program is missing."""

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("openssl") or pytest.skip("the openssl program is not installed here")
        self._folder = folder
        self._numbers = count(1)
        self._key = folder / "authority.key"
        self.file = folder / "authority.pem"
        ends = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        self._self_signed(self.file, self._key, "Throw-away authority", ends)

    def trusting(self) -> ssl.SSLContext:
        """Return a client's context that trusts this authority and no other."""
        return ssl.create_default_context(cafile=str(self.file))

    def server(self, *names: str, days: int = 2, signed: bool = True) -> ssl.SSLContext:
        """Return a server's context for these host names: expired if `days` is -1, its own issuer if not `signed`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.files(*names, days=days, signed=signed))
        return context

    def files(self, *names: str, days: int = 2, signed: bool = True) -> tuple[Path, Path]:
        """Return the files of such a certificate and of its key."""
        number = next(self._numbers)
        pem, key, asked = (self._folder / f"{number}.{end}" for end in ("pem", "key", "csr"))
        alternative = ["-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)]
        if signed:
            self._run("req", *NEW_KEY, "-keyout", key, "-out", asked, "-subj", f"/CN={names[0]}", *alternative)
            issuer = ["-CA", self.file, "-CAkey", self._key, "-CAcreateserial"]
            copied = ["-days", days, "-copy_extensions", "copy"]
            self._run("x509", "-req", "-in", asked, *issuer, *copied, "-out", pem)
        else:
            self._self_signed(pem, key, names[0], alternative)
        return pem, key

    def _self_signed(self, pem: Path, key: Path, name: str, extensions: list[str]) -> None:
        self._run(
            "req", "-x509", *NEW_KEY, "-keyout", key, "-out", pem, "-days", 2, "-subj", f"/CN={name}", *extensions
        )

    def _run(self, *words: object) -> None:
        done = subprocess.run(
            [self._program, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
