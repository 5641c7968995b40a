"""Parameters that a task's class looks up: its `__call__` gives the task a row where the message holds its key.

The worker lets that `__call__` be around each step, so each step finds the row as one that was just read. That is the
same row as long as the task neither changes it nor writes its table.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from discover import model
from exporters.cutting.assignments import Scope
from exporters.cutting.changes import Changes
from exporters.cutting.context import is_bound_task
from exporters.cutting.infer import Inference
from exporters.cutting.marks import deep
from exporters.cutting.names import names_in
from exporters.cutting.passing_on import gives_back_what_it_gets, is_only_asked, is_row_by_key, passes
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Function
from exporters.cutting.task_classes import methods


def looked_up(
    function: Function, nodes: Iterable[model.Node], inference: Inference, changes: Changes
) -> frozenset[str]:
    """The parameters that come from the task's class; raises where each step would not have the same."""
    found: set[str] = set()
    tables: set[str] = set()
    for call in methods("__call__", function, inference.code):
        reading = _Reading(call, function, inference)
        reading.read()
        found |= reading.places
        tables |= reading.tables
    lost = found.difference(function.parameters)
    rest = function.node.args.kwarg
    if rest is not None and lost and rest.arg in names_in(function.node.body).read:
        raise CannotCutError(f"`{function.node.name}` asks for all arguments, of which its class takes some")
    written = {step.target for step in deep(nodes) if isinstance(step, model.Step) and step.kind == "db_write"}
    if tables and written & {"", *tables}:
        raise CannotCutError("it changes what its class looks up for each step")
    found &= set(function.parameters)
    for name in sorted(found):
        if changes.in_function(function, name):
            raise CannotCutError(f"it changes `{name}`, which its class looks up for each step")
    return frozenset(found)


@dataclass(slots=True)
class _Reading:
    """One `__call__`."""

    call: Function
    function: Function
    inference: Inference
    places: set[str] = field(default_factory=set[str])
    """The task's parameters, and others, that get another value than the message's."""
    tables: set[str] = field(default_factory=set[str])
    """The models of the rows that are looked up."""

    def read(self) -> None:
        """Look at all that is done with the arguments; raises for more than to hand them on, and look some up."""
        arguments = self.call.node.args
        own = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)][1:]
        by_place, by_name = (one.arg if one else "" for one in (arguments.vararg, arguments.kwarg))
        owner, name = (self.call.owner.name if self.call.owner else ""), self.function.node.name
        if not gives_back_what_it_gets(self.call.node.body):
            raise CannotCutError(f"`{owner}.__call__` does not just call `{name}` once and give back what it gave")
        body = ast.Module(self.call.node.body, [])
        above = {child: node for node in ast.walk(body) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(body):
            if isinstance(node, ast.Call) and passes(node):
                self._check_passes_on(node, [*own, *([f"*{by_place}"] if by_place else [])], by_name)
            if not isinstance(node, ast.Name):
                continue
            if node.id in own and not isinstance(node.ctx, ast.Load):
                raise CannotCutError(self._why)
            if node.id in own and isinstance(above.get(node), ast.Attribute | ast.Subscript):
                raise CannotCutError(self._why)
            if node.id == by_name:
                self._named(above.get(node), above)
            elif node.id == by_place:
                self._placed(node, above.get(node), above)

    @property
    def _why(self) -> str:
        assert self.call.owner is not None
        return f"`{self.call.owner.name}` calls `{self.function.node.name}` with arguments of its own"

    def _check_passes_on(self, call: ast.Call, wanted: list[str], by_name: str) -> None:
        passed = [*map(ast.unparse, call.args), *(f"**{ast.unparse(k.value)}" for k in call.keywords if not k.arg)]
        if any(k.arg for k in call.keywords) or passed != [*wanted, *([f"**{by_name}"] if by_name else [])]:
            raise CannotCutError(self._why)

    def _named(self, outer: ast.AST | None, above: dict[ast.AST, ast.AST]) -> None:
        """What is done with the arguments that were given by name."""
        match outer:
            case ast.keyword(arg=None) if passes(above.get(outer)):
                pass
            case ast.Compare(left=ast.Constant(), ops=[ast.In() | ast.NotIn()]):
                pass
            case ast.Attribute(attr="get") if isinstance(got := above.get(outer), ast.Call) and is_only_asked(
                got, above
            ):
                pass
            case ast.Attribute(attr="pop"):
                self.places.add(self._first_text(above.get(outer)))
            case ast.Subscript(ctx=ast.Load(), slice=ast.Constant()) if is_only_asked(outer, above):
                pass
            case ast.Subscript(ctx=ast.Del(), slice=ast.Constant(value=str() as name)):
                self.places.add(name)
            case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value=str() as name)):
                self._set(name, above.get(outer))
            case _:
                raise CannotCutError(self._why)

    def _placed(self, node: ast.Name, outer: ast.AST | None, above: dict[ast.AST, ast.AST]) -> None:
        """What is done with the arguments that were given by their places."""
        parameters = self.function.parameters[is_bound_task(self.function) :]
        match outer:
            case ast.Starred() if passes(above.get(outer)):
                pass
            case ast.Call(func=ast.Name(id="len")):
                pass
            case ast.Call(func=ast.Name(id="list")) if _is_copied(node, above.get(outer)):
                pass
            case ast.Assign(value=ast.Call(func=ast.Name(id="list"), args=[ast.Name(id=name)])) if name == node.id:
                pass
            case ast.Subscript(ctx=ast.Load(), slice=ast.Constant(value=int())) if is_only_asked(outer, above):
                pass
            case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value=int() as place)) if (
                0 <= place < len(parameters)
            ):
                self._set(parameters[place], above.get(outer))
            case _:
                raise CannotCutError(self._why)

    def _first_text(self, call: ast.AST | None) -> str:
        match call:
            case ast.Call(args=[ast.Constant(value=str() as name), *_]):
                return name
            case _:
                raise CannotCutError(self._why)

    def _set(self, name: str, statement: ast.AST | None) -> None:
        """An argument gets a row, by its key."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise CannotCutError(self._why)
        for value in self._values(statement.value):
            kind = self.inference.kind(value, Scope(self.call.file, {}))
            if not is_row_by_key(value) or kind.form != "row" or kind.of is None:
                raise CannotCutError(self._why)
            self.tables.add(kind.of.node.name)
        self.places.add(name)

    def _values(self, value: ast.expr) -> Iterator[ast.expr]:
        """What the expression is, or what the name that it is has been given."""
        if not isinstance(value, ast.Name):
            yield value
            return
        for node in ast.walk(self.call.node):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=given) if name == value.id:
                    yield given
                case ast.Name(id=name, ctx=ast.Store()) if name == value.id and not self._is_plainly_bound(node):
                    raise CannotCutError(self._why)
                case _:
                    pass

    def _is_plainly_bound(self, name: ast.Name) -> bool:
        return any(isinstance(node, ast.Assign) and node.targets == [name] for node in ast.walk(self.call.node))


def _is_copied(node: ast.Name, statement: ast.AST | None) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == node.id
        case _:
            return False
