"""Where a module's names come from, read off its import statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir

if TYPE_CHECKING:
    from discover.resolve.symbols import Module


def _imports(module: Module) -> list[tuple[ir.Import, str]]:
    found: list[tuple[ir.Import, str]] = []
    pending: list[ir.Stmt] = list(module.facts.body)
    while pending:
        statement = pending.pop(0)
        if isinstance(statement, ir.Import) and (statement.module is not None or statement.level):
            package = module.package(statement.level) if statement.level else ""
            base = ".".join(part for part in (package, statement.module or "") if part)
            found.append((statement, base))
        elif isinstance(statement, ir.If | ir.Try):
            pending += [*statement.body, *statement.otherwise]
    return found


def imports_of(module: Module, name: str) -> list[tuple[str, str]]:
    """The modules, with the name there, that a module imports this name from."""
    return [
        (base, imported.name)
        for statement, base in _imports(module)
        for imported in statement.names
        if (imported.alias or imported.name) == name
    ]


def star_sources(module: Module) -> list[str]:
    """The modules that a module imports everything from."""
    return [base for statement, base in _imports(module) if any(i.name == "*" for i in statement.names)]


def sources_of(module: Module, name: str) -> list[str]:
    """The modules that a module imports something of this name from, whatever it calls it."""
    return [base for statement, base in _imports(module) if any(i.name == name for i in statement.names)]
