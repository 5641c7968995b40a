"""The facts of stubs: those of the bundled catalogs' are the same in every scan, and kept."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from discover.catalog.compiled import compiled_folder, kept, store
from discover.facts.cache import facts_key
from discover.facts.records import ModuleFacts


class StubFacts:
    """Facts by the text of a stub, read from it where they are not kept."""

    def __init__(self, kept: Mapping[bytes, msgspec.Raw]) -> None:
        self._kept = kept
        self._decoder = msgspec.msgpack.Decoder(ModuleFacts)

    def of(self, module: str, text: str) -> ModuleFacts:
        """The facts of a module's stub."""
        kept = self._kept.get(facts_key(text.encode()))
        if kept is not None:
            with suppress(msgspec.DecodeError):
                facts = self._decoder.decode(kept)
                facts.path = _path(module)
                return facts
        return read_stub(module, text)


def read_stub(module: str, text: str) -> ModuleFacts:
    """The facts of a module's stub, from its text."""
    from discover.facts.extract import extract

    return extract(_path(module), text.encode())


def kept_stubs(bundled: Iterable[str], folders: Sequence[Path] | None = None) -> StubFacts:
    """The facts of all bundled stubs; where no folder holds them, they are put into the first that can be written."""
    folders = (compiled_folder(),) if folders is None else folders
    texts = {facts_key(text.encode()): text for text in sorted(bundled)}
    digest = hashlib.blake2b(b"".join(texts), digest_size=16).hexdigest()
    name = f"stubs.{sys.implementation.cache_tag}-{digest}.msgpack"
    found = kept(folders, name, dict[bytes, msgspec.Raw])
    if found is not None:
        return StubFacts(found)
    writable = next((folder for folder in folders if os.access(folder, os.W_OK)), None)
    if writable is None:
        return StubFacts({})  # a scan needs a few of them: reading all for it alone would not pay
    found = {key: msgspec.Raw(msgspec.msgpack.encode(read_stub("", text))) for key, text in texts.items()}
    store(writable / name, msgspec.msgpack.encode(found))
    return StubFacts(found)


def _path(module: str) -> str:
    return f"<{module}>"
