"""Folders that code puts on Python's import path itself: `sys.path.append(APPS_DIR)`."""

from __future__ import annotations

from collections.abc import Iterator

from discover.facts import records as facts
from discover.facts.walking import statements

_METHODS = frozenset(("append", "insert", "extend"))


def path_additions(module: facts.ModuleFacts) -> tuple[str, ...]:
    """The ends of the folders' paths, as far as the code spells them: `server/apps`; each once.

    What stands before, such as the folder of `__file__`, is not computed: it is the tree and its imports that say which
    folder is meant.
    """
    found: dict[str, None] = {}
    written: dict[str, facts.Expr] = {}
    for statement in _everywhere(module.body):
        if isinstance(statement, facts.Assign) and statement.value is not None:
            if statement.operator and _is_path(statement.targets[0]):
                found.update(_ends(statement.value, written))
            for target in statement.targets:
                if isinstance(target, facts.Name):
                    written[target.id] = statement.value
        elif isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Call):
            call = statement.value
            if _adds(call.function) and call.arguments:
                found.update(_ends(call.arguments[-1], written))
    return tuple(found)


def _everywhere(body: list[facts.Stmt]) -> Iterator[facts.Stmt]:
    for statement in statements(body):
        yield statement
        if isinstance(statement, facts.Function | facts.Class):
            yield from _everywhere(statement.body)


def _adds(called: facts.Expr) -> bool:
    if not isinstance(called, facts.Attribute):
        return False
    if called.name in _METHODS:
        return _is_path(called.value)
    return called.name == "addsitedir" and isinstance(called.value, facts.Name) and called.value.id == "site"


def _is_path(value: facts.Expr) -> bool:
    return (
        isinstance(value, facts.Attribute)
        and value.name == "path"
        and isinstance(value.value, facts.Name)
        and value.value.id == "sys"
    )


def _ends(value: facts.Expr, written: dict[str, facts.Expr]) -> dict[str, None]:
    ends: dict[str, None] = {}
    for item in value.items if isinstance(value, facts.Sequence) else (value,):
        parts = [part for text in _texts(item, dict(written)) for part in text.replace("\\", "/").split("/")]
        end = "/".join(part for part in parts if part not in ("", ".", ".."))
        if end:
            ends[end] = None
    return ends


def _texts(value: facts.Expr, written: dict[str, facts.Expr]) -> Iterator[str]:
    """The literal texts that a path is put together from, in their order; a name is followed once."""
    if isinstance(value, facts.Constant):
        if isinstance(value.value, str):
            yield value.value
    elif isinstance(value, facts.FString):
        for part in value.parts:
            yield from _texts(part, written)
    elif isinstance(value, facts.Binary):
        yield from _texts(value.left, written)
        yield from _texts(value.right, written)
    elif isinstance(value, facts.Call):
        if isinstance(value.function, facts.Attribute):
            yield from _texts(value.function.value, written)
        for argument in value.arguments:
            yield from _texts(argument, written)
    elif isinstance(value, facts.Name) and value.id in written:
        yield from _texts(written.pop(value.id), written)
