"""Goes through code in the order in which it runs, and notes what it asks of holders and leaves in them."""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from exporters.cutting.holders import is_display
from exporters.cutting.library import CHANGING_METHODS
from exporters.cutting.places import NOWHERE, Places, is_incoming, is_value, plain
from exporters.cutting.selves import is_decorated, method_of
from exporters.cutting.source import Function, dotted_name
from exporters.cutting.touch import NOTHING, Change, How, Touch
from exporters.cutting.whereabouts import Place, Whereabouts

_CALLING = frozenset(
    {"map", "filter", "sorted", "min", "max", "submit", "run_in_executor", "to_thread", "partial", "on_commit"}
    | {"reduce", "gather", "run_in_threadpool", "sync_to_async", "async_to_sync", "run"}
)
"""What calls the functions that it is given within the same process."""

_SETTING = frozenset({"setattr", "delattr", "__setattr__", "__delattr__"})
_BUILT_IN = frozenset({"dict", "list", "set"})
_UNSURE = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Expressions of which some part may not be evaluated."""


def is_sum(node: ast.expr) -> bool:
    """Whether a number, or the like, is made of others."""
    return isinstance(node, ast.BinOp) and not any(isinstance(one, ast.Await) for one in ast.walk(node))


class Reader:
    """Goes through code in the order in which it runs."""

    def __init__(self, where: Whereabouts, place: Place) -> None:
        self._where = where
        self._place = place
        self._found = NOTHING
        self._is_sure = True
        """Whether what is looked at is always run."""

    def statements(self, body: Iterable[ast.stmt]) -> Touch:
        """What the statements do."""
        for one in body:
            self._statement(one)
        return self._found

    def _add(self, touch: Touch) -> None:
        self._found = self._found.then(touch if self._is_sure else touch.maybe())

    @contextmanager
    def _unsure(self) -> Generator[None]:
        before, self._is_sure = self._is_sure, False
        yield
        self._is_sure = before

    def _read(self, node: ast.expr) -> None:
        """A local name has what it got: that it is used tells of no other change than one in place."""
        places = plain(self._where.places(node, self._place))
        incoming = frozenset(one for one in places if one.startswith(":"))
        own = places if self._is_named(node) else incoming
        self._add(Touch(reads=own, early=own, cached=places - own))

    def _is_named(self, node: ast.expr) -> bool:
        """Whether the holder itself is named there, not what a local name or a call has got of it."""
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Await | ast.Starred):
            node = node.value
        return isinstance(node, ast.Name) and (node.id not in self._place.own or node.id in self._place.classes)

    def _change(self, places: Places, how: How, line: int, *, is_whole: bool = False, is_anew: bool = False) -> None:
        unit = self._place.unit
        kept = frozenset(one for one in places if ">" not in one and not is_value(one))
        if kept != places:
            places = kept | self._where.spaces.all_in(places)
        changes = frozenset(Change(one, how, unit, line, is_anew) for one in places)
        self._add(Touch(changes=changes, sets=places if is_whole else NOWHERE))

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._assigned(targets, value)
            case ast.If(test=test, body=body, orelse=[]) if (kept := self._kept_up(body)) is not None:
                before, self._found = self._found, NOTHING
                self._expression(test)
                self._found = before.then(self._found.without_reads(kept))
                self._compound(ast.Module(body, []))
            case ast.AnnAssign(target=target, value=value):
                self._expression(value)
                self._store(target, is_whole=value is not None)
                if value is not None:
                    self._link(target, value)
            case ast.AugAssign(target=target, value=value):
                self._expression(value)
                self._augmented(target, value)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._store(target)
            case ast.Expr(value=ast.Call() as call):
                self._call(call, is_asked=False)
            case ast.Expr(value=ast.Await(value=ast.Call() as call)):
                self._call(call, is_asked=False)
            case ast.Return(value=value):
                self._expression(value)
                if value is not None:
                    self._add(Touch(gives=self._where.places(value, self._place)))
            case _:
                self._compound(node)

    def _assigned(self, targets: list[ast.expr], value: ast.expr) -> None:
        """What a count is made of is not asked for: `COUNTS[name] = COUNTS.get(name, 0) + 1`."""
        before, self._found = self._found, NOTHING
        self._expression(value)
        own = (
            NOWHERE.union(*(self._where.stored_in(target, self._place) for target in targets))
            if is_sum(value)
            else NOWHERE
        )
        self._found = before.then(self._found.without_reads(own))
        for target in targets:
            self._store(target, is_whole=True)
            self._link(target, value)

    def _link(self, target: ast.expr, value: ast.expr) -> None:
        """An attribute of what comes in holds what else the process holds, or what came in: `self.store = store`."""
        if isinstance(target, ast.Attribute) and (held := self._where.places(value, self._place)):
            places = self._where.places(target, self._place)
            links = ((one, two) for one in places if one.startswith(":") for two in held if one != two)
            self._add(Touch(links=frozenset(links)))

    def _kept_up(self, body: list[ast.stmt]) -> Places | None:
        """The places of which the statements only set a first value; None where they do something else."""
        found = NOWHERE
        for statement in body:
            match statement:
                case ast.Assign(targets=[target], value=value) if is_display(value) or isinstance(value, ast.Constant):
                    stored = self._where.stored_in(target, self._place)
                case _:
                    return None
            if not stored or isinstance(getattr(statement.value, "value", None), bool):
                return None
            found |= stored
        return found

    def _compound(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                with self._unsure():
                    self._statement(child)
            elif isinstance(child, ast.expr):
                self._expression(child)
            elif isinstance(child, ast.withitem):
                self._expression(child.context_expr)
                self._opened(child.context_expr)
            elif not isinstance(child, ast.arguments):
                self._compound(child)

    def _opened(self, node: ast.expr) -> None:
        """What a context manager of the backend's own does."""
        of = self._where.class_of(node, self._place)
        names = ("__enter__", "__exit__", "__aenter__", "__aexit__") if of is not None else ()
        methods = (method_of(of, name, self._where.code) for name in names if of is not None)
        for method in methods:
            if method is not None:
                self._add(self._where.called(method, self._where.places(node, self._place), (), self._place))

    def _augmented(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            places = self._where.places(target, self._place)
            is_kept = target.id in self._place.globals or is_display(value)
            self._change(places if is_kept else NOWHERE, "stored", target.lineno)
        else:
            self._store(target)

    def _store(self, target: ast.expr, *, is_whole: bool = False) -> None:
        match target:
            case ast.Name(id=name):
                if name in self._place.globals:
                    places = self._where.places(target, self._place)
                    self._change(places, "stored", target.lineno, is_whole=is_whole)
            case ast.Attribute(value=value):
                self._inside(value)
                places = self._where.stored_in(target, self._place)
                self._change(places, "stored", target.lineno, is_whole=is_whole, is_anew=True)
            case ast.Subscript(value=value, slice=part):
                self._inside(value)
                self._expression(part)
                self._change(self._where.stored_in(target, self._place), "stored", target.lineno)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._store(part)
            case ast.Starred(value=value):
                self._store(value)
            case _:
                pass

    def _inside(self, node: ast.expr) -> None:
        """What is computed on the way to a part of something, which is itself not read."""
        match node:
            case ast.Attribute(value=value):
                self._inside(value)
            case ast.Subscript(value=value, slice=part):
                self._inside(value)
                self._expression(part)
            case ast.Name():
                pass
            case _:
                self._expression(node)

    def _expression(self, node: ast.expr | None) -> None:
        match node:
            case None:
                pass
            case ast.Call():
                self._call(node, is_asked=True)
            case ast.Name(ctx=ast.Load()):
                self._read(node)
            case ast.Attribute(ctx=ast.Load()) | ast.Subscript(ctx=ast.Load()):
                self._property(node)
                self._read(node)
                self._bound_method(node)
                self._inside(node)
            case ast.NamedExpr(value=value):
                self._expression(value)
            case _ if isinstance(node, _UNSURE):
                with self._unsure():
                    self._compound(node)
            case _:
                self._compound(node)

    def _bound_method(self, node: ast.Attribute | ast.Subscript) -> None:
        """A method such as `append` that is handed on."""
        if isinstance(node, ast.Attribute) and node.attr in CHANGING_METHODS:
            self._method(node, is_asked=False)

    def _property(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node, ast.Attribute):
            return
        of = self._where.class_of(node.value, self._place)
        method = method_of(of, node.attr, self._where.code) if of is not None else None
        if method is not None and is_decorated(method, "property", "cached_property"):
            receiver = self._where.places(node.value, self._place)
            self._add(self._where.called(method, receiver, (), self._place))

    def _call(self, call: ast.Call, *, is_asked: bool) -> None:
        where, place = self._where, self._place
        function, receiver = where.target(call, place)
        name = dotted_name(call.func).rpartition(".")[2]
        if function is None and isinstance(call.func, ast.Attribute):
            self._method(call.func, call, is_asked=is_asked)
        elif isinstance(call.func, ast.Attribute):
            self._inside(call.func.value)
        elif not isinstance(call.func, ast.Name):
            self._expression(call.func)
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            self._argument(argument, function, called=name in _CALLING)
        if function is not None:
            named = [*call.args, *(keyword.value for keyword in call.keywords)]
            named += [call.func.value] if isinstance(call.func, ast.Attribute) else []
            direct = NOWHERE.union(*(where.places(one, place) for one in named if self._is_named(one)))
            self._add(where.called(function, receiver, (call,), place).asking(direct))
            if where.holders.set_outside:
                self._read(call.func)
        elif name in _SETTING and call.args:
            self._change(where.set_by_name(call, place), "stored", call.lineno, is_anew=True)
        elif name == "next" and call.args:
            self._change(where.places(call.args[0], place), "stored", call.lineno)
        elif function is None:
            self._held(call, is_asked=is_asked)

    def _held(self, call: ast.Call, *, is_asked: bool) -> None:
        """What is called is something that the process holds: a function, an object, a function that one has made."""
        where, place = self._where, self._place
        places = where.places(call.func, place)
        if not isinstance(call.func, ast.Attribute):
            for one in where.spaces.functions(places):
                self._add(where.called(one, None, (call,), place).maybe())
        for held in sorted(plain(places)):
            of = where.holders.class_of(held)
            method = method_of(of, "__call__", where.code) if of is not None else None
            if method is not None:
                self._add(where.called(method, frozenset({held}), (call,), place).maybe())
            if changed := where.kept_by(held):
                self._change(changed, "called", call.lineno)
                self._add(Touch(reads=changed, early=changed) if is_asked else NOTHING)

    def _argument(self, node: ast.expr, function: Function | None, *, called: bool) -> None:
        """What an argument asks for: what a function of the backend is handed, that function reads."""
        if function is not None and self._where.places(node, self._place):
            self._inside(node)
        else:
            self._expression(node)
        named = self._where.code.meant(node, self._place.file, self._place.own, self._place.paths) if called else None
        if isinstance(named, Function):
            self._add(self._where.called(named, None, (), self._place))

    def _method(self, func: ast.Attribute, call: ast.Call | None = None, *, is_asked: bool) -> None:
        """A method that no code of the backend defines."""
        where, place = self._where, self._place
        of_type = isinstance(func.value, ast.Name) and func.value.id in _BUILT_IN
        if of_type and call is not None and call.args:
            func = ast.Attribute(call.args[0], func.attr, ast.Load(), lineno=func.lineno)
        places = where.places(func.value, place)
        self._inside(func.value)
        if func.attr not in CHANGING_METHODS:
            self._read(func.value)
            return
        if is_asked and func.attr not in {"append", "add", "update"}:
            self._read(func.value)
        kept = frozenset(
            one for one in places if is_incoming(one) or is_value(one) or where.holders.may_be_changed(one)
        )
        self._change(kept, "called", func.lineno)
