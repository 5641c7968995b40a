"""What a call of an ORM's query methods gives."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from exporters.cutting.kinds import DATA, PLAIN, Kind, listed, unread
from exporters.cutting.names import base_of
from exporters.cutting.unsaved import ADDED

_ONE = frozenset({
    "get", "first", "last", "one", "one_or_none", "scalar_one", "scalar_one_or_none", "latest", "earliest",
    "create", "aget",
    "afirst", "acreate", "get_or_404", "first_or_404", "get_object_or_404", "alast", "select_for_update_get",
    "merge", "scalar",
})  # fmt: skip
_WITH_FLAG = frozenset({"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"})
_COUNTS = frozenset({"count", "exists", "update", "delete", "acount", "aexists", "aupdate", "adelete", "aggregate"})
_LISTS = frozenset({"all", "bulk_create"})
_VALUES = frozenset({"values", "values_list", "in_bulk"})
_NARROWS = frozenset({
    "all", "filter", "exclude", "order_by", "reverse", "distinct", "select_related", "prefetch_related", "annotate",
    "only", "defer", "using", "select_for_update", "iterator", "alias", "union",
})  # fmt: skip
_STARTS = frozenset({"query", "objects", "get", "execute", "scalars", "scalar", "exec", "merge"})

FindRow = Callable[[ast.expr], Kind | None]
"""The row kind of the class that an expression names, if it names one."""
IsOpen = Callable[[str], bool]
"""Whether the name is a session's of the function itself, which goes on behind the query."""


def query_kind(call: ast.Call, row_of: FindRow, is_open: IsOpen) -> Kind | None:
    """The kind of what the call gives; None where it is no query."""
    if isinstance(call.func, ast.Name) and call.func.id == "get_object_or_404" and call.args:
        return _model_in(call.args[0], row_of)
    if not isinstance(call.func, ast.Attribute):
        return None
    row, is_django = _subject(call, row_of)
    if row is None:
        return None
    row = _as_read(row, call)
    if not is_django and is_open(base_of(call)):
        row = replace(row, is_bound=True)
    method = call.func.attr
    if method in _COUNTS:
        return DATA if method == "aggregate" else PLAIN
    if method in _ONE:
        return row
    if method in _WITH_FLAG:
        return Kind("data", parts=(row, PLAIN))
    if method in _VALUES:
        return unread(DATA)
    if method in _LISTS and not is_django:
        return listed(row)
    return unread(row)


def _as_read(row: Kind, call: ast.Call) -> Kind:
    """The row with what the calls of the query add to it, and the relations that they read with it."""
    added: set[str] = set()
    fetched: set[str] = set()
    node: ast.expr = call
    while isinstance(node, ast.Call | ast.Attribute | ast.Await):
        match node:
            case ast.Call(func=ast.Attribute(attr="annotate", value=value), keywords=keywords):
                added |= {f"{ADDED}{keyword.arg}" for keyword in keywords if keyword.arg}
                node = value
            case ast.Call(func=ast.Attribute(attr="select_related" | "prefetch_related", value=value), args=args):
                texts = [one.value for one in args if isinstance(one, ast.Constant)]
                fetched |= {one.partition("__")[0] for one in texts if isinstance(one, str)}
                node = value
            case ast.Call(func=value) | ast.Attribute(value=value) | ast.Await(value=value):
                node = value
    if fetched:
        row = replace(row, fetched=row.fetched | fetched)
    return replace(row, is_changed=True, unsaved=row.unsaved | added) if added else row


def asked_of(query: Kind, call: ast.Call) -> Kind | None:
    """What a method of a Django query gives that is not read yet; None for a method that no query has."""
    item = query.item
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if item is None:
        return None
    if method in _COUNTS:
        return DATA if method == "aggregate" else PLAIN
    if method in _ONE:
        return item
    if method in _WITH_FLAG:
        return Kind("data", parts=(item, PLAIN))
    if method in _VALUES:
        return unread(DATA)
    return replace(query, item=_as_read(item, call)) if method in _NARROWS else None


def _subject(call: ast.Call, row_of: FindRow) -> tuple[Kind | None, bool]:
    """The row that a chain of calls is about, and whether the chain is a Django manager's."""
    node: ast.expr = call
    while True:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as func, args=args):
                if name in _STARTS:
                    for argument in args:
                        found = _model_in(argument, row_of)
                        if found is not None:
                            return found, False
                node = func
            case ast.Attribute(value=value, attr=name):
                if name in {"objects", "query"} or name.endswith("_objects"):
                    found = row_of(value)
                    if found is not None:
                        return found, name != "query"
                node = value
            case ast.Await(value=value):
                node = value
            case _:
                return None, False


def _model_in(node: ast.expr, row_of: FindRow) -> Kind | None:
    """The model in `Model`, `Model.objects`, `select(Model).where(…)`."""
    while True:
        found = row_of(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if found is not None:
            return found
        match node:
            case ast.Call(func=ast.Name(), args=[first, *_]):
                node = first
            case ast.Call(func=func):
                node = func
            case ast.Attribute(value=value):
                node = value
            case _:
                return None
