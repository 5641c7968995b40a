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
        return True if any(not self._is_ended(step, leaf) for step in writes) else None

    def _is_ended(self, step: model.Step, leaf: Plain) -> bool:
        """Whether the unit that makes the change ends its transaction itself, or a `with` around it does.

        Of the leaf's own function only what stands in the leaf counts: the rest is for other steps.
        """
        if step.unit == leaf.frame.unit:
            return has_block(leaf)
        function = self._code.function(step.unit)
        if function is None:
            return False
        if any(True for _ in _ends([function.node])):
            return True
        return any(
            isinstance(node, ast.With | ast.AsyncWith) and node.lineno < step.line <= (node.end_lineno or node.lineno)
            for node in ast.walk(function.node)
        )


def has_block(leaf: Plain) -> bool:
    """Whether a `with` in the leaf may be what ends its transaction."""
    return not leaf.managers and any(isinstance(node, ast.With | ast.AsyncWith) for node in leaf.nodes())


def _is_session(step: model.Step) -> bool:
    """Whether the change waits in a session: a call on one, or what is set of a mapped object."""
    words = ("sqlalchemy", "sqlmodel", "on a mapped", "is assigned")
    return any(word in step.evidence for word in words)


def _ends(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in _ENDS:
                yield inner
