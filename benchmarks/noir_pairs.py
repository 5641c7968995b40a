r"""Endpoints of both sides, made alike: (path, method).

- A path's parameters become `{}` in whatever notation: `<int:id>`, `{id:path}`, `:id`, `@id:integer`, `?term`,
  `*path`, `(?P<id>\d+)`, `([^/]+)`. Anchors, escapes and the slash in front don't count; the slash at the end does.
- A websocket's method is GET, as its handshake's is.
- An endpoint that takes any method (a Django view without a decorator, a mounted application) is one claim. It finds
  whatever methods noir lists for its path, and is right when there is one: noir guesses them from the handler's body.
- The twin of a route that Django REST framework adds for a format suffix (`.json`) is the same endpoint, not counted.
- A command is `cli://PROGRAM/word/word`; the program's name doesn't count, as it is the installer who gives it, and
  `python file.py` is the program itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

ANY = "*"
_SUFFIX_TWIN = r"\.(?P<format>"
KINDS = ("http", "webhook", "graphql", "websocket")
Pair = tuple[str, str]

_PARAMETERS = re.compile(r"<[^<>]*>|\{[^{}]*\}|(?<=/)[:@?]\w+(?::\w+)?|\*\w*")
_GROUP = re.compile(r"\((?:[^()\\]|\\.)*\)[?*+]?")


class Claim(NamedTuple):
    """An endpoint that a scan found."""

    path: str
    method: str
    handler: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.handler}"


class _Detail(msgspec.Struct):
    path: str | None = None
    methods: tuple[str, ...] = ()
    command: str | None = None


class _Trigger(msgspec.Struct):
    kind: str
    handler: str
    detail: _Detail = msgspec.field(default_factory=_Detail)


class _Document(msgspec.Struct):
    triggers: list[_Trigger] = []


def normal(path: str, method: str) -> Pair:
    """The form in which both sides are compared."""
    if method == "CLI":
        return "cli:/" + "".join(f"/{word}" for word in path.removeprefix("cli://").split("/")[1:]), method
    return normal_path(path), method


def normal_path(path: str) -> str:
    """Parameters as `{}`, one slash in front, nothing of a regular expression's notation."""
    path = re.sub(r"\(\?P<\w+>", "(", path)
    while (shorter := _GROUP.sub("{}", path)) != path:
        path = shorter
    path = _PARAMETERS.sub("{}", path)
    for mark in ("\\Z", "$", "^", "\\"):
        path = path.replace(mark, "")
    return "/" + path.lstrip("/")


def claims_of(document: Path) -> list[Claim]:
    """The endpoints and commands of a scan's document, each pair once."""
    claims: dict[Pair, Claim] = {}
    for trigger in msgspec.json.decode(document.read_bytes(), type=_Document).triggers:
        for claim in _claims(trigger):
            claims.setdefault((claim.path, claim.method), claim)
    return list(claims.values())


def _claims(trigger: _Trigger) -> Iterable[Claim]:
    detail = trigger.detail
    if trigger.kind == "command" and detail.command is not None:
        is_program = detail.command.startswith("python ")
        words = "" if is_program else "".join(f"/{word}" for word in detail.command.split())
        yield Claim("cli:/" + words, "CLI", trigger.handler)
    elif trigger.kind in KINDS and detail.path is not None and _SUFFIX_TWIN not in detail.path:
        methods = ("GET",) if trigger.kind == "websocket" else detail.methods or (ANY,)
        for method in methods:
            yield Claim(normal_path(detail.path), method, trigger.handler)


def compare(expected: set[Pair], claims: Iterable[Claim]) -> tuple[set[Pair], list[Claim], int]:
    """The pairs that are missed, the claims that nobody expects, and the number of those that are right."""
    paths = {path for path, _ in expected}
    found: set[Pair] = set()
    invented: list[Claim] = []
    right = 0
    for claim in claims:
        if claim.method == ANY and claim.path in paths:
            found |= {pair for pair in expected if pair[0] == claim.path}
        elif (claim.path, claim.method) in expected:
            found.add((claim.path, claim.method))
        else:
            invented.append(claim)
            continue
        right += 1
    return expected - found, invented, right
