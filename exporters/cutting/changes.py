"""Which variables a leaf changes in place, and which of them may be the same object."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from exporters.cutting.flow import Each, Frame, Item, Plain, computed, leaves, walk
from exporters.cutting.kinds import Kind
from exporters.cutting.library import CALLS, HARMLESS_METHODS, LIST_METHODS, TEXT_METHODS
from exporters.cutting.names import base_of, bases_changed
from exporters.cutting.source import Code, File, Function, dotted_name

_DEEPEST = 3
_SHARING = frozenset(
    {"list", "sorted", "tuple", "set", "reversed", "dict", "enumerate", "zip", "next", "min", "max", "iter"}
)

_ASKING = frozenset(
    {"filter", "filter_by", "exclude", "query", "execute", "scalars", "where", "order_by", "first", "one"}
)


class Changes:
    """Answers for each function's parameter once."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[tuple[str, str], bool] = {}

    def of(self, leaf: Plain) -> frozenset[str]:
        """The variables that the leaf changes in place."""
        return self._found(leaf, "changes")

    def but_by_methods(self, leaf: Plain) -> frozenset[str]:
        """The same without those whose own methods alone may do so."""
        return self._found(leaf, "changes but by methods")

    def by(self, node: ast.AST, file: File, paths: dict[str, str]) -> frozenset[str]:
        """The names of which a statement changes something in place."""
        return frozenset(self._changed([node], file, paths, 0))

    def in_function(self, function: Function, name: str) -> bool:
        """Whether the function changes what it knows by a name, but by a method of that."""
        return name in set(self._changed(function.node.body, function.file, {}, 0, {name}))

    def _found(self, leaf: Plain, asked: str) -> frozenset[str]:
        if asked not in leaf.found:
            frame = leaf.frame
            file = self._code.file(frame.file)
            own = frame.names if asked != "changes" else ()
            names = set(self._changed(leaf.tree, file, frame.paths, 0, own)) if file else set[str]()
            leaf.found[asked] = frozenset(frame.names[name] for name in names if name in frame.names)
        return leaf.found[asked]

    def _changed(
        self, nodes: Iterable[ast.AST], file: File, paths: dict[str, str], depth: int, without: Collection[str] = ()
    ) -> Iterable[str]:
        nodes = list(nodes)
        yield from bases_changed(nodes)
        for node in nodes:
            for inner in ast.walk(node):
                match inner:
                    case ast.AugAssign(target=ast.Name(id=name)):
                        yield name
                    case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr not in HARMLESS_METHODS:
                        if not (isinstance(value, ast.Name) and value.id in without):
                            yield base_of(value)
                        yield from self._by_call(inner, file, paths, depth)
                    case ast.Call():
                        yield from self._by_call(inner, file, paths, depth)
                    case _:
                        pass

    def _by_call(self, call: ast.Call, file: File, paths: dict[str, str], depth: int) -> Iterable[str]:
        """The arguments that the backend's own function changes."""
        dotted = dotted_name(call.func)
        named = self._code.named(file, dotted, paths) if dotted else None
        if not isinstance(named, Function):
            return
        given = [*zip(named.parameters, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
        for parameter, value in given:
            base = base_of(value)
            if base and parameter and (depth >= _DEEPEST or self._changes_parameter(named, parameter, depth)):
                yield base

    def _changes_parameter(self, function: Function, parameter: str, depth: int) -> bool:
        key = (function.unit, parameter)
        if key not in self._known:
            self._known[key] = False
            self._known[key] = parameter in set(self._changed(function.node.body, function.file, {}, depth + 1))
        return self._known[key]


def same_objects(items: Iterable[Item], kinds: dict[str, Kind], code: Code) -> dict[str, frozenset[str]]:
    """For each variable, those that may hold the same object or a part of it; only for values that can be changed."""
    groups: dict[str, set[str]] = {}
    items = list(items)

    def join(names: set[str]) -> None:
        mutable = {name for name in names if kinds.get(name) is None or kinds[name].is_mutable}
        if len(mutable) < 2:
            return
        whole = set[str]().union(mutable, *(groups.get(name, set()) for name in mutable))
        for name in whole:
            groups[name] = whole

    for leaf in leaves(items):
        for node in leaf.tree:
            for inner in ast.walk(node):
                for targets, value in _flows(inner):
                    found = set(_roots(value, leaf.frame, code))
                    for target in targets:
                        bases = {base_of(part) for part in ast.walk(target) if isinstance(part, ast.expr)}
                        own = {leaf.frame.names[base] for base in bases if base in leaf.frame.names}
                        is_row = isinstance(value, ast.Call) and any(holds_rows(kinds.get(name)) for name in own)
                        join(own | {name for name in found if not is_row or holds_rows(kinds.get(name))})
    for item in walk(items):
        if isinstance(item, Each):
            join(set(_roots(computed(item.over), item.over.frame, code)) | _target_variables(item))
    return {name: frozenset(group) for name, group in groups.items()}


def holds_rows(kind: Kind | None) -> bool:
    """Whether the value is a row, or holds rows: the store's data, not what it was asked with."""
    return kind is not None and (kind.form == "row" or any(map(holds_rows, (kind.item, *kind.parts))))


def _target_variables(item: Each) -> set[str]:
    target = item.target.tree[0]
    assert isinstance(target, ast.Assign)
    frame = item.target.frame
    return {frame.names[n.id] for n in ast.walk(target.targets[0]) if isinstance(n, ast.Name) and n.id in frame.names}


def _flows(node: ast.AST) -> Iterable[tuple[list[ast.expr], ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield targets, value
        case ast.AnnAssign(target=target, value=value) | ast.AugAssign(target=target, value=value) if value is not None:
            yield [target], value
        case ast.NamedExpr(target=target, value=value):
            yield [target], value
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield [target], value
        case ast.Call(
            func=ast.Attribute(value=receiver, attr="append" | "add" | "extend" | "update" | "insert" | "setdefault"),
            args=args,
        ):
            for argument in args:
                yield [receiver], argument
        case _:
            pass


def _roots(node: ast.expr, frame: Frame, code: Code) -> Iterable[str]:
    """The variables whose objects the value may be, or hold."""
    match node:
        case ast.Name(id=name):
            if name in frame.names:
                yield frame.names[name]
        case (
            ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Await(value=value) | ast.Starred(value=value)
        ):
            yield from _roots(value, frame, code)
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            pass
        case ast.Call():
            yield from _call_roots(node, frame, code)
        case ast.Lambda():
            yield from (frame.names[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in frame.names)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _roots(child, frame, code)
                elif isinstance(child, ast.comprehension):
                    yield from _roots(child.iter, frame, code)


def _call_roots(node: ast.Call, frame: Frame, code: Code) -> Iterable[str]:
    if isinstance(node.func, ast.Attribute):
        if node.func.attr in TEXT_METHODS | LIST_METHODS or node.func.attr == "json":
            return
        yield from _roots(node.func.value, frame, code)
    dotted = dotted_name(node.func)
    file = code.file(frame.file)
    named = code.named(file, dotted, frame.paths) if dotted and file else None
    path = named if isinstance(named, str) else dotted
    if path in CALLS and path not in _SHARING:
        return
    if isinstance(node.func, ast.Attribute) and node.func.attr in _ASKING:
        return
    given = node.args[1:] if isinstance(node.func, ast.Attribute) and node.func.attr == "get" else node.args
    for argument in (*given, *(keyword.value for keyword in node.keywords)):
        yield from _roots(argument, frame, code)
