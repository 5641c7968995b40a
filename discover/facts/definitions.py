"""Functions, classes and lambdas with their signatures."""

from __future__ import annotations

import ast

from discover.facts.annotations import annotation
from discover.facts.expressions import keywords
from discover.facts.reading import EXPRESSIONS, STATEMENTS, Reading, expressions, optional
from discover.facts.records import Class, Function, Lambda, Parameter, Return, Stmt
from discover.facts.statements import block
from discover.facts.texts import first_paragraph, source_text


def split_docstring(body: list[ast.stmt]) -> tuple[str, list[ast.stmt]]:
    """The first paragraph of a body's docstring, and the statements after it."""
    if body:
        first = body[0]
        if type(first) is ast.Expr and type(first.value) is ast.Constant and type(first.value.value) is str:
            return first_paragraph(first.value.value), body[1:]
    return "", body


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, reading: Reading) -> Function:
    outside = reading.prefix, reading.is_generator, reading.shared_names
    qualname = outside[0] + node.name
    decorated = node.decorator_list
    decorators = expressions(decorated, reading) if decorated else []
    parameters = _parameters(node.args, reading)
    returns = annotation(node.returns, reading)
    reading.prefix, reading.is_generator, reading.shared_names = f"{qualname}.<locals>.", False, []
    doc, statements = split_docstring(node.body)
    try:
        return Function(
            node.name,
            qualname,
            decorated[0].lineno if decorated else node.lineno,
            node.lineno,
            node.end_lineno or node.lineno,
            parameters,
            decorators,
            returns,
            block(statements, reading),
            type(node) is ast.AsyncFunctionDef,
            reading.is_generator,
            doc,
            reading.shared_names,
        )
    finally:
        reading.prefix, reading.is_generator, reading.shared_names = outside


def _lambda(node: ast.Lambda, reading: Reading) -> Lambda:
    outside = reading.prefix, reading.is_generator
    qualname = outside[0] + "<lambda>"
    line, end_line = node.lineno, node.end_lineno or node.lineno
    parameters = _parameters(node.args, reading)
    reading.prefix, reading.is_generator = f"{qualname}.<locals>.", False
    try:
        value = EXPRESSIONS[type(node.body)](node.body, reading)
        body: list[Stmt] = [Return(node.body.lineno, value, source_text(node.body, reading))]
        is_generator = reading.is_generator
    finally:
        reading.prefix, reading.is_generator = outside
    return Lambda(
        Function("<lambda>", qualname, line, line, end_line, parameters, [], None, body, False, is_generator, "", [])
    )


def _parameters(node: ast.arguments, reading: Reading) -> list[Parameter]:
    found: list[Parameter] = []
    without_default = len(node.posonlyargs) + len(node.args) - len(node.defaults)
    for index, argument in enumerate([*node.posonlyargs, *node.args] if node.posonlyargs else node.args):
        kind = "positional" if index < len(node.posonlyargs) else "normal"
        annotated = argument.annotation and annotation(argument.annotation, reading)
        default = None if index < without_default else optional(node.defaults[index - without_default], reading)
        found.append(Parameter(argument.arg, kind, annotated, default))
    if node.vararg:
        found.append(Parameter(node.vararg.arg, "varargs", annotation(node.vararg.annotation, reading), None))
    for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        annotated = annotation(argument.annotation, reading)
        found.append(Parameter(argument.arg, "keyword", annotated, optional(default, reading)))
    if node.kwarg:
        found.append(Parameter(node.kwarg.arg, "kwargs", annotation(node.kwarg.annotation, reading), None))
    return found


def _class(node: ast.ClassDef, reading: Reading) -> Class:
    outside = reading.prefix
    qualname = outside + node.name
    decorators = expressions(node.decorator_list, reading)
    bases = expressions([*_generic(node), *node.bases], reading)
    keyword_arguments = keywords(node.keywords, reading)
    reading.prefix = f"{qualname}."
    doc, statements = split_docstring(node.body)
    try:
        body = block(statements, reading)
    finally:
        reading.prefix = outside
    line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    end_line = node.end_lineno or node.lineno
    return Class(node.name, qualname, line, node.lineno, end_line, bases, keyword_arguments, decorators, body, doc)


def _generic(node: ast.ClassDef) -> list[ast.expr]:
    """The type parameters of a class as its first base: `class Chain[T]` is one of `Generic[T]`."""
    names = [ast.Name(str(parameter.name)) for parameter in getattr(node, "type_params", ())]
    index = names[0] if len(names) == 1 else ast.Tuple(list[ast.expr](names))
    made = ast.Subscript(ast.Name("Generic"), index)
    return [ast.fix_missing_locations(ast.copy_location(made, node))] if names else []


EXPRESSIONS[ast.Lambda] = _lambda
STATEMENTS.update({ast.FunctionDef: _function, ast.AsyncFunctionDef: _function, ast.ClassDef: _class})
