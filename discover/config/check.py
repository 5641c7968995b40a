"""A configuration's plain data to a `Config`, or a `ConfigError` that says where, what, and what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from discover.config.check_corrections import CorrectionChecker
from discover.config.checking import Checking, Path, kind_of
from discover.config.records import Config, Limits, ServiceSetting
from discover.config.rules import NAMES
from discover.config.safe_yaml import Plain

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKmM]?)i?[bB]?")
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Checker(Checking):
    """Checks one file's settings."""

    def config(self, data: Plain) -> Config:
        """The settings as a record."""
        table = self.table((), data, KEYS)
        values = {name: _CHECKS[name](self, (name,), value) for name, value in table.items()}
        return Config(**values, file=self.file)

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
        raise self.fail(path, f"`{name}` must be true, false or a list of patterns, not {kind_of(value)}")

    def services(self, path: Path, value: Plain) -> tuple[ServiceSetting, ...]:
        """A list of deployables."""
        if not isinstance(value, list):
            example = '`services = [{name = "api", root = "services/api"}]`'
            raise self.fail(path, f"`services` must be a list of tables, as in {example}, not {kind_of(value)}")
        return tuple(self._service((*path, str(i)), item) for i, item in enumerate(cast("list[Any]", value)))

    def _service(self, path: Path, value: Plain) -> ServiceSetting:
        table = self.table(path, value, ("name", "root"))
        name, root = table.get("name"), table.get("root", "")
        if not isinstance(name, str) or not name:
            raise self.fail(path, "each of `services` needs `name`, a text")
        if not isinstance(root, str):
            raise self.fail((*path, "root"), f"`root` must be a folder, not {kind_of(root)}")
        return ServiceSetting(name=name, root=self._inside((*path, "root"), root))

    def limits(self, path: Path, value: Plain) -> Limits:
        """The limits table."""
        table = self.table(path, value, Limits.__struct_fields__)
        return Limits(**{name: self._positive((*path, name), number) for name, number in table.items()})

    def _positive(self, path: Path, value: Plain) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.fail(path, f"`{'.'.join(path)}` must be a whole number above 0, not {kind_of(value)}")
        return value

    def size(self, path: Path, value: Plain) -> int:
        """A number of bytes, or a text with a unit."""
        if isinstance(value, str):
            match = _SIZE.fullmatch(value.strip())
            if match:
                return int(float(match["number"]) * _FACTORS[match["unit"].lower()])
        elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise self.fail(path, f'`max_file_size` must be a number of bytes or a text as "2 MB", not {kind_of(value)}')


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
