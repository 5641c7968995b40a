"""Routes as a reader writes them."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
_GRAMMAR = re.compile(r"\\Z|[\^$]|/\?|\\(?=[./-])")

_ESCAPE = re.compile(r"\\.")
_SET = re.compile(r"\[(\^?)([^\]]*)\]")
_WIDE = re.compile(r"\\[SWD]")


def plain_route(route: str) -> str:
    r"""A route without the grammar of patterns: `^orders/(?P<code>\d+)/?$` is `orders/<code>`."""
    return _GRAMMAR.sub("", _GROUP.sub(r"<\1>", route))


def route_with_places(route: str) -> str:
    r"""The same, as it can be filled and matched: what may hold a slash, as `(?P<file>.*)`, is `<path:file>`."""
    return _GRAMMAR.sub("", _GROUP.sub(_place, route))


def _place(group: re.Match[str]) -> str:
    name, pattern = group.groups()
    return f"<path:{name}>" if _may_hold_slash(pattern) else f"<{name}>"


def _may_hold_slash(pattern: str) -> bool:
    plain = _ESCAPE.sub("", pattern)
    sets = [("/" in members) != bool(others) for others, members in _SET.findall(plain)]
    return any(sets) or bool({".", "/"} & set(_SET.sub("", plain))) or bool(_WIDE.search(pattern))
