"""Tells the kind of an expression's value from the code: literals, annotations, known calls, returns looked into."""

from __future__ import annotations

import ast

from exporters.cutting.annotations import annotated
from exporters.cutting.assignments import MANAGED, Scope, assigned, at_end, bind, own_nodes
from exporters.cutting.changes import Changes
from exporters.cutting.classes import Classes
from exporters.cutting.kinds import (
    DATA,
    PLAIN,
    RESPONSE,
    UNKNOWN,
    Kind,
    held,
    is_class,
    is_own,
    is_unread,
    item_of,
    iterator,
    itself,
    joined,
    listed,
    other,
)
from exporters.cutting.lasting import Lasting
from exporters.cutting.library import (
    ATTRIBUTES,
    CALLING,
    CALLS,
    LIST_METHODS,
    PASSING_ON,
    PLAIN_METHODS,
    RESPONSE_ATTRIBUTES,
    TEXT_METHODS,
)
from exporters.cutting.queries import asked_of, query_kind
from exporters.cutting.selves import given_by, is_decorated, method_of, owner_of
from exporters.cutting.source import Class, Code, Constant, File, Function, Named, dotted_name
from exporters.cutting.unsaved import Unsaved

_DEEPEST = 3
_SAME = frozenset({"sorted", "list", "tuple", "set", "frozenset"})
_COPIES = frozenset({"copy.copy", "copy.deepcopy"})


class Inference:
    """Tells kinds; looks into each function of the backend once per set of arguments."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.classes = Classes(code)
        self.unsaved = Unsaved(code, self.classes)
        self.lasting = Lasting(code)
        self.changes = Changes(code)
        self._returns: dict[tuple[str, tuple[Kind, ...], int], Kind] = {}

    def kind(self, node: ast.expr, scope: Scope) -> Kind:
        """The kind of the expression's value."""
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.Compare():
                return PLAIN
            case ast.UnaryOp(op=ast.Not()):
                return PLAIN
            case ast.UnaryOp(operand=operand):
                return self.kind(operand, scope)
            case ast.BinOp(left=ast.List() as one, op=ast.Mult()) | ast.BinOp(right=ast.List() as one, op=ast.Mult()):
                return self.kind(one, scope)
            case (
                ast.BinOp(left=ast.Constant(value=int() | float()))
                | ast.BinOp(right=ast.Constant(value=int() | float()))
            ):
                return PLAIN
            case ast.BinOp(left=ast.Constant(value=str()) | ast.JoinedStr(), op=ast.Mod() | ast.Add()):
                return PLAIN
            case ast.BinOp(left=left, right=right):
                return joined((self.kind(left, scope), self.kind(right, scope)))
            case ast.BoolOp(values=values):
                return joined(self.kind(value, scope) for value in values)
            case ast.IfExp(body=yes, orelse=no):
                return joined((self.kind(yes, scope), self.kind(no, scope)))
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return self.kind(value, scope)
            case ast.Name() | ast.Attribute():
                return self._named(node, scope)
            case ast.Subscript(value=value, slice=index):
                held = self.kind(value, scope)
                if isinstance(index, ast.Slice):
                    return held
                place = index.value if isinstance(index, ast.Constant) else None
                is_place = isinstance(place, int) and -len(held.parts) <= place < len(held.parts)
                return held.parts[place] if is_place and isinstance(place, int) else item_of(held)
            case ast.Call():
                return self._call(node, scope)
            case _:
                return self._display(node, scope)

    def _display(self, node: ast.expr, scope: Scope) -> Kind:
        match node:
            case ast.Tuple(elts=elements):
                if any(isinstance(element, ast.Starred) for element in elements):
                    return listed(joined(self.kind(element, scope) for element in elements))
                return Kind("data", parts=tuple(self.kind(element, scope) for element in elements))
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return held([self.kind(element, scope) for element in elements])
            case ast.Dict(keys=keys, values=values):
                kept = [self.kind(v, scope) for k, v in zip(keys, values, strict=True) if k is not None]
                spread = [item_of(self.kind(v, scope)) for k, v in zip(keys, values, strict=True) if k is None]
                return held([*kept, *spread])
            case ast.ListComp(elt=value) | ast.SetComp(elt=value) | ast.DictComp(value=value):
                return held([self._element(value, node.generators, scope)])
            case ast.GeneratorExp(elt=value):
                return other("a generator", item=self._element(value, node.generators, scope))
            case ast.Lambda():
                return other("a function")
            case _:
                return UNKNOWN

    def _element(self, value: ast.expr, generators: list[ast.comprehension], scope: Scope) -> Kind:
        env = dict(scope.env)
        for generator in generators:
            inner = Scope(scope.file, env, scope.paths, scope.depth)
            bind(env, generator.target, item_of(self.kind(generator.iter, inner)))
        return self.kind(value, Scope(scope.file, env, scope.paths, scope.depth))

    def _named(self, node: ast.Name | ast.Attribute, scope: Scope) -> Kind:
        dotted = dotted_name(node)
        first = dotted.partition(".")[0]
        if dotted and first not in scope.env:
            return self.value_of(self.code.named(scope.file, dotted, scope.paths), dotted, scope.depth)
        if isinstance(node, ast.Name):
            return scope.env[node.id]
        return self._attribute(self.kind(node.value, scope), node.attr, scope.depth)

    def value_of(self, named: Named | None, dotted: str, depth: int) -> Kind:
        """The kind of what a global name stands for."""
        match named:
            case Constant(file=file, value=value) if depth < _DEEPEST:
                return self.kind(value, Scope(file, {}, depth=depth + 1))
            case str():
                return ATTRIBUTES.get(named) or other(f"`{dotted}`")
            case Function() | Class() | File():
                return other(f"the backend's own `{dotted}`")
            case _:
                return other(f"`{dotted}`")

    def _attribute(self, kind: Kind, name: str, depth: int) -> Kind:
        if name in {"id", "pk"} and kind.form in {"row", "object"}:
            return PLAIN
        if kind is RESPONSE and name in RESPONSE_ATTRIBUTES:
            return PLAIN
        if kind.form == "plain":
            return PLAIN
        if kind.of is None:
            return UNKNOWN
        if kind.form == "row":
            return self._column(kind.of, name, depth)
        if is_own(kind):
            return self._own_attribute(kind, kind.of, name, depth)
        annotation = self.classes.field(kind.of, name)
        if annotation is not None:
            return self.annotated(annotation, kind.of.file)
        method = self.unsaved.method(kind.of, name)
        is_asked = method is not None and depth < _DEEPEST and _is_property(method)
        return self.returned(method, (kind,), depth + 1) if method is not None and is_asked else UNKNOWN

    def _column(self, model: Class, name: str, depth: int) -> Kind:
        declared = self.classes.field(model, name)
        text = ast.unparse(declared) if declared is not None else ""
        if isinstance(declared, ast.Subscript) and dotted_name(declared.value).rpartition(".")[2] == "Mapped":
            return self.annotated(declared.slice, model.file)
        if any(word in text for word in ("relationship(", "ForeignKey(", "OneToOne", "ManyToMany", "GenericForeign")):
            if text.startswith(("Column(", "db.Column(", "mapped_column(", "sa.Column(")):
                return PLAIN
            return self._related(declared, model) if declared is not None else UNKNOWN
        if isinstance(declared, ast.Call) and ("Field(" in text or "olumn(" in text):
            return DATA if "JSON" in text or "Array" in text else PLAIN
        if name.endswith("_id") and self.classes.field(model, name.removesuffix("_id")) is not None:
            return PLAIN
        for holder in self.classes.lineage(model):
            method = self.code.method(holder, name)
            if method is not None and depth < _DEEPEST and _is_property(method):
                return self.returned(method, (Kind("row", model),), depth + 1)
        return UNKNOWN

    def _own_attribute(self, kind: Kind, of: Class, name: str, depth: int) -> Kind:
        """What the class and its `__init__` give an attribute of the object whose method runs."""
        method = method_of(of, name, self.code)
        if method is not None:
            is_asked = _is_property(method) and depth < _DEEPEST
            return self.returned(method, (kind,), depth + 1) if is_asked else UNKNOWN
        given = list(given_by(of, name, self.code)) if depth < _DEEPEST else []
        kinds = [self.kind(value, Scope(file, {}, depth=depth + 1)) for file, value in given]
        return joined(kinds) if kinds else UNKNOWN

    def related(self, of: Class, name: str) -> Kind:
        """What a relation of a row's class leads to; unknown for any other attribute."""
        declared = self.classes.field(of, name)
        return self._related(declared, of) if isinstance(declared, ast.Call) else UNKNOWN

    def _related(self, declared: ast.expr, model: Class) -> Kind:
        """The row, or the rows, that a relation leads to."""
        target = declared.args[0] if isinstance(declared, ast.Call) and declared.args else None
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            name = target.value.rpartition(".")[2]
        else:
            name = dotted_name(target) if target is not None else ""
        named = model if name == "self" else self.code.named(model.file, name) if name else None
        row = self.classes.kind(named) if isinstance(named, Class) else UNKNOWN
        is_one = "ForeignKey" in ast.unparse(declared) or "OneToOne" in ast.unparse(declared)
        return row if is_one else other("what a relation leads to", item=row)

    def annotated(self, node: ast.expr, file: File) -> Kind:
        """What an annotation promises."""
        return annotated(node, file, self.code, self.classes)

    def _call(self, node: ast.Call, scope: Scope) -> Kind:
        found = query_kind(node, lambda value: self._row(value, scope), lambda name: _is_open(name, scope))
        if found is not None:
            return self.unsaved.created(found, node, scope.file, scope.paths)
        dotted = dotted_name(node.func)
        if dotted and dotted.partition(".")[0] not in scope.env:
            named = self.code.named(scope.file, dotted, scope.paths)
            path = named if isinstance(named, str) else dotted if named is None else ""
            if path in _SAME and node.args:
                return self._copy(self.kind(node.args[0], scope))
            if path in PASSING_ON | _COPIES and node.args:
                return self.kind(node.args[0], scope)
            if path in CALLING and node.args:
                return self._call(ast.Call(node.args[0], node.args[1:], node.keywords), scope)
            if path in CALLS:
                return CALLS[path]
            known = self._own_call(named, node, scope)
            if known is not None:
                return known
            if isinstance(named, str) and _is_of_library(dotted):
                return other(f"what `{dotted}` gives")
        if isinstance(node.func, ast.Attribute):
            return self._method(self.kind(node.func.value, scope), node, scope)
        if is_class(called := scope.env.get(dotted, UNKNOWN)):
            return self._own_call(called.of, node, scope) or UNKNOWN
        return self._builtin(dotted, node, scope)

    def _builtin(self, name: str, node: ast.Call, scope: Scope) -> Kind:
        kinds = [self.kind(argument, scope) for argument in node.args]
        if name == "dict":
            values = [self.kind(keyword.value, scope) for keyword in node.keywords]
            return held([*(item_of(kind) for kind in kinds), *values])
        if name in {"min", "max", "next"} and kinds:
            first = item_of(kinds[0]) if len(kinds) == 1 or name == "next" else kinds[0]
            return joined((first, *kinds[1:]))
        if name == "range":
            return listed(PLAIN)
        if name == "get_object_or_404" and kinds and is_unread(kinds[0]):
            return item_of(kinds[0])
        if name == "enumerate" and kinds:
            return iterator(name, Kind("data", parts=(PLAIN, item_of(kinds[0]))))
        if name == "zip" and kinds:
            return iterator(name, Kind("data", parts=tuple(item_of(kind) for kind in kinds)))
        if name in {"iter", "reversed"} and kinds:
            return iterator(name, item_of(kinds[0]))
        if name == "filter" and len(kinds) > 1:
            return iterator(name, item_of(kinds[1]))
        return other(f"what `{name}` gives") if name else UNKNOWN

    def _copy(self, kind: Kind) -> Kind:
        held = item_of(kind)
        return DATA if held.form in {"plain", "data"} and held.crosses and not held.parts else listed(held)

    def _row(self, node: ast.expr, scope: Scope) -> Kind | None:
        named = self.code.meant(node, scope.file, scope.env, scope.paths)
        if isinstance(node, ast.Name) and is_class(held := scope.env.get(node.id, UNKNOWN)):
            named = held.of
        kind = self.classes.kind(named) if isinstance(named, Class) else None
        return kind if kind is not None and kind.form == "row" else None

    def _own_call(self, named: Named | None, node: ast.Call, scope: Scope) -> Kind | None:
        """What calling the backend's own function or class gives; None for something else."""
        match named:
            case Class():
                kind = self.classes.kind(named)
                # A row that was just made is not in the store yet.
                return Kind("row", kind.of, is_changed=True) if kind.form == "row" else kind
            case Function():
                if scope.depth >= _DEEPEST:
                    return UNKNOWN
                given = self._given(named, node, scope)
                return self.returned(named, given, scope.depth + 1)
            case _:
                return None

    def _given(self, function: Function, node: ast.Call, scope: Scope) -> tuple[Kind, ...]:
        by_name = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        found: list[Kind] = []
        parameters = function.parameters
        owner = owner_of(function)
        if owner is not None and is_decorated(function, "classmethod") and parameters:
            found.append(itself(owner))
            parameters = parameters[1:]
        for index, name in enumerate(parameters):
            value = node.args[index] if index < len(node.args) else by_name.get(name)
            is_told = value is not None and not isinstance(value, ast.Starred)
            found.append(self.kind(value, scope) if value is not None and is_told else UNKNOWN)
        return tuple(found)

    def returned(self, function: Function, given: tuple[Kind, ...], depth: int) -> Kind:
        """What a call of the function gives."""
        node = function.node
        promised = self.annotated(node.returns, function.file) if node.returns is not None else UNKNOWN
        if _is_generator(node):
            return other("a generator", item=promised.item)
        if promised.crosses:
            return promised
        key = (function.unit, given, depth)
        if key not in self._returns:
            self._returns[key] = other(f"what `{node.name}` gives")
            self._returns[key] = self._look_into(function, given, depth)
        return self._returns[key]

    def _look_into(self, function: Function, given: tuple[Kind, ...], depth: int) -> Kind:
        node = function.node
        own = list(own_nodes(node))
        env = dict(zip(function.parameters, given, strict=False))
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if argument.annotation is not None and not env.get(argument.arg, UNKNOWN).crosses:
                env[argument.arg] = self.annotated(argument.annotation, function.file)
        paths: dict[str, str] = {}
        scope = Scope(function.file, env, paths, depth)
        seen: dict[str, Kind] = dict(env)
        for _ in range(2):
            for inner in own:
                assigned(inner, scope, self, seen)
            env.update(seen)
        end = Scope(function.file, at_end(node.body, scope, self), paths, depth)
        kinds = [
            self.kind(inner.value, end if inner is node.body[-1] else scope) if inner.value is not None else PLAIN
            for inner in own
            if isinstance(inner, ast.Return)
        ]
        return joined(kinds)

    def _method(self, receiver: Kind, node: ast.Call, scope: Scope) -> Kind:
        assert isinstance(node.func, ast.Attribute)
        name = node.func.attr
        if name == "json" and not node.args:
            return DATA
        if name in TEXT_METHODS or (name in PLAIN_METHODS and receiver.form == "plain"):
            return PLAIN
        if name in LIST_METHODS and receiver.form != "data":
            return listed(PLAIN)
        if is_unread(receiver) and (asked := asked_of(receiver, node)) is not None:
            return asked
        if receiver.form == "object" and name in {"model_dump", "dict", "_asdict", "to_dict"}:
            return DATA
        if name == "get" and (receiver.form in {"data", "plain"} or receiver.item is not None):
            defaults = [self.kind(value, scope) for value in node.args[1:]]
            return joined([item_of(receiver), *defaults])
        if receiver.form == "data" and name in {"pop", "setdefault", "copy", "items", "keys", "values"}:
            return self._of_data(receiver, name)
        if receiver.of is not None and scope.depth < _DEEPEST:
            for holder in self.classes.lineage(receiver.of):
                method = self.code.method(holder, name)
                if method is not None:
                    given = (receiver, *(self.kind(argument, scope) for argument in node.args))
                    return self.returned(method, given, scope.depth + 1)
        return other(f"what `{name}` gives")

    def _of_data(self, receiver: Kind, name: str) -> Kind:
        if name in {"pop", "setdefault"}:
            return item_of(receiver)
        if name == "copy":
            return receiver
        held = {"items": Kind("data", parts=(PLAIN, item_of(receiver))), "keys": PLAIN}.get(name, item_of(receiver))
        return other("a view of a dict", item=held)


def _is_of_library(dotted: str) -> bool:
    """Whether a function of an imported name is called, as `itertools.count`, and no method of what that holds."""
    owner, _, _ = dotted.rpartition(".")
    return bool(owner) and ("." not in owner or owner.rpartition(".")[2] == "func")


def _is_open(name: str, scope: Scope) -> bool:
    """Whether a local name is a session that the function's caller goes on with; a `with` has ended its own."""
    return name in scope.env and scope.env[name] != MANAGED


def _is_generator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in own_nodes(node))


def _is_property(method: Function) -> bool:
    names = [dotted_name(decorator).rpartition(".")[2] for decorator in method.node.decorator_list]
    return any(name in {"property", "cached_property"} for name in names)
