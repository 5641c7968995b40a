"""Schedules in the words of code, as cron texts that the engine takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED_DAYS = {name: number for number, name in enumerate(_DAYS)}
_NAMED_MONTHS = {name: number for number, name in enumerate(_MONTHS, 1)}
_EVERY = re.compile(
    r"(?:every\s+)?(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)?", re.IGNORECASE
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_PART = re.compile(r"(?:(?P<any>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<every>\d+))?")


@dataclass(frozen=True, slots=True)
class _Field:
    """What one field of a cron text may hold."""

    low: int
    high: int
    names: dict[str, int] = field(default_factory=dict[str, int])
    special: str = r"(?!)"
    """A pattern for parts of this field alone."""

    def takes(self, text: str) -> bool:
        return all(self._takes_part(part) for part in text.split(","))

    def _takes_part(self, part: str) -> bool:
        if re.fullmatch(self.special, part):
            return True
        match = _PART.fullmatch(part)
        if match is None or match["every"] in {"0", "00"}:
            return False
        ends = [self._number(text) for text in (match["first"], match["last"]) if text]
        return all(end is not None and self.low <= end <= self.high for end in ends)

    def _number(self, text: str) -> int | None:
        return int(text) if text.isdecimal() and text.isascii() else self.names.get(text)


_MINUTE = _Field(0, 59)
_FIELDS = (
    _MINUTE,
    _Field(0, 23),
    _Field(1, 31, special=r"\?|l|(?:[1-9]|[12]\d|3[01])w"),
    _Field(1, 12, _NAMED_MONTHS),
    _Field(0, 7, _NAMED_DAYS, special=r"\?|l[0-7]|(?:[0-7]|sun|mon|tue|wed|thu|fri|sat)#[1-5]"),
)


def cron(text: str) -> str | None:
    """A cron text (five fields, or six with seconds first); None where cron can't say it."""
    text = text.strip().removeprefix("cron ").strip()
    if text.lower() in _ALIASES:
        return _ALIASES[text.lower()]
    if _is_cron(text.lower().split()):
        return " ".join(text.split())
    every = _EVERY.fullmatch(text)
    return _interval(float(every.group(1)) * _SECONDS[(every.group(2) or "s")[0].lower()]) if every else None


def _is_cron(parts: list[str]) -> bool:
    fields = (_MINUTE, *_FIELDS) if len(parts) == len(_FIELDS) + 1 else _FIELDS
    return len(parts) == len(fields) and all(one.takes(part) for one, part in zip(fields, parts, strict=True))


def _interval(seconds: float) -> str | None:
    """Only what divides the next larger unit is a cron text: every 40 seconds is not."""
    whole = int(seconds)
    if whole != seconds or whole < 1:
        return None
    for unit, below, pattern in ((60, 1, "*/{} * * * * *"), (3600, 60, "*/{} * * * *"), (86400, 3600, "0 */{} * * *")):
        if whole < unit and whole % below == 0 and (unit // below) % (whole // below) == 0:
            return pattern.format(whole // below).replace("*/1 ", "* ")
    return {3600: "0 * * * *", 86400: "0 0 * * *"}.get(whole)
