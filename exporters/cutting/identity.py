"""Where it matters that two places hold one object: `a is b`, `[one, one]`. What crosses is made anew of its parts."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exporters.cutting.flow import Body, Each, Item, Plain, Repeat, leaves, walk
from exporters.cutting.holders import is_display
from exporters.cutting.kinds import Kind
from exporters.cutting.library import HARMLESS_METHODS
from exporters.cutting.live import binds, variables
from exporters.cutting.names import base_of, names_in

_ADDING = frozenset({"append", "add", "insert"})


def compared(body: Body) -> frozenset[str]:
    """The variables that code holds against each other by what they are, and not by what they hold."""
    found: set[str] = set()
    for leaf, node in _nodes(body):
        match node:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot()], comparators=[right]):
                sides = [leaf.frame.names.get(base_of(side), "") for side in (left, right)]
                found |= set(sides) if all(sides) else set()
            case _:
                pass
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Doubled:
    """Finds the variables that may hold one object twice, of which something deep inside is changed."""

    body: Body
    kinds: Mapping[str, Kind]
    same: Mapping[str, frozenset[str]]
    changed: frozenset[str]

    def variables(self) -> frozenset[str]:
        """Those variables."""
        found = {*self._made(), *self._filled()}
        if not found:
            return frozenset()
        deep = {leaf.frame.names.get(_deep(node)) for leaf, node in _nodes(self.body)}
        return frozenset(one for one in found if one in deep or self._is_changed(one))

    def _made(self) -> Iterator[str]:
        """Variables that are given something which holds an object twice."""
        for leaf, node in _nodes(self.body):
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(self._is_double(one, leaf) for one in ast.walk(node.value)):
                    yield from (leaf.frame.names[base] for base in map(base_of, targets) if base in leaf.frame.names)

    def _is_double(self, node: ast.AST, leaf: Plain) -> bool:
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                told = Counter(ast.unparse(part) for part in parts if self._is_object(part, leaf))
                return any(times > 1 for times in told.values())
            case (
                ast.BinOp(left=ast.List(elts=parts), op=ast.Mult())
                | ast.BinOp(right=ast.List(elts=parts), op=ast.Mult())
            ):
                return any(is_display(part) or self._is_object(part, leaf) for part in parts)
            case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[_, part]):
                return is_display(part) or self._is_object(part, leaf)
            case ast.ListComp(elt=part, generators=each) | ast.DictComp(value=part, generators=each):
                own = {one.id for turn in each for one in ast.walk(turn.target) if isinstance(one, ast.Name)}
                return base_of(part) not in own and self._is_object(part, leaf)
            case _:
                return False

    def _is_object(self, node: ast.expr, leaf: Plain) -> bool:
        """Whether it is an object that some variable has, and that may be changed; rows know what is one of them."""
        variable = leaf.frame.names.get(node.id, "") if isinstance(node, ast.Name) else ""
        kind = self.kinds.get(variable)
        return bool(variable) and (kind is None or (kind.is_mutable and kind.form != "row"))

    def _filled(self) -> Iterator[str]:
        """Variables to which an object is added in each turn of a loop that does not make it anew."""
        for item in walk(self.body):
            if isinstance(item, Each | Repeat):
                own = frozenset[str]().union(*(binds(leaf) for leaf in leaves(item.body)))
                own |= binds(item.target) if isinstance(item, Each) else frozenset()
                for leaf, node in _nodes(item.body):
                    yield from self._added(node, leaf, own)
        for leaf, node in _nodes(self.body):
            if isinstance(node, ast.For | ast.AsyncFor | ast.While):
                own = variables(names_in([node]).bound, leaf.frame)
                for inner in ast.walk(node):
                    yield from self._added(inner, leaf, own)

    def _added(self, node: ast.AST, leaf: Plain, own: frozenset[str]) -> Iterator[str]:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[*_, part]) if (
                attr in _ADDING and self._is_object(part, leaf) and leaf.frame.names[base_of(part)] not in own
            ):
                yield leaf.frame.names.get(name, "")
            case _:
                pass

    def _is_changed(self, variable: str) -> bool:
        """Whether what may be the same object by another name is changed."""
        return bool((self.same.get(variable, frozenset()) - {variable}) & self.changed)


def _deep(node: ast.AST) -> str:
    """The name of which something is changed that it holds, and not itself; empty for any other node."""
    match node:
        case ast.Attribute(value=value) | ast.Subscript(value=value) if not isinstance(node.ctx, ast.Load):
            return "" if isinstance(value, ast.Name) else base_of(value)
        case ast.AugAssign(target=ast.Subscript() | ast.Attribute() as target):
            return base_of(target)
        case ast.Call(func=ast.Attribute(value=ast.Subscript() | ast.Attribute() as value, attr=attr)):
            return base_of(value) if attr not in HARMLESS_METHODS else ""
        case _:
            return ""


def _nodes(body: Iterable[Item]) -> Iterator[tuple[Plain, ast.AST]]:
    for leaf in leaves(body):
        yield from ((leaf, node) for node in leaf.nodes())
