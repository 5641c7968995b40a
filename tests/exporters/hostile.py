"""Definitions whose texts try to be something else: an engine's expression, markup, the end of a string."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from exporters.canonical.records import Definition
from tests.exporters.canonical.test_round_trip import definitions

_PIECES = (
    "${workflow.input.secret}",
    "$${workflow.variables.n}",
    "${",
    "}",
    "#{secret}",
    "{{ secret }}",
    "{% secret %}",
    "$.secret",
    "\\(.secret)",
    "]]>",
    "<!--",
    "-->",
    '<bpmn:task id="x"/>',
    "<![CDATA[",
    "&amp;",
    "&#0;",
    '"',
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "\x00",
    "\x0b",
    "\x85",
    "\u2028",
    "\ufffe",
    "\r\n",
    '"); return 1; ("',
    "name",
)
TEXTS = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4)), min_size=1, max_size=4).map("".join)
_SAID = frozenset({"name", "at", "channel", "kind", "evidence", "whole", "queue", "task", "framework"})
"""Fields that hold the backend's own words; nothing checks what they say."""


@st.composite
def hostile(draw: Any) -> tuple[Definition, Definition]:
    """A definition, and the same with other words wherever the backend has the say."""
    plain = draw(definitions())
    words: dict[str, str] = {}

    def other(text: str) -> str:
        if text not in words:
            words[text] = draw(TEXTS)
        return words[text]

    def changed(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: changed(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [other(item) if key == "errors" else changed(item, key) for item in value]
        return other(value) if key in _SAID and isinstance(value, str) else value

    document = msgspec.to_builtins(plain)
    runs = [changed(run) | {"kind": run.get("kind", "task"), "framework": ""} for run in document["runs"]]
    return plain, msgspec.convert({**document, "runs": runs}, Definition)
