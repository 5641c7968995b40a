"""What an opened function returns becomes what its caller calls it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import libcst as cst

from exporters.cutting.flow import Body, Frame, Leave, Plain, Turn, assign, freestanding, statement
from exporters.cutting.names import local_names
from exporters.cutting.source import Function
from exporters.shared.identifiers import Unique


@dataclass(slots=True)
class Returned:
    """Binds what an opened function returns."""

    frame: Frame
    function: Function
    variable: str
    """The variable that takes it; empty where nobody asks for it."""
    responds: bool = False
    """Whether the caller responds with it."""
    is_bound: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if self.variable:
            self.name = free_name("result", self.frame, self.function)
            self.frame.names[self.name] = self.variable

    @property
    def is_same(self) -> bool:
        """Whether the variable that is returned is the one that takes it."""
        same = single_return(self.function)
        return bool(same) and bool(self.variable) and self.frame.names.get(same) == self.variable

    def bind(self, item: Leave | Turn) -> Body:
        assert isinstance(item, Leave)
        if not self.variable:
            is_quiet = item.value is None or isinstance(item.value, cst.Name | cst.SimpleString | cst.Integer)
            if is_quiet and not item.plain.marks:
                return []
            return [statement(cst.Expr(freestanding(item.value or cst.Name("None"))), item.plain, item.plain.marks)]
        self.is_bound = True
        if self.is_same:
            return []
        plain = binding_of(self.name, item)
        plain.responds = self.responds
        return [plain]


def binding_of(name: str, item: Leave) -> Plain:
    """What stands in the place of a `return`."""
    value = item.value or cst.Name("None")
    plain = statement(assign(name, value), item.plain, item.plain.marks)
    line = item.plain.body[0]
    if isinstance(line, cst.SimpleStatementLine) and isinstance(plain.body[0], cst.SimpleStatementLine):
        kept = plain.body[0].with_changes(
            leading_lines=line.leading_lines, trailing_whitespace=line.trailing_whitespace
        )
        plain.body = [kept]
    return plain


def binding_of_none(name: str, frame: Frame, like: Plain) -> Plain:
    """What stands behind a function of that frame that returns nothing, for a caller that takes it."""
    line = cst.SimpleStatementLine([assign(name, cst.Name("None"))])
    return Plain([line], frame, like.first, like.last, responds=like.responds)


def free_name(name: str, frame: Frame, function: Function) -> str:
    """A name that means nothing else in the function."""
    taken = {*frame.names, *(node.id for node in ast.walk(function.node) if isinstance(node, ast.Name))}
    return Unique(taken)(name)


def single_return(function: Function) -> str:
    """The local variable that the function returns in its only `return`, at its end; empty for any other way."""
    returns = [node for node in ast.walk(function.node) if isinstance(node, ast.Return)]
    if len(returns) != 1 or function.node.body[-1] is not returns[0]:
        return ""
    value = returns[0].value
    is_local = isinstance(value, ast.Name) and value.id not in function.parameters
    return value.id if isinstance(value, ast.Name) and is_local and value.id in local_names(function) else ""
