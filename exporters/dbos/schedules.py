"""Schedules in the words of code, as cron texts that the engine takes."""

from __future__ import annotations

import re

_NAMES = "sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CRON_FIELD = rf"(?:[\d*/,\-?#]|\b(?:{_NAMES})\b|(?<![A-Za-z])(?:LW|L|W)(?![A-Za-z]))+"
_CRON = re.compile(rf"{_CRON_FIELD}(\s+{_CRON_FIELD}){{4,5}}", re.IGNORECASE)
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


def cron(text: str) -> str | None:
    """A cron text (five fields, or six with seconds first); None where cron can't say it."""
    text = text.strip()
    if text.lower() in _ALIASES:
        return _ALIASES[text.lower()]
    if _CRON.fullmatch(text):
        return " ".join(text.split())
    every = _EVERY.fullmatch(text)
    return _interval(float(every.group(1)) * _SECONDS[(every.group(2) or "s")[0].lower()]) if every else None


def _interval(seconds: float) -> str | None:
    """Only what divides the next larger unit is a cron text: every 40 seconds is not."""
    whole = int(seconds)
    if whole != seconds or whole < 1:
        return None
    for unit, below, pattern in ((60, 1, "*/{} * * * * *"), (3600, 60, "*/{} * * * *"), (86400, 3600, "0 */{} * * *")):
        if whole < unit and whole % below == 0 and (unit // below) % (whole // below) == 0:
            return pattern.format(whole // below).replace("*/1 ", "* ")
    return {3600: "0 * * * *", 86400: "0 0 * * *"}.get(whole)
