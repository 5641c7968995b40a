"""A configuration's plain data to a `Config`, or a `ConfigError` that says where, what, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from discover.config.check_corrections import CorrectionChecker
from discover.config.records import Config, Limits, ServiceSetting
from discover.config.rules import NAMES
from discover.config.safe_yaml import Plain
from discover.errors import ConfigError

Path = tuple[str, ...]
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKmM]?)i?[bB]?")
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Checker:
    """Checks one file's settings; knows the file and the line of each key for its messages."""

    def __init__(self, file: str, lines: Callable[[Path], int]) -> None:
        self._file = file
        self._lines = lines

    def config(self, data: Plain) -> Config:
        """The settings as a record."""
        table = self.table((), data, KEYS)
        values = {name: _CHECKS[name](self, (name,), value) for name, value in table.items()}
        return Config(**values, file=self._file)

    def fail(self, path: Path, message: str) -> ConfigError:
        """The error for the key at this path."""
        return ConfigError(self._file, self._lines(path), message)

    def line_of(self, path: Path) -> int:
        """The line of the key at this path."""
        return self._lines(path)

    def table(self, path: Path, data: Plain, known: Iterable[str]) -> dict[str, Any]:
        """A table that has no other keys than the known ones."""
        where = ".".join(path)
        if not isinstance(data, dict):
            raise self.fail(path, f"`{where or 'the file'}` must be a table of keys and values, not {_kind(data)}")
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
            got = _kind(value) if items is None else "a list with " + _kind(_odd(items))
            raise self.fail(path, f'`{name}` must be a list of texts, as in `{name} = ["legacy/"]`, not {got}')
        return tuple(cast("list[str]", items))

    def folders(self, path: Path, value: Plain) -> tuple[str, ...]:
        """A list of paths inside the scanned root, normalised."""
        return tuple(self._inside(path, text) for text in self.texts(path, value))

    def _inside(self, path: Path, text: str) -> str:
        parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".")]
        if text.startswith(("/", "~")) or ".." in parts or "\0" in text or re.match(r"[A-Za-z]:", text):
            name = ".".join(path)
            raise self.fail(path, f"`{name}` must be relative to the scanned root and inside it, not `{text}`")
        return "/".join(parts)

    def dotted(self, path: Path, value: Plain) -> tuple[str, ...]:
        """A list of dotted module names."""
        names = self.texts(path, value)
        for name in names:
            if not _DOTTED.fullmatch(name):
                key = ".".join(path)
                raise self.fail(path, f"`{key}` must hold dotted module names, as `shop.settings`, not `{name}`")
        return names

    def rules(self, path: Path, value: Plain) -> dict[str, bool | tuple[str, ...]]:
        """Rule names to switches or patterns."""
        table = self.table(path, value, NAMES)
        return {name: self._rule((*path, name), setting) for name, setting in table.items()}

    def _rule(self, path: Path, value: Plain) -> bool | tuple[str, ...]:
        if isinstance(value, bool):
            return value
        if isinstance(value, list):
            return self.texts(path, cast("Any", value))
        name = ".".join(path)
        raise self.fail(path, f"`{name}` must be true, false or a list of patterns, not {_kind(value)}")

    def services(self, path: Path, value: Plain) -> tuple[ServiceSetting, ...]:
        """A list of deployables."""
        if not isinstance(value, list):
            example = '`services = [{name = "api", root = "services/api"}]`'
            raise self.fail(path, f"`services` must be a list of tables, as in {example}, not {_kind(value)}")
        return tuple(self._service((*path, str(i)), item) for i, item in enumerate(cast("list[Any]", value)))

    def _service(self, path: Path, value: Plain) -> ServiceSetting:
        table = self.table(path, value, ("name", "root"))
        name, root = table.get("name"), table.get("root", "")
        if not isinstance(name, str) or not name:
            raise self.fail(path, "each of `services` needs `name`, a text")
        if not isinstance(root, str):
            raise self.fail((*path, "root"), f"`root` must be a folder, not {_kind(root)}")
        return ServiceSetting(name=name, root=self._inside((*path, "root"), root))

    def limits(self, path: Path, value: Plain) -> Limits:
        """The limits table."""
        table = self.table(path, value, Limits.__struct_fields__)
        return Limits(**{name: self._positive((*path, name), number) for name, number in table.items()})

    def _positive(self, path: Path, value: Plain) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.fail(path, f"`{'.'.join(path)}` must be a whole number above 0, not {_kind(value)}")
        return value

    def size(self, path: Path, value: Plain) -> int:
        """A number of bytes, or a text with a unit."""
        if isinstance(value, str):
            match = _SIZE.fullmatch(value.strip())
            if match:
                return int(float(match["number"]) * _FACTORS[match["unit"].lower()])
        elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise self.fail(path, f'`max_file_size` must be a number of bytes or a text as "2 MB", not {_kind(value)}')


_CHECKS: dict[str, Callable[[Checker, Path, Any], Any]] = {
    "include": Checker.texts,
    "exclude": Checker.texts,
    "rules": Checker.rules,
    "roots": Checker.folders,
    "services": Checker.services,
    "catalogs": Checker.folders,
    "settings_modules": Checker.dotted,
    "max_file_size": Checker.size,
    "limits": Checker.limits,
    "corrections": lambda checker, path, value: CorrectionChecker(checker).corrections(path, value),
}
KEYS = tuple(_CHECKS)


def _unknown(key: str, where: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else "known are " + ", ".join(f"`{name}`" for name in known)
    return f"unknown key `{key}`{f' in `{where}`' if where else ''}; {hint}"


def _odd(items: list[Any]) -> Plain:
    return next(item for item in items if not isinstance(item, str))


def _kind(value: Plain) -> str:
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
