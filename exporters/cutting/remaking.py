"""Objects that code makes of plain data: the same one comes of making it again."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from exporters.cutting.assignments import Scope
from exporters.cutting.infer import Inference
from exporters.cutting.kinds import Kind
from exporters.cutting.sameness import is_logger
from exporters.cutting.selves import can_be_made_again
from exporters.cutting.source import Class, dotted_name


@dataclass(slots=True)
class Remaking:
    """Looks at each class once."""

    inference: Inference
    _known: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])

    def makes_again(self, node: ast.expr, scope: Scope) -> bool:
        """Whether the expression makes an object of plain data, and would make the same one again."""
        if not isinstance(node, ast.Call) or any(isinstance(one, ast.Starred) for one in node.args):
            return False
        of = self.inference.code.meant(node.func, scope.file, scope.env, scope.paths)
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        if not isinstance(of, Class) or self.inference.classes.kind(of).form != "other":
            return False
        if any(keyword.arg is None for keyword in node.keywords) or not all(map(_is_quiet, values)):
            return False
        key = (of.file.path, of.node.name)
        if key not in self._known:
            self._known[key] = can_be_made_again(of, self.inference.code)
        return self._known[key] and all(_is_data(self.inference.kind(value, scope)) for value in values)

    def finds_again(self, node: ast.expr, scope: Scope) -> bool:
        """Whether the expression asks for a logger, which each process has by its name."""
        if not isinstance(node, ast.Call) or node.keywords or not all(map(_is_told, node.args)):
            return False
        return is_logger(node, scope.file, self.inference.code, scope.paths)


def _is_told(node: ast.expr) -> bool:
    """Whether the value is a name, or a text of such."""
    match node:
        case ast.JoinedStr(values=values):
            return all(map(_is_told, values))
        case ast.FormattedValue(value=value):
            return _is_told(value)
        case _:
            return _is_quiet(node)


def _is_data(kind: Kind) -> bool:
    return kind.form in {"plain", "data"} and kind.crosses


def _is_quiet(node: ast.expr) -> bool:
    """Whether asking for the value does nothing: names, and what they hold."""
    return isinstance(node, ast.Constant) or bool(dotted_name(node))
