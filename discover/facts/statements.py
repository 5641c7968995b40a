"""From the statements of `ast` to those of the records, control flow kept as it is nested."""

from __future__ import annotations

import ast
import sys

from discover.facts.annotations import annotation
from discover.facts.operators import OPERATORS
from discover.facts.reading import EXPRESSIONS, STATEMENTS, Reading, expressions, optional
from discover.facts.records import (
    Assign,
    Check,
    Delete,
    Diagnostic,
    Evaluate,
    Expr,
    ForLoop,
    Handler,
    If,
    Import,
    ImportedName,
    Jump,
    Opaque,
    Raise,
    Return,
    Stmt,
    Try,
    While,
    With,
    WithItem,
)
from discover.facts.texts import source_text

NESTED_ELIFS = 40
"""A chain of more `elif` than this is halved again and again instead of nested, or it would be too deep."""


def block(nodes: list[ast.stmt], reading: Reading) -> list[Stmt]:
    """Turn the statements of a body into records; a `pass` stays only where it is alone."""
    found: list[Stmt] = []
    for node in nodes:
        try:
            statement = STATEMENTS[type(node)](node, reading)
        except RecursionError:
            reading.diagnostics.append(Diagnostic(node.lineno, "nested too deeply: this statement was left out"))
            continue
        if statement is not None:
            found.append(statement)
    if not found and nodes and any(type(node) is ast.Pass for node in nodes):
        line = next(node.lineno for node in nodes if type(node) is ast.Pass)
        found.append(Jump(line, "pass"))
    return found


def _evaluate(node: ast.Expr, reading: Reading) -> Evaluate | None:
    """An expression; a string that is a statement says nothing."""
    value = node.value
    if type(value) is ast.Constant and type(value.value) is str:
        return None
    return Evaluate(node.lineno, EXPRESSIONS[type(value)](value, reading))


def _assign(node: ast.Assign, reading: Reading) -> Assign:
    targets = [EXPRESSIONS[type(target)](target, reading) for target in node.targets]
    value = EXPRESSIONS[type(node.value)](node.value, reading)
    return Assign(node.lineno, node.end_lineno or node.lineno, targets, value, None, "")


def _annotated_assign(node: ast.AnnAssign, reading: Reading) -> Assign:
    target = EXPRESSIONS[type(node.target)](node.target, reading)
    annotated = annotation(node.annotation, reading)
    value = optional(node.value, reading)
    return Assign(node.lineno, node.end_lineno or node.lineno, [target], value, annotated, "")


def _augmented_assign(node: ast.AugAssign, reading: Reading) -> Assign:
    target = EXPRESSIONS[type(node.target)](node.target, reading)
    value = EXPRESSIONS[type(node.value)](node.value, reading)
    return Assign(node.lineno, node.end_lineno or node.lineno, [target], value, None, OPERATORS[type(node.op)])


def _return(node: ast.Return, reading: Reading) -> Return:
    value = node.value
    if value is None:
        return Return(node.lineno, None, "")
    return Return(node.lineno, EXPRESSIONS[type(value)](value, reading), source_text(value, reading))


def _raise(node: ast.Raise, reading: Reading) -> Raise:
    exception = optional(node.exc, reading)
    text = "" if node.exc is None else source_text(node.exc, reading)
    return Raise(node.lineno, exception, optional(node.cause, reading), text)


def _if(node: ast.If, reading: Reading) -> If:
    otherwise = node.orelse
    if len(otherwise) == 1 and type(otherwise[0]) is ast.If:
        return _chain(_links(node), reading)
    test = EXPRESSIONS[type(node.test)](node.test, reading)
    body = block(node.body, reading)
    text = source_text(node.test, reading)
    return If(
        node.lineno,
        node.end_lineno or node.lineno,
        test,
        text,
        body,
        block(otherwise, reading) if otherwise else [],
    )


def _links(node: ast.If) -> list[ast.If]:
    """An `if` and its `elif`s in order."""
    links = [node]
    while len(node.orelse) == 1 and type(following := node.orelse[0]) is ast.If:
        node = following
        links.append(node)
    return links


def _chain(links: list[ast.If], reading: Reading) -> If:
    """`if … elif … else` without recursion along it."""
    parts: list[tuple[Expr, list[Stmt]]] = []
    for link in links:
        test = EXPRESSIONS[type(link.test)](link.test, reading)
        parts.append((test, block(link.body, reading)))
    return _nested(links, parts, block(links[-1].orelse, reading), reading)


def _nested(links: list[ast.If], parts: list[tuple[Expr, list[Stmt]]], otherwise: list[Stmt], reading: Reading) -> If:
    """The chain nested link in link; a long one as `if any of the first half: first half, else: second half`."""
    end_line = links[0].end_lineno or links[0].lineno
    if len(links) > NESTED_ELIFS:
        middle = len(links) // 2
        first = _nested(links[:middle], parts[:middle], [], reading)
        second = _nested(links[middle:], parts[middle:], otherwise, reading)
        text = f"one of the {middle} conditions from line {links[0].lineno} on"
        return If(links[0].lineno, end_line, Opaque([]), text, [first], [second])
    link, (test, body) = links[0], parts[0]
    if len(links) > 1:
        otherwise = [_nested(links[1:], parts[1:], otherwise, reading)]
    return If(link.lineno, end_line, test, source_text(link.test, reading), body, otherwise)


def _for(node: ast.For | ast.AsyncFor, reading: Reading) -> ForLoop:
    return ForLoop(
        node.lineno,
        node.end_lineno or node.lineno,
        EXPRESSIONS[type(node.target)](node.target, reading),
        EXPRESSIONS[type(node.iter)](node.iter, reading),
        f"{source_text(node.target, reading)} in {source_text(node.iter, reading)}",
        block(node.body, reading),
        block(node.orelse, reading),
        type(node) is ast.AsyncFor,
    )


def _while(node: ast.While, reading: Reading) -> While:
    test = EXPRESSIONS[type(node.test)](node.test, reading)
    text = source_text(node.test, reading)
    body = block(node.body, reading)
    return While(node.lineno, node.end_lineno or node.lineno, test, text, body, block(node.orelse, reading))


def _try(node: ast.Try | ast.TryStar, reading: Reading) -> Try:
    body = block(node.body, reading)
    handlers = [
        Handler(
            handler.lineno,
            optional(handler.type, reading),
            "" if handler.type is None else source_text(handler.type, reading),
            handler.name,
            block(handler.body, reading),
        )
        for handler in node.handlers
    ]
    otherwise = block(node.orelse, reading)
    last = block(node.finalbody, reading)
    return Try(node.lineno, node.end_lineno or node.lineno, body, handlers, otherwise, last)


def _with(node: ast.With | ast.AsyncWith, reading: Reading) -> With:
    items = [
        WithItem(
            EXPRESSIONS[type(item.context_expr)](item.context_expr, reading),
            optional(item.optional_vars, reading),
            source_text(item.context_expr, reading),
        )
        for item in node.items
    ]
    body = block(node.body, reading)
    return With(node.lineno, node.end_lineno or node.lineno, items, body, type(node) is ast.AsyncWith)


def _imported(nodes: list[ast.alias]) -> list[ImportedName]:
    return [ImportedName(node.name, node.asname or "") for node in nodes]


def _import(node: ast.Import, _: Reading) -> Import:
    return Import(node.lineno, None, 0, _imported(node.names))


def _import_from(node: ast.ImportFrom, _: Reading) -> Import:
    return Import(node.lineno, node.module or "", node.level, _imported(node.names))


def _break(node: ast.Break, _: Reading) -> Jump:
    return Jump(node.lineno, "break")


def _continue(node: ast.Continue, _: Reading) -> Jump:
    return Jump(node.lineno, "continue")


def _pass(_node: ast.Pass, _: Reading) -> None:
    """Nothing: `block` writes a `pass` where it is all there is."""


def _shared(node: ast.Global | ast.Nonlocal, reading: Reading) -> None:
    reading.shared_names += node.names


def _assert(node: ast.Assert, reading: Reading) -> Check:
    test = EXPRESSIONS[type(node.test)](node.test, reading)
    return Check(node.lineno, test, source_text(node.test, reading))


def _delete(node: ast.Delete, reading: Reading) -> Delete:
    return Delete(node.lineno, expressions(node.targets, reading))


STATEMENTS.update(
    {
        ast.AnnAssign: _annotated_assign,
        ast.Assert: _assert,
        ast.Assign: _assign,
        ast.AsyncFor: _for,
        ast.AsyncWith: _with,
        ast.AugAssign: _augmented_assign,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.Delete: _delete,
        ast.Expr: _evaluate,
        ast.For: _for,
        ast.Global: _shared,
        ast.If: _if,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Nonlocal: _shared,
        ast.Pass: _pass,
        ast.Raise: _raise,
        ast.Return: _return,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.While: _while,
        ast.With: _with,
    }
)
if sys.version_info >= (3, 12):

    def _type_alias(node: ast.TypeAlias, reading: Reading) -> Assign:
        target = EXPRESSIONS[type(node.name)](node.name, reading)
        value = EXPRESSIONS[type(node.value)](node.value, reading)
        return Assign(node.lineno, node.end_lineno, [target], value, None, "")

    STATEMENTS[ast.TypeAlias] = _type_alias
