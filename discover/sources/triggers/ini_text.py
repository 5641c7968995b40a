"""INI-like files (systemd units, supervisor, uWSGI) as sections with lines; repeated keys are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_SECTION = re.compile(r"\s*\[(?P<name>[^\]]+)\]\s*$")
_PAIR = re.compile(r"(?P<key>[^=:\s][^=:]*?)\s*[=:]\s*(?P<value>.*)$")
_LONGEST = 4_000
_EQUALS = re.compile(r"(?P<key>[^=\s][^=]*?)\s*=\s*(?P<value>.*)$")


class Setting(NamedTuple):
    """One line of a section."""

    section: str
    key: str
    value: str
    line: int


def settings(text: str, *, colons: bool = False, indented: bool = False) -> Iterator[Setting]:
    """Every setting in order. A trailing backslash (systemd) and, with `indented`, deeper lines continue a value."""
    section = ""
    current: Setting | None = None
    joining = False
    for number, raw in enumerate(text.splitlines(), 1):
        raw = raw[:_LONGEST]
        stripped = raw.strip()
        if current and (joining or (indented and raw[:1] in " \t" and stripped)):
            joining = stripped.endswith("\\")
            current = current._replace(value=f"{current.value} {stripped.removesuffix(chr(92)).strip()}".strip())
            continue
        if not stripped or stripped.startswith(("#", ";")):
            continue
        if current:
            yield current
            current = None
        header = _SECTION.match(raw)
        if header:
            section = header["name"].strip()
            continue
        pair = (_PAIR if colons else _EQUALS).match(stripped)
        if pair:
            joining = pair["value"].endswith("\\")
            value = pair["value"].removesuffix("\\").strip()
            current = Setting(section, pair["key"].strip(), value, number)
    if current:
        yield current
