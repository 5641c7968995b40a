"""`match` statements: their subjects, and what the patterns compare with and bind."""

from __future__ import annotations

import ast

from discover.facts.reading import EXPRESSIONS, STATEMENTS, Reading, optional
from discover.facts.records import Case, Constant, Expr, Match
from discover.facts.statements import block
from discover.facts.texts import TEXT_LIMIT, shortened, source_text


def _match(node: ast.Match, reading: Reading) -> Match:
    subject = EXPRESSIONS[type(node.subject)](node.subject, reading)
    text = source_text(node.subject, reading)
    cases = [_case(case, reading) for case in node.cases]
    return Match(node.lineno, node.end_lineno or node.lineno, subject, text, cases)


def _case(node: ast.match_case, reading: Reading) -> Case:
    values: list[Expr] = []
    names: list[str] = []
    _collect(node.pattern, values, names, reading)
    text = source_text(node.pattern, reading)
    if node.guard is not None:
        text = shortened(f"{text} if {source_text(node.guard, reading)}", TEXT_LIMIT)
    return Case(node.pattern.lineno, text, values, names, optional(node.guard, reading), block(node.body, reading))


def _collect(pattern: ast.pattern, values: list[Expr], names: list[str], reading: Reading) -> None:
    """Gather the values and names of a pattern, in source order."""
    match pattern:
        case ast.MatchValue():
            values.append(EXPRESSIONS[type(pattern.value)](pattern.value, reading))
        case ast.MatchSingleton():
            values.append(Constant(pattern.value))
        case ast.MatchClass():
            values.append(EXPRESSIONS[type(pattern.cls)](pattern.cls, reading))
            _collect_all([*pattern.patterns, *pattern.kwd_patterns], values, names, reading)
        case ast.MatchSequence() | ast.MatchOr():
            _collect_all(pattern.patterns, values, names, reading)
        case ast.MatchMapping():
            _collect_all(pattern.patterns, values, names, reading)
            _bind(pattern.rest, names)
        case ast.MatchStar():
            _bind(pattern.name, names)
        case ast.MatchAs():
            if pattern.pattern is not None:
                _collect(pattern.pattern, values, names, reading)
            _bind(pattern.name, names)
        case _:
            pass


def _collect_all(patterns: list[ast.pattern], values: list[Expr], names: list[str], reading: Reading) -> None:
    for pattern in patterns:
        _collect(pattern, values, names, reading)


def _bind(name: str | None, names: list[str]) -> None:
    if name is not None and name not in names:
        names.append(name)


STATEMENTS[ast.Match] = _match
