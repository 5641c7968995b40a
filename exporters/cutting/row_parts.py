"""Variables that hold a part of a row: `about = order.about`. What is changed of that is changed of the row."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from exporters.cutting.flow import Frame
from exporters.cutting.known import Env
from exporters.cutting.unsaved import Unsaved


def part_in(node: ast.AST, env: Env, frame: Frame, unsaved: Unsaved) -> tuple[str, str] | None:
    """The row's variable and its field, where the statement gives a name what that field holds."""
    if not isinstance(node, ast.Assign):
        return None
    value, names = node.value, list[str]()
    while not isinstance(value, ast.Name):
        match value:
            case ast.Attribute(value=inner, attr=attr):
                names.append(attr)
            case ast.Subscript(value=inner) | ast.Call(func=ast.Attribute(value=inner, attr="get" | "setdefault")):
                pass
            case _:
                return None
        value = inner
    return _told(value.id, names, env, frame, unsaved)


def _told(name: str, names: list[str], env: Env, frame: Frame, unsaved: Unsaved) -> tuple[str, str] | None:
    variable = frame.names.get(name, "")
    known = env.get(variable)
    if known is None or known.kind.form != "row":
        return known.part if known is not None else None
    return (variable, names[-1]) if names and unsaved.holds_data(known.kind.of, names[-1]) else None


def changed_with(names: Iterable[str], env: Env, frame: Frame) -> list[tuple[str, str]]:
    """The rows, and their fields, of which the code changes a part by one of these names."""
    known = (env.get(frame.names.get(name, "")) for name in names)
    return sorted({one.part for one in known if one is not None and one.part is not None and one.part[0] in env})
