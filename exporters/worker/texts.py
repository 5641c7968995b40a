"""Values of libraries that a text makes again: fractions, addresses, URLs and secrets of pydantic."""

from __future__ import annotations

import importlib
from typing import Any

from exporters.worker.errors import RefusedError

_CLASSES = {
    "builtins": frozenset({"complex"}),
    "fractions": frozenset({"Fraction"}),
    "ipaddress": frozenset(
        {"IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface", "IPv6Interface"}
    ),
    "pydantic.types": frozenset({"SecretStr", "SecretBytes"}),
}
_URLS = "pydantic.networks"


def is_told(value: object) -> bool:
    """Whether its class is one of these."""
    return _is_known(type(value).__module__, type(value).__qualname__)


def encode(value: Any, inner: Any, _classes: object) -> dict[str, Any]:
    """The class, and the text; a secret's own value."""
    cls = type(value)
    held = value.get_secret_value() if cls.__module__ == "pydantic.types" else str(value)
    return {"$": "text", "class": f"{cls.__module__}:{cls.__qualname__}", "value": inner(held)}


def decode(named: str, held: Any) -> Any:
    """The value that `encode` took."""
    module, _, name = named.partition(":")
    if not _is_known(module, name):
        raise RefusedError(f"{named} is not made of a text")
    return getattr(importlib.import_module(module), name)(held)


def _is_known(module: str, name: str) -> bool:
    return name in _CLASSES.get(module, ()) or (module == _URLS and name.endswith(("Url", "Dsn")))
