"""One file in, one serialisable `ModuleFacts` out; in parallel, and cached.

The names are imported when they are first asked for, so that the records cost nothing but msgspec.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.facts.cache import FactsCache, default_cache_path
    from discover.facts.contents import SourceFile, read_contents, tree_key
    from discover.facts.extract import extract
    from discover.facts.failure import Failure, UnreadableSourceError
    from discover.facts.pool import extract_all
    from discover.facts.records import FACTS_VERSION, ModuleFacts

_HOMES = {
    "FACTS_VERSION": "records",
    "FactsCache": "cache",
    "Failure": "failure",
    "ModuleFacts": "records",
    "SourceFile": "contents",
    "UnreadableSourceError": "failure",
    "default_cache_path": "cache",
    "extract": "extract",
    "extract_all": "pool",
    "read_contents": "contents",
    "tree_key": "contents",
}

__all__ = [
    "FACTS_VERSION",
    "FactsCache",
    "Failure",
    "ModuleFacts",
    "SourceFile",
    "UnreadableSourceError",
    "default_cache_path",
    "extract",
    "extract_all",
    "read_contents",
    "tree_key",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
