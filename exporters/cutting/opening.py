"""Opens calls of the project's own functions in their place, where more than one thing happens in them.

What a call gives becomes a binding of its own before the function's statements; what it returns is bound to the
variable that takes it. Names don't collide: each opened function has a `Frame`, which gives its local names variables
of their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from discover import model
from exporters.cutting.binding import Given, bind
from exporters.cutting.calls import Callee, as_call, call_of, how_many
from exporters.cutting.context import check_context
from exporters.cutting.exits import single_exit
from exporters.cutting.flow import (
    Attempt,
    Body,
    Each,
    Frame,
    Leave,
    Plain,
    Together,
    Turn,
    assign,
    bodies_of,
    marks_in,
    statement,
    walk,
)
from exporters.cutting.hoist import conditions, take_out
from exporters.cutting.lay import lay, new_frame
from exporters.cutting.layers import Layer, Managed, Wrapper, layers_of
from exporters.cutting.names import names_in
from exporters.cutting.openable import check, own_names
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.receivers import is_receiver
from exporters.cutting.retries import Tried
from exporters.cutting.retrying import around
from exporters.cutting.returning import Returned, binding_of, binding_of_none, free_name, single_return
from exporters.cutting.selves import is_decorated, own_name, owner_of
from exporters.cutting.source import Class, Code, Function, dotted_name
from exporters.cutting.submitted import submitted
from exporters.cutting.together import side_by_side
from exporters.cutting.unreachable import why_unreachable
from exporters.shared.identifiers import Unique

_DEEPEST = 6
_SURE = 0.9
"""So sure it has to be which class the object is of whose method is called."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run's function as it is to be cut."""

    function: Function
    layers: tuple[Layer, ...]
    """What decorators put around it, the outermost first."""
    nodes: tuple[model.Node, ...]
    """What happens in it."""
    context: frozenset[str]
    """The parameters that what serves the run fills in."""
    result: str
    """The variable for what it returns; empty where nobody asks for it."""
    responds: bool
    """Whether what it returns is a response."""


@dataclass(slots=True)
class Opener:
    """Opens the calls of one run."""

    code: Code
    bodies: Mapping[str, tuple[model.Node, ...]]
    """What happens in each unit, for calls that the model opened elsewhere."""
    closed: dict[str, str]
    """The calls that stay closed, with the reason; filled on the way."""
    variables: Unique = field(default_factory=Unique)
    wrapped: dict[int, tuple[model.Call, Callee]] = field(default_factory=dict[int, "tuple[model.Call, Callee]"])
    """What wrappers call, by the identity of the mark that stands for the call."""

    def run(self, asked: Asked) -> tuple[Frame, Body]:
        """The flow of a run's function."""
        tries, function, nodes = self._outer(
            Callee(asked.function, asked.layers, asked.nodes, asked.function.node.name)
        )
        check(function, takes_rest=function is asked.function)
        check_context(function, asked.context, self.code)
        frame = new_frame(function, {})
        frame.context.update(asked.context)
        frame.receivers.update(_receivers(function))
        frame.names.update({name: self.variables(name) for name in own_names(function, frame)})
        name = free_name("result", frame, function)
        frame.names[name] = asked.result
        body = lay(self.code, function, frame, nodes)
        gives = any(isinstance(one, Leave) and one.value is not None for one in walk(body))

        def bound(item: Leave | Turn) -> Body:
            assert isinstance(item, Leave)
            if item.value is None and not gives:
                return []
            plain = binding_of(name, item)
            plain.responds = asked.responds
            return [plain]

        body = single_exit(body, frame, bound, lambda: self.new(frame, "left"))
        conditions(body, self.name)
        body = self._open(body, frame, (function.unit,), in_try=bool(tries))
        return frame, around(body, tries, function, frame, self.name)

    def _outer(self, callee: Callee) -> tuple[list[Tried | Managed], Function, tuple[model.Node, ...]]:
        """What libraries put around a decorated function, the function that is called for it, what happens in that."""
        tries: list[Tried | Managed] = []
        for layer in callee.layers:
            if isinstance(layer, Wrapper):
                wrapper, rest = layer, callee.layers[len(tries) + 1 :]
                break
            tries.append(layer)
        else:
            return tries, callee.function, callee.nodes
        inner = Callee(callee.function, rest, callee.nodes, wrapper.name, is_wrapped=True)
        unit, function = wrapper.function.unit, callee.function
        mark = model.Call(
            id=f"{unit}:{wrapper.line}", unit=unit, line=wrapper.line, callee=function.unit, body=inner.nodes
        )
        self.wrapped[id(mark)] = (mark, inner)
        return tries, wrapper.function, (mark,)

    def name(self, leaf: Plain, word: str) -> str:
        """A new local name in the leaf's frame."""
        return self.new(leaf.frame, word)

    def new(self, frame: Frame, word: str) -> str:
        """A new local name in the frame, with a variable of its own."""
        name = self.variables(Unique({*frame.names, *frame.paths, *frame.globals})(word))
        frame.names[name] = name
        return name

    def _open(self, body: Body, frame: Frame, stack: tuple[str, ...], *, in_try: bool) -> Body:
        found: Body = []
        begun = submitted(body, self.code, self.name, in_try=in_try)
        for item in (part for whole in begun for part in side_by_side(whole, self.code, self.name)):
            if isinstance(item, Plain):
                found.extend(self._opened(item, frame, stack, in_try=in_try))
                continue
            tried = in_try or isinstance(item, Attempt | Together) or (isinstance(item, Each) and bool(item.gathers))
            for inner in bodies_of(item):
                inner[:] = self._open(inner, frame, stack, in_try=tried)
            found.append(item)
        return found

    def _opened(self, plain: Plain, frame: Frame, stack: tuple[str, ...], *, in_try: bool) -> Body:
        if any(map(is_receiver, plain.marks)):
            plain.whole = plain.whole or "receivers of the signal run inside it"
        calls = [mark for mark in map(as_call, plain.marks) if isinstance(mark, model.Call) and not is_receiver(mark)]
        marks = [mark for mark in calls if self._is_worth(mark)]
        for mark in marks:
            site = f"{frame.site}/{plain.first}:{mark.callee}"
            if id(mark) in self.wrapped:
                if site in self.closed:
                    raise CannotCutError(self.closed[site])
                return self._call(plain, mark, self.wrapped[id(mark)][1], site, frame, stack, in_try=in_try)
            if site in self.closed:
                continue
            mark_of_names = self.variables.mark()
            known = dict(frame.names)
            try:
                return self._one(plain, mark, site, frame, stack, in_try=in_try)
            except CannotCutError as error:
                self.closed[site] = str(error)
                self.variables.back_to(mark_of_names)
                frame.names.clear()
                frame.names.update(known)
        if marks and not plain.whole:
            plain.whole = self.closed.get(f"{frame.site}/{plain.first}:{marks[0].callee}", "")
        return [plain]

    def _is_worth(self, mark: model.Call) -> bool:
        return mark.retry is not None or id(mark) in self.wrapped or how_many(self._body(mark)) > 1

    def _body(self, mark: model.Call) -> tuple[model.Node, ...]:
        return self.bodies.get(mark.callee, ()) if mark.seen else mark.body

    def _one(
        self, plain: Plain, mark: model.Call, site: str, frame: Frame, stack: tuple[str, ...], *, in_try: bool
    ) -> Body:
        mark, inside = self._written(plain, mark, frame)
        name = mark.callee.rpartition("::")[2]
        callee = self.code.function(mark.callee)
        if callee is None:
            raise CannotCutError(why_unreachable(mark.callee, self.code))
        if callee.node.name == "__init__":
            raise CannotCutError(f"`{name}` makes an object, which can't leave the process half made")
        if callee.owner is not None and mark.confidence < _SURE:
            raise CannotCutError(f"it is not sure that `{name}` is called")
        if callee.unit in stack:
            raise CannotCutError(f"`{name}` calls itself")
        if len(stack) > _DEEPEST:
            raise CannotCutError(f"`{name}` lies too deep")
        decorators = [one for one in callee.node.decorator_list if dotted_name(one) != "staticmethod"]
        layers = layers_of(callee, decorators, self.code)
        opened = Callee(callee, layers, inside or self._body(mark), callee.node.name)
        return self._call(plain, mark, opened, site, frame, stack, in_try=in_try)

    def _written(self, plain: Plain, mark: model.Call, frame: Frame) -> tuple[model.Call, tuple[model.Node, ...]]:
        """The call that the statement makes, and what happens in it.

        The model shows a small function by the one call in it: that happens inside then, in a call of the small one.
        """
        meant = [frame.meant(call.func, self.code) for call in _calls(plain.tree)]
        called = [one for one in meant if isinstance(one, Function)]
        if any(one.unit == mark.callee for one in called):
            return mark, ()
        for small in called:
            lines = [one.lineno for one in _calls([small.node]) if _is_of(one, mark.callee, small, self.code)]
            if len(lines) == 1:
                told = {"id": f"{small.unit}:{lines[0]}", "unit": small.unit, "line": lines[0]}
                inner = msgspec.structs.replace(mark, **told)
                return msgspec.structs.replace(mark, callee=small.unit, seen=False), (inner,)
        return mark, ()

    def _call(
        self,
        plain: Plain,
        mark: model.Call,
        opened: Callee,
        site: str,
        frame: Frame,
        stack: tuple[str, ...],
        *,
        in_try: bool,
    ) -> Body:
        name = opened.function.node.name
        check(opened.function)
        check_context(opened.function, frozenset(), self.code)
        taken = take_out(plain, opened.name, self.name)
        if len(taken) == 2:
            return [*self._call(taken[0], mark, opened, site, frame, stack, in_try=in_try), taken[1]]
        called = call_of(plain, self.code, opened, frame)
        target = called.target
        tries, callee, nodes = self._outer(opened)
        check(callee)
        if called.is_awaited != isinstance(callee.node, ast.AsyncFunctionDef):
            raise CannotCutError(f"`{name}` is not awaited where it is called")
        given = bind(callee, called.call, called.receiver)
        inner, opening = self._frame(callee, given, plain, frame, site, target, in_try=in_try or bool(tries))
        check_context(callee, frozenset(inner.context), self.code)
        body = lay(self.code, callee, inner, nodes)
        returned = Returned(inner, callee, (target and frame.names[target]) or "", plain.responds)
        body = single_exit(body, inner, returned.bind, lambda: self.new(inner, "left"))
        conditions(body, self.name)
        if target and not returned.is_bound and not returned.is_same:
            body = [*body, binding_of_none(returned.name, inner, plain)]
        body = self._open(body, inner, (*stack, callee.unit), in_try=in_try or bool(tries))
        is_one = _is_one(body) and sum(bool(marks_in([item])) for item in body) < 2
        if is_one and not tries and not opened.is_wrapped:
            raise CannotCutError(f"nothing in `{name}` can be cut")
        body = around(body, tries, callee, inner, self.name)
        if opening:
            opening[-1].marks.extend(m for m in plain.marks if m is not mark and as_call(m) != mark)
        return [*opening, *body]

    def _frame(
        self,
        callee: Function,
        given: dict[str, Given],
        plain: Plain,
        frame: Frame,
        site: str,
        target: str,
        *,
        in_try: bool,
    ) -> tuple[Frame, list[Plain]]:
        inner = new_frame(callee, {}, frame, site)
        _import_shared(given, inner)
        rebound = names_in(callee.node.body).bound
        opening: list[Plain] = []
        same = single_return(callee) if target and not in_try and not plain.responds else ""
        for name in own_names(callee, inner):
            value = given.get(name)
            own = frame.names.get(value.name) if value and value.name else None
            if value and value.name and value.name == name and value.name in frame.context and name not in rebound:
                _keep_context(name, frame, inner)
                continue
            if own and name not in rebound and own != (target and frame.names[target]):
                inner.names[name] = own
            elif name == same and not any(frame.names.get(v.name) == frame.names[target] for v in given.values()):
                inner.names[name] = frame.names[target]
            else:
                inner.names[name] = self.variables(name)
        for name, value in given.items():
            if (
                name in inner.context
                or value.shared is not None
                or (value.name and inner.names[name] == frame.names.get(value.name))
            ):
                continue
            where = inner if value.is_default else frame
            text = _text_name(name, inner.names[name], where)
            where.names[text] = inner.names[name]
            opening.append(statement(assign(text, value.value), Plain([], where, plain.first, plain.last)))
        return inner, opening


def _calls(nodes: Iterable[ast.AST]) -> list[ast.Call]:
    return [inner for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Call)]


def _is_of(call: ast.Call, unit: str, caller: Function, code: Code) -> bool:
    own = {*caller.all_parameters, *names_in(caller.node.body).bound}
    named = code.meant(call.func, caller.file, own)
    return isinstance(named, Function) and named.unit == unit


def _import_shared(given: Mapping[str, Given], frame: Frame) -> None:
    """Let a method find the object that a module holds by the name that it has for it."""
    for name, value in given.items():
        if value.shared is not None:
            one = value.shared
            frame.imports[name] = f"from {one.module} import {one.name} as {name}"
            frame.paths[name] = f"{one.module}.{one.name}"
            frame.receivers[name] = one.of


def _keep_context(name: str, frame: Frame, inner: Frame) -> None:
    """Let an opened function have a name of the context as its caller has it."""
    inner.context.add(name)
    if name in frame.receivers:
        inner.receivers[name] = frame.receivers[name]


def _receivers(function: Function) -> dict[str, Class]:
    """The object that a method of a run is called with, and its class."""
    owner, own = owner_of(function), own_name(function)
    return {own: owner} if owner is not None and own and not is_decorated(function, "classmethod") else {}


def _text_name(name: str, variable: str, frame: Frame) -> str:
    """How the leaf that binds a parameter writes it: not as something else is called there."""
    for candidate in (name, variable):
        if frame.names.get(candidate, variable) == variable and candidate not in frame.paths:
            return candidate
    return Unique(frame.names)(name)


def _is_one(body: Body) -> bool:
    return all(isinstance(item, Plain) for item in body)
