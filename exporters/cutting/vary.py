"""`Vary: Cookie` stands in a response whose request was asked for its session; each step of a run has a request anew.

So the header is there where the step that responds asks for the session, and lost where only others do.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from discover import model
from exporters.base import Loss
from exporters.cutting.context import ASKING_WHO
from exporters.cutting.flow import Body, Plain, leaves
from exporters.cutting.source import Code, Function, dotted_name
from exporters.worker.finding import family

_PARTS = frozenset({"session", "user", "auser"})
"""Parts of a Django request that rest on the session."""
_IN_FLASK = frozenset({"flask.session", "flask_login.current_user"})


def vary_losses(
    body: Body, unit: str, framework: str, triggers: Mapping[str, model.Trigger], code: Code, where: str
) -> Iterator[Loss]:
    """A loss where a request's session is asked for, but not in every step that responds."""
    function = code.function(unit)
    if function is None or family(framework) not in {"django", "flask"}:
        return
    looking = _Looking(code, framework)
    every = list(leaves(body))
    responding = [leaf for leaf in every if leaf.responds]
    if responding and all(looking.leaf(leaf) for leaf in responding):
        return
    asked = looking.gate(function) or next((found for leaf in every if (found := looking.leaf(leaf))), "")
    asked = asked or looking.hook(triggers.values())
    if asked:
        why = f"`{asked}` asks for the session in another step than the one that responds: no `Vary: Cookie` is told"
        yield Loss("vary-header", where, why)


class _Looking:
    """Looks for what asks for a request's session."""

    def __init__(self, code: Code, framework: str) -> None:
        self._code = code
        self._is_flask = family(framework) == "flask"

    def gate(self, function: Function) -> str:
        """The decorator that asks when a run begins, not again; a class of Django has its own around each step."""
        if function.owner is not None and not self._is_flask:
            return ""
        for decorator in function.node.decorator_list:
            name = dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name.rpartition(".")[2] in ASKING_WHO:
                return name
        return ""

    def leaf(self, leaf: Plain) -> str:
        """What in the leaf asks; empty for nothing."""
        file = self._code.file(leaf.frame.file)
        assert file is not None
        if self._is_flask:
            named = _dotted(leaf.nodes())
            return next((one for one in named if self._code.named(file, one, leaf.frame.paths) in _IN_FLASK), "")
        return next((found for node in leaf.nodes() if (found := _part(node, leaf.frame.context))), "")

    def hook(self, triggers: Iterable[model.Trigger]) -> str:
        """The function that asks of those which Flask calls before a view: when the run begins."""
        for one in triggers if self._is_flask else ():
            hook = self._code.function(one.handler) if one.detail.name == "before_request" else None
            if hook is not None and any(
                self._code.named(hook.file, name) in _IN_FLASK for name in _dotted(ast.walk(hook.node))
            ):
                return hook.node.name
        return ""


def _dotted(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names among the nodes, also those of a module's parts: `session`, `flask.session`."""
    return (name for node in nodes if isinstance(node, ast.Name | ast.Attribute) and (name := dotted_name(node)))


def _part(node: ast.AST, context: Iterable[str]) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id=request), attr=attr) if request in context and attr in _PARTS:
            return f"{request}.{attr}"
        case _:
            return ""
