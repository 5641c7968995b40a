"""What decorators put around a function: tries of a library, and wrappers of the backend's own.

A wrapper is the function that a decorator of the backend gives back. It is seen as a function of what it wraps: with
the signature of that, where it passes on all that it gets. Its call of what it wraps is opened like any other call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import libcst as cst

from exporters.cutting.ambient import is_ambient
from exporters.cutting.names import local_names, names_in
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.retries import Tried, tried
from exporters.cutting.source import Code, Function, FunctionNode, dotted_name

_WRAPS = frozenset({"functools.wraps", "wrapt.wraps"})
_TOLD: tuple[str, ...] = ("__name__", "__qualname__", "__module__")
Arguments = dict[str, ast.Constant]


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A wrapper of the backend's own around one function."""

    function: Function
    name: str
    """The name by which it calls what it wraps."""
    line: int
    """Where it does."""
    told: Mapping[str, str]
    """What its own names are."""
    path: str
    """`package.module:decorator.<locals>.wrapper`, where it is written."""


@dataclass(frozen=True, slots=True)
class Managed:
    """A context manager that is opened anew around each piece of the function."""

    manager: str


Layer = Tried | Managed | Wrapper


def layers_of(function: Function, decorators: Iterable[ast.expr], code: Code) -> tuple[Layer, ...]:
    """What the decorators put around the function, the outermost first; raises where one can't be looked into."""
    found: list[Layer] = []
    inner = function
    told: Mapping[str, str] = dict(
        zip(_TOLD, (function.node.name, function.node.name, function.file.module), strict=True)
    )
    for decorator in reversed(list(decorators)):
        layer = _library(decorator, function, code) or _wrapper(decorator, function, inner, told, code)
        if isinstance(layer, Managed) and inner is not function:
            raise CannotCutError(f"`{layer.manager}` stands above a wrapper of `{function.node.name}`")
        if isinstance(layer, Wrapper):
            inner, told = layer.function, layer.told
        elif isinstance(layer, Tried) and _asks_again(function):
            raise CannotCutError(f"`{function.node.name}` asks for another try itself")
        found.append(layer)
    return tuple(reversed(found))


def _library(decorator: ast.expr, function: Function, code: Code) -> Tried | Managed | None:
    if is_ambient(decorator, function.file, code) and not names_in([decorator]).read & set(local_names(function)):
        return Managed(ast.unparse(decorator))
    return tried(decorator, function.file, code)


def _asks_again(function: Function) -> bool:
    """Whether the function tells tenacity itself to try again."""
    names = (dotted_name(n) for n in ast.walk(function.node) if isinstance(n, ast.Name | ast.Attribute))
    return any(name.rpartition(".")[2] == "TryAgain" for name in names)


def wrapper_path(layers: Iterable[Layer]) -> str:
    """Where the outermost wrapper is written; empty where there is none."""
    return next((layer.path for layer in layers if isinstance(layer, Wrapper)), "")


def outermost(function: Function, layers: Iterable[Layer]) -> Function:
    """The function that is called when the decorated one is."""
    return next((layer.function for layer in layers if isinstance(layer, Wrapper)), function)


def _wrapper(decorator: ast.expr, function: Function, inner: Function, told: Mapping[str, str], code: Code) -> Wrapper:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    dotted = dotted_name(called)
    why = f"`{dotted or 'a decorator'}` wraps all of `{function.node.name}`"
    named = code.named(function.file, dotted) if dotted else None
    if not isinstance(named, Function) or named.owner is not None or named.node.decorator_list:
        raise CannotCutError(why)
    given: Arguments = {}
    maker: FunctionNode = named.node
    if isinstance(decorator, ast.Call):
        given = _arguments(named, decorator, why)
        maker = _given_back(maker, why)
        if maker.decorator_list:
            raise CannotCutError(why)
    wrapped = [*maker.args.posonlyargs, *maker.args.args]
    if len(wrapped) != 1 or maker.args.vararg or maker.args.kwarg or maker.args.kwonlyargs:
        raise CannotCutError(why)
    node = _given_back(maker, why)
    around = [named.node] if maker is named.node else [named.node, maker]
    if any(isinstance(one, ast.Nonlocal | ast.Global) for one in ast.walk(node)):
        raise CannotCutError(why)
    raw = Function(named.file, node, around=f"{named.node.name}.<locals>.{node.name}")
    return _Reading(raw, wrapped[0].arg, given, around, inner, told, code, why).wrapper()


def _given_back(maker: FunctionNode, why: str) -> FunctionNode:
    """The inner function that a function returns, whatever it is called with."""
    returns = [node for node in _own(maker) if isinstance(node, ast.Return)]
    last = maker.body[-1]
    name = last.value.id if isinstance(last, ast.Return) and isinstance(last.value, ast.Name) else ""
    inner = [node for node in maker.body if isinstance(node, FunctionNode) and node.name == name]
    bound = [node for node in _own(maker) if isinstance(node, ast.Name) and node.id == name]
    if len(returns) != 1 or len(inner) != 1 or any(not isinstance(node.ctx, ast.Load) for node in bound):
        raise CannotCutError(why)
    return inner[0]


def _own(function: FunctionNode) -> Iterable[ast.AST]:
    """The nodes of the function's own body, without inner functions."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(node))


def _arguments(factory: Function, call: ast.Call, why: str) -> Arguments:
    """What the decorator is called with, by the names that its wrapper sees: constants only."""
    arguments = factory.node.args
    if arguments.vararg or arguments.kwarg or any(isinstance(a, ast.Starred) for a in call.args):
        raise CannotCutError(why)
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    found = factory.defaults | dict(zip(positional, call.args, strict=False))
    found |= {keyword.arg or "**": keyword.value for keyword in call.keywords}
    constants = {name: value for name, value in found.items() if isinstance(value, ast.Constant)}
    if len(constants) != len(found) or found.keys() != set(factory.parameters):
        raise CannotCutError(why)
    return constants


@dataclass(slots=True)
class _Reading:
    raw: Function
    """The wrapper as it is written."""
    wrapped: str
    """The decorator's parameter."""
    given: Arguments
    around: list[FunctionNode]
    """The functions that it stands in."""
    inner: Function
    """What it wraps here."""
    told: Mapping[str, str]
    """The names of that."""
    code: Code
    why: str

    def wrapper(self) -> Wrapper:
        """The wrapper as a function of what it wraps here."""
        node = self.raw.node
        self._check_decorators()
        names = set(local_names(self.raw))
        rebound = names_in(node.body).bound & names
        inner_names = {one.arg for one in ast.walk(ast.Module(node.body, [])) if isinstance(one, ast.arg)}
        if {self.wrapped, *self.given} & (names | inner_names):
            raise CannotCutError(self.why)
        self._check_closure(names)
        call = self._call()
        signature, arguments = self._signature(call, rebound)
        given = {name: ast.unparse(value) for name, value in self.given.items()}
        told = {name: repr(value) for name, value in self.told.items()}
        text = self._text(_Change(signature, arguments, self.wrapped, given, told))
        try:
            holder = ast.parse(f"class _:\n{text}").body[0]
        except SyntaxError:  # a constant inside of a text in the same quotes
            raise CannotCutError(self.why) from None
        assert isinstance(holder, ast.ClassDef)
        made = holder.body[0]
        assert isinstance(made, FunctionNode)
        ast.increment_lineno(made, self.raw.first_line - 2)
        function = Function(self.raw.file, made, text=text, around=f"{self.raw.around}({self.inner.unit})")
        own = (node.name, self.raw.around, self.raw.file.module)
        known_as = self.told if node.decorator_list else dict(zip(_TOLD, own, strict=True))
        path = ".<locals>.".join(one.name for one in (*self.around, node))
        line = _calls(made, self.wrapped)[0].lineno
        return Wrapper(function, self.wrapped, line, known_as, f"{self.raw.file.module}:{path}")

    def _check_decorators(self) -> None:
        for decorator in self.raw.node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            named = self.code.meant(call.func, self.raw.file) if call else None
            if call is None or named not in _WRAPS or [dotted_name(a) for a in call.args] != [self.wrapped]:
                raise CannotCutError(self.why)

    def _check_closure(self, own: set[str]) -> None:
        """Raise where the wrapper asks for other names of the functions that it stands in."""
        read = names_in(self.raw.node.body).read - own - {self.wrapped, *self.given}
        for outer in self.around:
            if found := sorted(read & set(local_names(Function(self.raw.file, outer)))):
                raise CannotCutError(f"{self.why}, and asks for its `{found[0]}`")

    def _call(self) -> ast.Call:
        """The one call of what it wraps; beside it, only the names of that are asked for."""
        calls = _calls(self.raw.node, self.wrapped)
        told = [
            n for n in ast.walk(ast.Module(self.raw.node.body, []))
            if isinstance(n, ast.Attribute) and n.attr in _TOLD and dotted_name(n.value) == self.wrapped
        ]  # fmt: skip
        mentioned = [
            n for n in ast.walk(ast.Module(self.raw.node.body, [])) if isinstance(n, ast.Name) and n.id == self.wrapped
        ]
        if len(calls) != 1 or len(mentioned) != 1 + len(told):
            raise CannotCutError(f"{self.why}, and does not just call it once")
        return calls[0]

    def _signature(self, call: ast.Call, rebound: set[str]) -> tuple[ast.arguments | None, list[str] | None]:
        """The parameters and the arguments of the inner call, where the wrapper passes on all that it gets."""
        arguments = self.raw.node.args
        rest = [one.arg for one in (arguments.vararg, arguments.kwarg) if one is not None]
        if not rest:
            return None, None
        first = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        passed = [ast.unparse(a) for a in call.args] + [
            f"**{ast.unparse(k.value)}" if k.arg is None else f"{k.arg}=" for k in call.keywords
        ]
        wanted = [*first, *([f"*{arguments.vararg.arg}"] if arguments.vararg else [])]
        wanted += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
        mentions = [n for n in ast.walk(ast.Module(self.raw.node.body, [])) if isinstance(n, ast.Name) and n.id in rest]
        inner = self.inner.node.args
        taken = [a.arg for a in (*inner.posonlyargs, *inner.args)]
        is_plain = not (inner.vararg or inner.kwarg or arguments.kwonlyargs or arguments.defaults or inner.posonlyargs)
        is_passed = passed == wanted and len(mentions) == len(rest) and not set(first) & rebound
        if not is_passed or not is_plain or len(first) > len(taken):
            raise CannotCutError(f"{self.why}, and does not pass on what it gets as it is")
        if (taken[len(first) :] and not arguments.vararg) or (inner.kwonlyargs and not arguments.kwarg):
            raise CannotCutError(f"{self.why}, and does not pass on what it gets as it is")
        made = _without_annotations(inner, first)
        after = [*taken[len(first) :], *(a.arg for a in inner.kwonlyargs)]
        if set(after) & {*first, *names_in(self.raw.node.body).bound, *names_in(self.raw.node.body).read}:
            raise CannotCutError(f"{self.why}, and calls something else by the name of an argument")
        return made, [*first, *(f"{name}={name}" for name in after)]

    def _text(self, change: _Change) -> str:
        """The changed wrapper, as deep as it stands in its decorator."""
        module = self.code.syntax(self.raw).module.visit(change)
        return module.code.partition("\n")[2].rstrip("\n")


def _calls(function: FunctionNode, name: str) -> list[ast.Call]:
    return [node for node in _own(function) if isinstance(node, ast.Call) and dotted_name(node.func) == name]


def _without_annotations(arguments: ast.arguments, first: list[str]) -> ast.arguments:
    """The same parameters, the first ones by other names."""
    names = [*first, *(a.arg for a in arguments.args[len(first) :])]
    return ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name) for name in names],
        vararg=None,
        kwonlyargs=[ast.arg(a.arg) for a in arguments.kwonlyargs],
        kw_defaults=arguments.kw_defaults,
        kwarg=None,
        defaults=arguments.defaults,
    )


class _Change(cst.CSTTransformer):
    """Writes the wrapper for what it wraps."""

    def __init__(
        self,
        signature: ast.arguments | None,
        arguments: list[str] | None,
        wrapped: str,
        given: Mapping[str, str],
        told: Mapping[str, str],
    ) -> None:
        self._signature = signature
        self._arguments = arguments
        self._wrapped = wrapped
        self._given = given
        self._told = told
        self._depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: ARG002, N802 - libcst names its visitors so
        self._depth += 1

    def visit_Decorator(self, node: cst.Decorator) -> bool:  # noqa: ARG002, N802
        return False

    def leave_FunctionDef(  # noqa: N802
        self,
        original_node: cst.FunctionDef,  # noqa: ARG002
        updated_node: cst.FunctionDef,
    ) -> cst.FunctionDef:
        self._depth -= 1
        if self._depth or self._signature is None:
            return updated_node
        head = cst.parse_statement(f"def _({ast.unparse(self._signature)}): pass")
        assert isinstance(head, cst.FunctionDef)
        return updated_node.with_changes(params=head.params)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: ARG002, N802
        is_wrapped = isinstance(updated_node.func, cst.Name) and updated_node.func.value == self._wrapped
        if not is_wrapped or self._arguments is None:
            return updated_node
        call = cst.parse_expression(f"{self._wrapped}({', '.join(self._arguments)})")
        assert isinstance(call, cst.Call)
        return call

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        is_wrapped = isinstance(updated_node.value, cst.Name) and updated_node.value.value == self._wrapped
        told = self._told.get(original_node.attr.value) if is_wrapped else None
        return cst.parse_expression(told) if told is not None else updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: ARG002, N802
        text = self._given.get(updated_node.value)
        return cst.parse_expression(text) if text is not None else updated_node
