"""What all checks of a configuration share: where a key stands, and what a wrong value is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from discover.config.safe_yaml import Plain
from discover.errors import ConfigError

Path = tuple[str, ...]


class Checking:
    """Checks tables and texts of one file; knows the file and the line of each key for its messages."""

    def __init__(self, file: str, lines: Callable[[Path], int]) -> None:
        self.file = file
        self._lines = lines

    def fail(self, path: Path, message: str) -> ConfigError:
        """The error for the key at this path."""
        return ConfigError(self.file, self._lines(path), message)

    def line_of(self, path: Path) -> int:
        """The line of the key at this path."""
        return self._lines(path)

    def table(self, path: Path, data: Plain, known: Iterable[str]) -> dict[str, Any]:
        """A table that has no other keys than the known ones."""
        where = ".".join(path)
        if not isinstance(data, dict):
            raise self.fail(path, f"`{where or 'the file'}` must be a table of keys and values, not {kind_of(data)}")
        table = cast("dict[str, Any]", data)
        names = list(known)
        for key in table:
            if key not in names:
                raise self.fail((*path, key), _unknown(key, where, names))
        return table

    def texts(self, path: Path, value: Plain) -> tuple[str, ...]:
        """A list of texts."""
        name = ".".join(path)
        items = cast("list[Any]", value) if isinstance(value, list) else None
        if items is None or not all(isinstance(item, str) for item in items):
            got = kind_of(value) if items is None else "a list with " + kind_of(_odd(items))
            raise self.fail(path, f'`{name}` must be a list of texts, as in `{name} = ["legacy/"]`, not {got}')
        return tuple(cast("list[str]", items))


def _unknown(key: str, where: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "known are " + ", ".join(f"`{name}`" for name in known)
    return f"unknown key `{key}`{f' in `{where}`' if where else ''}; {hint}"


def _odd(items: list[Any]) -> Plain:
    return next(item for item in items if not isinstance(item, str))


def kind_of(value: Plain) -> str:
    """What a message calls a value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f"the text `{value[:60]}`"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else f"a {type(cast('object', value)).__name__}"
