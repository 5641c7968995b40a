"""Lays what happens on a function's statements: its source, and the model's nodes, as one structured flow."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import CodeRange, PositionProvider

from discover import model
from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Frame,
    Handler,
    Item,
    Leave,
    Plain,
    Repeat,
    Turn,
    Within,
    head,
    walk,
)
from exporters.cutting.marks import Mark, deep, marks_of
from exporters.cutting.names import names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Code, Function, imports_of

_EXITS = frozenset({"exit", "quit", "_exit", "SystemExit"})


@dataclass(slots=True)
class _Laying:
    frame: Frame
    ranges: dict[cst.CSTNode, CodeRange]
    offset: int
    marks: dict[int, list[Mark]]
    titles: dict[int, str]
    """The model's name of each decision, loop and try, by line."""

    def lines(self, node: cst.CSTNode) -> tuple[int, int]:
        place = self.ranges[node]
        return place.start.line + self.offset, place.end.line + self.offset

    def marks_between(self, first: int, last: int) -> list[Mark]:
        return [mark for line in sorted(self.marks) if first <= line <= last for mark in self.marks[line]]


def lay(code: Code, function: Function, frame: Frame, nodes: Iterable[model.Node]) -> Body:
    """The function's body with its marks."""
    nodes = tuple(nodes)
    wrapper = code.syntax(function)
    definition = wrapper.module.body[0]
    offset = function.first_line - 1
    if isinstance(definition, cst.ClassDef):
        definition, offset = definition.body.body[0], offset - 1
    assert isinstance(definition, cst.FunctionDef)
    titles = {
        node.line: node.name
        for node in deep(nodes)
        if isinstance(node, model.Decision | model.Loop | model.Guard) and node.unit == function.unit
    }
    ranges = dict(wrapper.resolve(PositionProvider))
    laying = _Laying(frame, ranges, offset, marks_of(nodes, function.unit), titles)
    if not isinstance(definition.body, cst.IndentedBlock):
        raise CannotCutError("its body stands on the line of its `def`")
    body = _sequence(laying, definition.body.body, in_loop=False)
    outside = [mark for line in laying.marks for mark in laying.marks[line] if line < function.node.body[0].lineno]
    if any(not isinstance(mark, model.Call) for mark in outside):
        raise CannotCutError("something happens around it, in its decorators or defaults")
    return _without_docstring(body)


def _without_docstring(body: Body) -> Body:
    first = body[0] if body else None
    if isinstance(first, Plain) and len(first.tree) == 1:
        statement = first.tree[0]
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return body[1:]
    return body


def new_frame(function: Function, variable: dict[str, str], parent: Frame | None = None, site: str = "") -> Frame:
    """The frame of a function whose local names stand for these variables."""
    frame = Frame(function.unit, function.file.path, function.file.module, variable, parent=parent, site=site)
    frame.is_async = isinstance(function.node, ast.AsyncFunctionDef)
    frame.globals = frozenset(names_in(function.node.body).read)
    for node in ast.walk(function.node):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name, path in imports_of(node, function.file).items():
                frame.imports[name] = _import_of(node, name)
                frame.paths[name] = path
    return frame


def _import_of(node: ast.Import | ast.ImportFrom, name: str) -> str:
    """The statement with the one name alone."""
    alias = next(a for a in node.names if (a.asname or a.name.partition(".")[0]) == name or a.name == name)
    alone = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
    return ast.unparse(alone)


def _sequence(laying: _Laying, statements: Sequence[cst.BaseStatement], *, in_loop: bool) -> Body:
    items: Body = []
    for node in statements:
        items.extend(_items(laying, node, in_loop=in_loop))
    return items


def _items(laying: _Laying, node: cst.BaseStatement, *, in_loop: bool) -> list[Item]:
    if isinstance(node, cst.SimpleStatementLine):
        return _simple(laying, node, in_loop=in_loop)
    assert isinstance(node, cst.BaseCompoundStatement)
    first, last = laying.lines(node)
    if not (laying.marks_between(first, last) or _leaves(node, in_loop=in_loop)):
        return [Plain([node], laying.frame, first, last)]
    match node:
        case cst.If():
            item = _choice(laying, node, in_loop=in_loop)
        case cst.For() if not node.asynchronous:
            item = _each(laying, node, in_loop=in_loop)
        case cst.While():
            item = _repeat(laying, node, in_loop=in_loop)
        case cst.Try() if not _meets_exit(node):
            item = _attempt(laying, node, in_loop=in_loop)
        case cst.With():
            item = _within(laying, node, in_loop=in_loop)
        case _:
            if _leaves(node, in_loop=in_loop):
                raise CannotCutError(f"it returns from inside `{_word(node)}`")
            return [Plain([node], laying.frame, first, last, laying.marks_between(first, last))]
    if not any(isinstance(one, Leave) for one in walk([item])):
        item.written = node
    return [item]


def _word(node: cst.BaseStatement) -> str:
    return {"Match": "match", "Try": "try", "TryStar": "except*", "For": "async for"}.get(
        type(node).__name__, "another block"
    )


def _simple(laying: _Laying, node: cst.SimpleStatementLine, *, in_loop: bool) -> list[Item]:
    first, last = laying.lines(node)
    marks = laying.marks_between(first, last)
    items: list[Item] = []
    for index, small in enumerate(node.body):
        alone = len(node.body) == 1
        line = node if alone else cst.SimpleStatementLine([small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])
        if not alone and index == 0:
            line = line.with_changes(leading_lines=node.leading_lines)
        plain = Plain([line], laying.frame, first, last, marks if index == len(node.body) - 1 else [])
        match small:
            case cst.Return():
                items.append(Leave(small.value, plain))
            case cst.Break() | cst.Continue() if in_loop:
                items.append(Turn(plain, isinstance(small, cst.Break)))
            case cst.Pass():
                pass
            case _:
                items.append(plain)
    return items


def _body(laying: _Laying, suite: cst.BaseSuite, *, in_loop: bool) -> Body:
    if isinstance(suite, cst.IndentedBlock):
        return _sequence(laying, suite.body, in_loop=in_loop)
    assert isinstance(suite, cst.SimpleStatementSuite)
    first, last = laying.lines(suite)
    line = cst.SimpleStatementLine(suite.body)
    laying.ranges[line] = laying.ranges[suite]
    del first, last
    return _simple(laying, line, in_loop=in_loop)


def _head(laying: _Laying, value: cst.BaseExpression) -> Plain:
    first, last = laying.lines(value)
    return head(value, laying.frame, first, laying.marks_between(first, last), last)


def _choice(laying: _Laying, node: cst.If, *, in_loop: bool) -> Choice:
    otherwise: Body = []
    if isinstance(node.orelse, cst.If):
        otherwise = [_choice(laying, node.orelse, in_loop=in_loop)]
    elif node.orelse is not None:
        otherwise = _body(laying, node.orelse.body, in_loop=in_loop)
    then = _body(laying, node.body, in_loop=in_loop)
    name = laying.titles.get(laying.lines(node)[0], "")
    return Choice(_head(laying, node.test), then, otherwise, tuple(node.leading_lines), name)


def _each(laying: _Laying, node: cst.For, *, in_loop: bool) -> Each:
    first, _ = laying.lines(node)
    binding = cst.Assign([cst.AssignTarget(node.target)], cst.Name("item"))
    target = Plain([cst.SimpleStatementLine([binding])], laying.frame, first, first)
    body = _body(laying, node.body, in_loop=True)
    otherwise = _body(laying, node.orelse.body, in_loop=in_loop) if node.orelse else []
    return Each(node, _head(laying, node.iter), body, otherwise, target, laying.titles.get(first, ""))


def _repeat(laying: _Laying, node: cst.While, *, in_loop: bool) -> Repeat:
    first, _ = laying.lines(node)
    body = _body(laying, node.body, in_loop=True)
    otherwise = _body(laying, node.orelse.body, in_loop=in_loop) if node.orelse else []
    return Repeat(node, _head(laying, node.test), body, otherwise, laying.titles.get(first, ""))


def _attempt(laying: _Laying, node: cst.Try, *, in_loop: bool) -> Attempt:
    handlers: list[Handler] = []
    for handler in node.handlers:
        name = ""
        if handler.name is not None:
            assert isinstance(handler.name.name, cst.Name)
            name = handler.name.name.value
        kind = _head(laying, handler.type) if handler.type is not None else None
        handlers.append(
            Handler(handler, kind, name, laying.frame.names.get(name, ""), _body(laying, handler.body, in_loop=in_loop))
        )
    first, _ = laying.lines(node)
    return Attempt(
        node,
        _body(laying, node.body, in_loop=in_loop),
        handlers,
        _body(laying, node.orelse.body, in_loop=in_loop) if node.orelse else [],
        _body(laying, node.finalbody.body, in_loop=in_loop) if node.finalbody else [],
        first,
        laying.titles.get(first, ""),
    )


def _within(laying: _Laying, node: cst.With, *, in_loop: bool) -> Within:
    first, _ = laying.lines(node.items[0])
    last = laying.lines(node.items[-1])[1]
    # The managers as an empty block of their own: it binds what the block binds, and reads what it reads.
    empty = node.with_changes(body=cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])]), leading_lines=())
    header = Plain([empty], laying.frame, first, last, laying.marks_between(first, last))
    return Within(node, header, _body(laying, node.body, in_loop=in_loop))


class _Leaving(cst.CSTVisitor):
    def __init__(self, *, in_loop: bool) -> None:
        self.found = False
        self._loops = 0 if in_loop else 1

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: ARG002, N802 - libcst names its visitors so
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: ARG002, N802
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:  # noqa: ARG002, N802
        return False

    def visit_Return(self, node: cst.Return) -> None:  # noqa: ARG002, N802
        self.found = True

    def visit_Break(self, node: cst.Break) -> None:  # noqa: ARG002, N802
        self.found = self.found or not self._loops

    def visit_Continue(self, node: cst.Continue) -> None:  # noqa: ARG002, N802
        self.found = self.found or not self._loops

    def visit_For_body(self, node: cst.For) -> None:  # noqa: ARG002, N802
        self._loops += 1

    def leave_For_body(self, node: cst.For) -> None:  # noqa: ARG002, N802
        self._loops -= 1

    def visit_While_body(self, node: cst.While) -> None:  # noqa: ARG002, N802
        self._loops += 1

    def leave_While_body(self, node: cst.While) -> None:  # noqa: ARG002, N802
        self._loops -= 1


class _Exiting(cst.CSTVisitor):
    """Looks for what ends the process, by its name: one too many only keeps a `try` together."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def visit_Name(self, node: cst.Name) -> None:  # noqa: N802 - libcst names its visitors so
        self.found = self.found or node.value in _EXITS


def _meets_exit(node: cst.Try) -> bool:
    """Whether the end of the process would pass a `finally` or a handler of everything, which no engine's `try` is."""
    if node.finalbody is None and all(handler.type is not None for handler in node.handlers):
        return False
    visitor = _Exiting()
    node.visit(visitor)
    return visitor.found


def _leaves(node: cst.CSTNode, *, in_loop: bool) -> bool:
    """Whether control may leave the statement in another way than at its end, or by an error."""
    visitor = _Leaving(in_loop=in_loop)
    node.visit(visitor)
    return visitor.found
