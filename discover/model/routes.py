"""Routes as a reader writes them."""

from __future__ import annotations

import re

_GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_GRAMMAR = re.compile(r"\\Z|[\^$]|/\?|\\(?=[./-])")


def plain_route(route: str) -> str:
    r"""A route without the grammar of patterns: `^orders/(?P<code>\d+)/?$` is `orders/<code>`."""
    return _GRAMMAR.sub("", _GROUP.sub(r"<\1>", route))
