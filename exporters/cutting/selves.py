"""What a method needs of its object: it may be cut where every piece finds it in an object that is made anew.

An object made anew has what its class and its `__init__` give it. So no method that runs may set anything of it, or
change what it holds, and `__init__` may give it only what is always the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from exporters.cutting.classes import Classes
from exporters.cutting.library import HARMLESS_METHODS
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.sameness import is_frozen, is_made_of, is_same
from exporters.cutting.source import Class, Code, Constant, File, Function, FunctionNode, dotted_name

_ASKS = frozenset({"isinstance", "type", "str", "repr", "super", "id", "hash", "callable"})
"""Builtins that only look at an object."""
_LOOKS = frozenset({"len", "any", "all", "sum", "min", "max", "sorted", "set", "frozenset", "tuple", "list", "dict"})


def lineage(owner: Class, code: Code) -> list[Class]:
    """The class and those of the backend that it inherits from."""
    return list(Classes(code).lineage(owner))


def method_of(owner: Class, name: str, code: Code) -> Function | None:
    """The method of that name that an object of the class has, where the backend defines it."""
    return _first_method(lineage(owner, code), name, code)


def _first_method(classes: Iterable[Class], name: str, code: Code) -> Function | None:
    return next((found for one in classes if (found := code.method(one, name)) is not None), None)


def owner_of(function: Function) -> Class | None:
    """The class in which a method stands."""
    return Class(function.file, function.owner) if function.owner is not None else None


def own_name(function: Function) -> str:
    """What a method calls its object, or a class method its class; empty for a function that has none."""
    if function.owner is None or is_decorated(function, "staticmethod") or not function.parameters:
        return ""
    return function.parameters[0]


def is_decorated(function: Function, *names: str) -> bool:
    """Whether one of these builtin decorators stands above it."""
    return any(dotted_name(one).rpartition(".")[2] in names for one in function.node.decorator_list)


def check_self(function: Function, code: Code, *, is_request: bool) -> None:
    """Raise where the method's object may hold what one piece would leave for the next, or can't be made anew.

    A web framework makes the object itself, with whatever arguments, and its own classes are asked for it.
    """
    owner = owner_of(function)
    if owner is None or not own_name(function):
        return
    holder = _Holder(code, owner, "framework" if is_request else "step")
    if not is_request and not is_decorated(function, "classmethod"):
        holder.check_making()
    holder.check_from(function)


@dataclass(frozen=True, slots=True)
class Shared:
    """An object that a module of the backend holds: every process has one, as long as it lives."""

    of: Class
    module: str
    name: str


def shared_at(node: ast.expr, file: File, code: Code, paths: Mapping[str, str]) -> Shared | None:
    """The object that an expression of names means, where a module makes it once."""
    named = code.meant(node, file, (), paths)
    if not isinstance(named, Constant) or not isinstance(named.value, ast.Call):
        return None
    of = code.meant(named.value.func, named.file)
    for statement in named.file.tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ) if value is named.value and isinstance(of, Class):
                return Shared(of, named.file.module, name)
            case _:
                pass
    return None


def check_shared(method: Function, of: Class, code: Code) -> None:
    """Raise where the method changes its object, which a module holds: a later step may run beside another one."""
    _Holder(code, of, "process").check_from(method)


def can_be_made_again(of: Class, code: Code) -> bool:
    """Whether an object that is made of the same plain values is the same, whatever was done with it before."""
    holder = _Holder(code, of, "again")
    try:
        holder.check_making()
        holder.check_all()
    except CannotCutError:
        return False
    return holder.is_known


@dataclass(slots=True)
class _Holder:
    """One class, as its methods see its objects."""

    code: Code
    owner: Class
    lasts: Literal["step", "framework", "process", "again"]
    """Its objects are made for each step, by a framework for each step, once for each process, or again by the code."""
    above: list[Class] = field(init=False)
    is_known: bool = field(init=False)
    """Whether the backend itself defines all that it inherits."""

    def __post_init__(self) -> None:
        self.above = lineage(self.owner, self.code)
        bases = [(one.file, base) for one in self.above for base in one.node.bases]
        outside = [base for file, base in bases if not isinstance(self.code.meant(base, file), Class)]
        self.is_known = all(dotted_name(base) in {"object", "ABC", "abc.ABC", "Protocol"} for base in outside)

    @property
    def _why(self) -> str:
        return "which each process has for itself" if self.lasts == "process" else "which is made anew for each step"

    def check_making(self) -> None:
        """Raise where `__init__` wants arguments that nobody has, or does more than give its object attributes."""
        name = self.owner.node.name
        for made in self._makers():
            arguments = made.node.args
            wanted = len(arguments.posonlyargs) + len(arguments.args) - 1 - len(arguments.defaults)
            if (wanted > 0 or None in arguments.kw_defaults) and self.lasts != "again":
                raise CannotCutError(f"an object of `{name}` is made with arguments")
            for statement in made.node.body:
                if not _only_gives(statement, own_name(made)):
                    raise CannotCutError(f"`{name}.__init__` does more than give its object attributes")

    def _makers(self) -> Iterator[Function]:
        for one in self.above:
            if (made := self.code.method(one, "__init__")) is not None:
                yield made

    def check_all(self) -> None:
        """Look at all methods."""
        for one in self.above:
            for node in one.node.body:
                if isinstance(node, FunctionNode) and node.name != "__init__":
                    self.check_from(Function(one.file, node, one.node))

    def check_from(self, function: Function) -> None:
        """Look at the method, and at all that it may reach by its object."""
        waiting, seen = [function], {function.unit}
        while waiting:
            method = waiting.pop(0)
            for found in self._reached(method):
                if found.unit not in seen:
                    seen.add(found.unit)
                    waiting.append(found)

    def _reached(self, method: Function) -> Iterator[Function]:
        """The methods that one mentions; raises for what it does to its object."""
        own, name = own_name(method), method.node.name
        above = {child: node for node in ast.walk(method.node) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(method.node):
            if isinstance(node, ast.Call) and dotted_name(node.func) == "super":
                yield from self._overridden(above.get(node), method)
            if not (own and isinstance(node, ast.Name) and node.id == own):
                continue
            if not isinstance(node.ctx, ast.Load):
                raise CannotCutError(f"`{name}` binds `{own}` anew")
            held = above.get(node)
            if isinstance(held, ast.Attribute):
                yield from self._used(held, above, name)
            elif not self._may_have(node, held):
                raise CannotCutError(f"`{name}` hands on `{own}` itself")

    def _overridden(self, held: ast.AST | None, method: Function) -> Iterator[Function]:
        if isinstance(held, ast.Attribute):
            places = [index for index, one in enumerate(self.above) if one.node is method.owner]
            found = _first_method(self.above[places[0] + 1 :], held.attr, self.code) if places else None
            if found is not None:
                yield found

    def _may_have(self, node: ast.Name, held: ast.AST | None) -> bool:
        """Whether what is done with the object itself leaves it as it is."""
        if isinstance(held, ast.Call):
            asks = isinstance(held.func, ast.Name) and held.func.id in _ASKS
            return asks or (self.lasts == "framework" and node in held.args)
        is_told = self.lasts == "framework" and isinstance(held, ast.keyword | ast.Dict)
        return isinstance(held, ast.FormattedValue) or is_told

    def _used(self, held: ast.Attribute, above: dict[ast.AST, ast.AST], name: str) -> Iterator[Function]:
        written = ast.unparse(held)
        if not isinstance(held.ctx, ast.Load):
            raise CannotCutError(f"`{name}` sets `{written}`, {self._why}")
        if held.attr == "__dict__":
            raise CannotCutError(f"`{name}` asks for `{written}`")
        changed = _changed_below(held, above)
        method = _first_method(self.above, held.attr, self.code)
        if changed and method is None:
            raise CannotCutError(f"`{name}` changes `{changed}`, {self._why}")
        if method is not None:
            yield method
            return
        given, made = self._given(held.attr)
        if not given and not made and not self._is_given(held.attr) and self.is_known and self.lasts != "framework":
            raise CannotCutError(f"nothing says what `{written}` is")
        if self.lasts == "process":
            given, made = [*given, *made], []
        if any(not is_same(value, self.code, file) for file, value in made):
            raise CannotCutError(f"`__init__` makes `{written}`, which is another one for each step")
        if self._is_given(held.attr) and not given and not made and not _only_reads(held, above):
            raise CannotCutError(f"`{written}` may be changed on the way, {self._why}")
        is_fixed = all(is_frozen(value, self.code, file) for file, value in made)
        is_display = any(isinstance(value, ast.List | ast.Dict | ast.Set) for _, value in given)
        if (not is_fixed or is_display) and not _only_looks(held, above):
            raise CannotCutError(f"`{written}` may be changed on the way, {self._why}")

    def _is_given(self, name: str) -> bool:
        return any(True for one in self._makers() for _ in _set_in(one, name))

    def _given(self, name: str) -> tuple[list[tuple[File, ast.expr]], list[tuple[File, ast.expr]]]:
        """What class bodies, and what `__init__`, give the attribute."""
        by_class = [(one.file, value) for one in self.above for value in _bound_in(one, name)]
        by_making: list[tuple[File, ast.expr]] = []
        for made in self._makers():
            own = made.parameters[1:] if self.lasts == "again" else ()
            values = [value for value in _set_in(made, name) if not (own and is_made_of(value, own))]
            by_making.extend((made.file, value if own else _of_default(value, made)) for value in values)
        return by_class, by_making


def given_by(owner: Class, name: str, code: Code) -> Iterator[tuple[File, ast.expr]]:
    """The values that the class, those above it and their `__init__` give an attribute."""
    for one in lineage(owner, code):
        yield from ((one.file, value) for value in _bound_in(one, name))
        if (made := code.method(one, "__init__")) is not None:
            yield from ((made.file, _of_default(value, made)) for value in _set_in(made, name))


def _bound_in(holder: Class, name: str) -> Iterator[ast.expr]:
    for statement in holder.node.body:
        match statement:
            case ast.Assign(targets=targets, value=value):
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield value
            case ast.AnnAssign(target=ast.Name(id=own), value=value) if own == name and value is not None:
                yield value
            case _:
                pass


def _set_in(made: Function, name: str) -> Iterator[ast.expr]:
    for statement in made.node.body:
        for target, value in _attributes_set(statement):
            if target.attr == name:
                yield value


def _attributes_set(statement: ast.stmt) -> Iterator[tuple[ast.Attribute, ast.expr]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets if isinstance(target, ast.Attribute))
        case ast.AnnAssign(target=ast.Attribute() as target, value=value) if value is not None:
            yield target, value
        case _:
            pass


def _of_default(value: ast.expr, made: Function) -> ast.expr:
    """The default of a parameter that `__init__` keeps: the object is made without arguments."""
    return made.defaults.get(value.id, value) if isinstance(value, ast.Name) else value


def _only_gives(statement: ast.stmt, own: str) -> bool:
    """Whether a statement of `__init__` only gives the object an attribute, or lets the class above do so."""
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"))):
            return True
        case ast.Assign(targets=targets):
            return all(isinstance(one, ast.Attribute) and dotted_name(one.value) == own for one in targets)
        case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id=name))):
            return name == own
        case _:
            return False


def _changed_below(held: ast.Attribute, above: dict[ast.AST, ast.AST]) -> str:
    """The text of what is assigned or deleted within the attribute's value; empty for nothing."""
    node: ast.AST = held
    while isinstance(outer := above.get(node), ast.Attribute | ast.Subscript) and outer.value is node:
        if not isinstance(outer.ctx, ast.Load):
            return ast.unparse(outer)
        node = outer
    return ""


def _only_reads(held: ast.Attribute, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether the code neither changes the attribute's value by a method of it, nor gives it another name."""
    outer = above.get(held)
    if isinstance(outer, ast.Attribute):
        return outer.attr in HARMLESS_METHODS
    return not isinstance(outer, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return | ast.Starred)


def _only_looks(held: ast.Attribute, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether the code only looks into the attribute's value there."""
    outer = above.get(held)
    match outer:
        case ast.Attribute(attr=name):
            return name in HARMLESS_METHODS and isinstance(above.get(outer), ast.Call)
        case ast.Subscript(value=value, ctx=ast.Load()):
            return value is held
        case ast.For(iter=value) | ast.comprehension(iter=value):
            return value is held
        case ast.Call(func=ast.Name(id=name)):
            return name in _LOOKS
        case ast.Compare() | ast.FormattedValue() | ast.If() | ast.UnaryOp():
            return True
        case _:
            return False
