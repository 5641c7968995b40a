"""Which statements open a transaction that others have to end."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from discover import model
from exporters.cutting.flow import Plain
from exporters.cutting.marks import deep
from exporters.cutting.source import Code

_ENDS = frozenset({"commit", "rollback"})


class Transactions:
    """Looks at the calls on a session, in a leaf and in the functions that it leads to."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def leaves_open(self, leaf: Plain) -> bool | None:
        """True where changes of a session are left to be committed, False where they are committed, else None."""
        if any(True for _ in _ends(leaf.tree)):
            return False
        writes = [n for n in deep(leaf.marks) if isinstance(n, model.Step) and n.kind == "db_write" and _is_session(n)]
        return True if any(not self._is_ended(step) for step in writes) else None

    def _is_ended(self, step: model.Step) -> bool:
        """Whether the unit that makes the change ends its transaction itself, or a `with` around it does."""
        function = self._code.function(step.unit)
        if function is None:
            return False
        if any(True for _ in _ends([function.node])):
            return True
        return any(
            isinstance(node, ast.With | ast.AsyncWith) and node.lineno < step.line <= (node.end_lineno or node.lineno)
            for node in ast.walk(function.node)
        )


def _is_session(step: model.Step) -> bool:
    return "sqlalchemy" in step.evidence or "on a mapped" in step.evidence or step.evidence.startswith("sqlmodel")


def _ends(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in _ENDS:
                yield inner
