"""Undoes Content-Encoding without ever holding more than a step: a small answer may inflate to a huge one."""

import zlib
from collections.abc import Iterator

from service.adapters.http.failure import HttpFailure

_STEP = 65_536
_PLAIN = {"", "identity", "none", "utf-8", "binary", "8bit"}  # servers do say such things; they mean nothing


class Inflater:
    """Undoes one Content-Encoding, a bounded piece at a time. Raises HttpFailure for what it does not speak."""

    def __init__(self, encoding: str) -> None:
        layers = [layer for part in encoding.split(",") if (layer := part.strip().lower()) not in _PLAIN]
        if len(layers) > 1:
            raise HttpFailure("protocol", f"compressed more than once ({encoding})")
        if layers and layers[0] not in {"gzip", "x-gzip", "deflate"}:
            raise HttpFailure("protocol", f"compressed in a way we did not offer ({encoding})")
        self._layer = layers[0] if layers else ""
        self._members = 0
        self._engine: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what the chunk inflates to, at most 64 KB at a time, so that the reader can stop at its cap."""
        while chunk:
            engine = self._engine or self._start(chunk)
            if engine is None:
                # Before the first member: plain although it claims otherwise, as some proxies leave it. After: padding.
                yield b"" if self._members else chunk
                return
            try:
                yield engine.decompress(chunk, _STEP)
            except zlib.error:
                raise HttpFailure("protocol", "the compressed answer is damaged") from None
            chunk = engine.unused_data if engine.eof else engine.unconsumed_tail
            self._engine = None if engine.eof else engine

    def finish(self) -> None:
        """Raise HttpFailure if the compressed answer ended too early."""
        if self._engine is not None:
            raise HttpFailure("protocol", "the compressed answer ended too early")

    def _start(self, chunk: bytes) -> "zlib._Decompress | None":
        """Begin a member, or return None when none begins here."""
        if self._layer == "deflate" and not self._members:
            # The name promises a zlib header; some servers leave it out.
            headed = chunk[0] & 0x0F == 8 and int.from_bytes((chunk + b"\0")[:2]) % 31 == 0  # noqa: PLR2004
            window = zlib.MAX_WBITS if headed or len(chunk) == 1 else -zlib.MAX_WBITS
        elif self._layer in {"gzip", "x-gzip"} and b"\x1f\x8b".startswith(chunk[:2]):
            window = zlib.MAX_WBITS | 16
        else:
            self._layer = ""
            return None
        self._members += 1
        return zlib.decompressobj(window)
