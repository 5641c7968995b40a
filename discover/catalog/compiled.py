"""What is kept of the bundled catalogs in a form that is read at once, beside them or in the cache's folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import TypeVar

import msgspec

LIBRARIES = Path(__file__).parent / "libraries"
_Kept = TypeVar("_Kept")


def compiled_folder() -> Path:
    """Where the compiled form of the bundled catalogs is kept: beside them, as Python keeps its modules' bytecode."""
    try:
        return Path(cache_from_source(str(LIBRARIES / "catalogs.py"))).parent
    except NotImplementedError:
        return LIBRARIES / "__pycache__"


def kept(folders: Iterable[Path], name: str, kind: type[_Kept]) -> _Kept | None:
    """What the first of the folders that can be read holds under this name; None where none does."""
    for folder in folders:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.msgpack.decode((folder / name).read_bytes(), type=kind)
    return None


def store(path: Path, data: bytes) -> bool:
    """Write `KIND-DIGEST.msgpack`, so that a reader sees all of it or nothing; whether that was possible.

    Files of the same kind with other digests go.
    """
    kind = path.name.rpartition("-")[0]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        for old in path.parent.glob(f"{kind}-*.msgpack"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        return False
    return True
