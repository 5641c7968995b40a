"""Says `try` in the terms of the definition: no `else`, no bare `raise`."""

from __future__ import annotations

import ast

import libcst as cst

from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Frame,
    Handler,
    NewName,
    Plain,
    Statement,
    assign,
    bodies_of,
    head,
    leaves,
    marks_in,
    statement,
    walk,
)

_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})


def plain_tries(body: Body, frame: Frame, new: NewName) -> None:
    """Rewrite the tries in which more than one thing happens; the others stay as they are written."""
    for items in [body, *(inner for item in list(walk(body)) for inner in bodies_of(item))]:
        found: Body = []
        for item in items:
            if isinstance(item, Attempt) and len([leaf for leaf in leaves([item]) if leaf.marks]) > 1:
                found.extend(_without_else(item, frame, new))
            else:
                found.append(item)
        items[:] = found


def _without_else(item: Attempt, frame: Frame, new: NewName) -> Body:
    for handler in item.handlers:
        _name_raised(handler, frame, new)
    if not item.otherwise or not marks_in(item.otherwise):
        return [item]
    place = next(iter(leaves(item.otherwise)))
    like = Plain([], place.frame, place.first, place.first)
    name = new(like, "went_well")
    # What stands in `else` is not covered by the handlers, but comes before `finally`.
    tried = Attempt(
        item.node,
        [*item.body, statement(assign(name, cst.Name("True")), like)],
        item.handlers,
        [],
        [],
        item.line,
        item.name,
    )
    then = Choice(head(cst.Name(name), place.frame, place.first), item.otherwise, [])
    flow: Body = [statement(assign(name, cst.Name("False")), like), tried, then]
    if not item.last:
        return flow
    return [Attempt(item.node.with_changes(handlers=[], orelse=None), flow, [], [], item.last, item.line)]


class _Raising(cst.CSTTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Try(self, node: cst.Try) -> bool:  # noqa: ARG002, N802 - libcst names its visitors so
        return False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: ARG002, N802
        return False

    def leave_Raise(self, original_node: cst.Raise, updated_node: cst.Raise) -> cst.Raise:  # noqa: ARG002, N802
        if updated_node.exc is not None:
            return updated_node
        spaced = cst.SimpleWhitespace(" ")
        return updated_node.with_changes(exc=cst.Name(self.name), whitespace_after_raise=spaced)


def _name_raised(handler: Handler, frame: Frame, new: NewName) -> None:
    """A bare `raise` becomes one of the exception by its name."""
    bare = [
        leaf for leaf in leaves(handler.body)
        if any(isinstance(node, ast.Raise) and node.exc is None for node in leaf.nodes())
    ]  # fmt: skip
    if not bare:
        return
    if not handler.name:
        handler.name = new(Plain([], bare[0].frame), "error")
        handler.variable = (
            frame.names[handler.name] if handler.name in frame.names else bare[0].frame.names[handler.name]
        )
        handler.node = handler.node.with_changes(
            name=cst.AsName(cst.Name(handler.name)),
            type=handler.node.type or cst.Name("Exception"),
            whitespace_after_except=cst.SimpleWhitespace(" "),
        )
    transformer = _Raising(handler.name)
    for leaf in bare:
        changed = [part.visit(transformer) for part in leaf.body]
        leaf.replace([part for part in changed if isinstance(part, Statement)])


def is_only_text(handler: Handler) -> bool:
    """Whether the handler asks its exception for no more than its text, or raises it again."""
    return all(_is_only_text(part, handler.name) for leaf in leaves(handler.body) for part in leaf.tree)


def _is_only_text(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=own):
            return own != name
        case ast.Raise(exc=exc, cause=cause):
            rest = [part for part in (exc, cause) if part is not None and not _is(part, name)]
            return all(_is_only_text(part, name) for part in rest)
        case ast.Call(func=ast.Name(id="str" | "repr" | "type"), args=[argument]) if _is(argument, name):
            return True
        case ast.FormattedValue(value=value) if _is(value, name):
            return True
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in _LOGGING:
            rest = [a for a in (*node.args, *(k.value for k in node.keywords)) if not _is(a, name)]
            return all(_is_only_text(part, name) for part in rest)
        case _:
            return all(_is_only_text(child, name) for child in ast.iter_child_nodes(node))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
