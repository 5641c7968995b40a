"""Which modules a file imports, wherever in it the import stands."""

from __future__ import annotations

from collections.abc import Iterable

from discover.facts import records as facts


def absolute_imports(module: facts.ModuleFacts) -> tuple[str, ...]:
    """The dotted names of modules that the file imports absolutely, each once, in source order.

    For `from a import b` that is `a.b` beside `a`: `b` may be a module.
    """
    found: dict[str, None] = {}
    _collect(module.body, found)
    return tuple(found)


def top_level_names(modules: Iterable[Iterable[str]]) -> set[str]:
    """The first parts of dotted names."""
    return {name.partition(".")[0] for names in modules for name in names}


def _collect(body: list[facts.Stmt], found: dict[str, None]) -> None:
    for statement in body:
        if isinstance(statement, facts.Import):
            _add(statement, found)
            continue
        for field in _NESTING.get(type(statement), ()):
            inner = getattr(statement, field)
            if inner:
                _collect(inner, found)
        if isinstance(statement, facts.Try):
            for handler in statement.handlers:
                _collect(handler.body, found)
        elif isinstance(statement, facts.Match):
            for case in statement.cases:
                _collect(case.body, found)


_NESTING: dict[type, tuple[str, ...]] = {
    facts.Function: ("body",),
    facts.Class: ("body",),
    facts.If: ("body", "otherwise"),
    facts.ForLoop: ("body", "otherwise"),
    facts.While: ("body", "otherwise"),
    facts.With: ("body",),
    facts.Try: ("body", "otherwise", "last"),
}


def _add(statement: facts.Import, found: dict[str, None]) -> None:
    if statement.level:
        return
    if statement.module is None:
        for imported in statement.names:
            found[imported.name] = None
        return
    found[statement.module] = None
    for imported in statement.names:
        if imported.name != "*":
            found[f"{statement.module}.{imported.name}"] = None
