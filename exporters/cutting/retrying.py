"""Puts around the body of an opened function what decorators of libraries do: other tries, a context manager."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from exporters.cutting.flow import Attempt, Body, Frame, Handler, NewName, Plain, Retried, Within, head
from exporters.cutting.layers import Managed
from exporters.cutting.names import names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.retries import Tried
from exporters.cutting.source import Function


def around(body: Body, layers: Iterable[Tried | Managed], function: Function, frame: Frame, new: NewName) -> Body:
    """The body, tried again and managed as the decorators of the function say, the outermost of which comes first."""
    layers = list(layers)
    tries = [layer for layer in layers if isinstance(layer, Tried)]
    rebound = sorted(set(function.parameters) & names_in(function.node.body).bound)
    if tries and rebound:
        raise CannotCutError(f"`{function.node.name}` binds `{rebound[0]}` anew, and is tried again")
    line = function.node.lineno
    for each in reversed(layers):
        if isinstance(each, Managed):
            body = [_managed(body, each, frame, line)]
            continue
        body = [Retried(each.retry, body, frame, line, each.text, each.losses)]
        if each.exhausted:
            body = [_exhausted(body, each, frame, line, new)]
    return body


def _managed(body: Body, managed: Managed, frame: Frame, line: int) -> Within:
    """The body below a context manager."""
    node = cst.ensure_type(cst.parse_statement(f"with {managed.manager}:\n    pass\n"), cst.With)
    return Within(node, Plain([node], frame, line, line), body)


def _exhausted(body: Body, tried: Tried, frame: Frame, line: int, new: NewName) -> Attempt:
    """What the last failure becomes."""
    like = Plain([], frame, line, line)
    name = new(like, "error")
    lines = cst.parse_module(tried.exhausted.format(error=name) + "\n").body
    raising = Plain(list(lines), frame, line, line)
    node = cst.ensure_type(
        cst.parse_statement(f"try:\n    pass\nexcept {tried.errors} as {name}:\n    pass\n"), cst.Try
    )
    kind = head(cst.parse_expression(tried.errors), frame, line)
    handler = Handler(node.handlers[0], kind, name, frame.names[name], [raising], only_holds=True)
    return Attempt(node, body, [handler], [], [], line, "Give up")
