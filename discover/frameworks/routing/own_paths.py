"""The project's HTTP routes by their paths, and which of them an address means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from discover.frameworks.records import EntryPoint

_HOLE = re.compile(r"\(\?P<[^>]*>(?:[^()]|\([^()]*\))*\)|<[^>]*>|\{[^}]*\}")
_OWN_HOSTS = ("localhost", "127.0.0.1", "0.0.0.0", "testserver")  # noqa: S104 - compared with, never bound to


class Routes:
    """The project's HTTP routes by their paths."""

    def __init__(self, entry_points: Iterable[EntryPoint]) -> None:
        self._routes = [
            (entry, _segments(entry.detail.path))
            for entry in entry_points
            if entry.kind == "http" and entry.detail.path
        ]

    def __bool__(self) -> bool:
        return bool(self._routes)

    def matching(self, path: str, method: str) -> dict[str, EntryPoint]:
        """The handlers of a path and method, by unit."""
        wanted = _segments(path)
        return {e.unit: e for e, segments in self._routes if _is_same(wanted, segments) and _takes(e, method)}

    def only(self, path: str, method: str) -> EntryPoint | None:
        """The one handler of a path and method."""
        found = self.matching(path, method)
        return next(iter(found.values())) if len(found) == 1 else None


def own_path(url: str) -> str | None:
    """The path of a URL that may be the project's own; None where it is somebody else's."""
    if "://" in url:
        try:
            parts = urlsplit(url.replace("{", "").replace("}", ""))
        except ValueError:
            return None
        return parts.path if (parts.hostname or "") in ("", *_OWN_HOSTS) else None
    head, slash, rest = url.partition("/")
    if not slash or (head and _HOLE.sub("", head)):
        return None
    return "/" + rest.partition("?")[0]


def path_of(url: str) -> str:
    """The path of any URL, whosever it is; empty where the text is none."""
    own = own_path(url)
    if own is not None:
        return own
    try:
        return urlsplit(url).path if "://" in url else ""
    except ValueError:
        return ""


def _segments(path: str | None) -> tuple[str, ...]:
    cleaned = _HOLE.sub("{}", path or "").replace("\\Z", "").strip("^$")
    return tuple("{}" if "{}" in part else part for part in cleaned.strip("/").split("/"))


def _is_same(called: tuple[str, ...], route: tuple[str, ...]) -> bool:
    if len(called) != len(route):
        return False
    literal = [a for a, b in zip(called, route, strict=True) if a == b and a != "{}"]
    fits = all(a == b or (b == "{}" and a) for a, b in zip(called, route, strict=True))
    return fits and any(len(part) >= 4 for part in literal)


def _takes(entry: EntryPoint, method: str) -> bool:
    return not entry.detail.methods or not method.isalpha() or method.upper() in entry.detail.methods
