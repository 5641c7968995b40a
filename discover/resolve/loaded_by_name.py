"""What a project's function loads by the names that it is given: each call has what its own names mean.

`def load(module, name): return getattr(import_module(f"plugins.{module}"), name)` is evaluated once for all callers;
its result holds what any of them asks for. A call that says both names gets that alone, from the variants that the
function makes of them, also through a function that hands its own parameters on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.dynamic_imports import LOADERS
from discover.resolve.factories import passed
from discover.resolve.given import Arguments
from discover.resolve.values import NOTHING, ConstantValue, ModuleValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Value

_DEPTH = 8
"""So many expressions, one inside the other and through functions, are opened."""
_STEPS = 1000
"""So many expressions are opened for one call: each name may be made of several, and these of several others."""
_VARIANTS = 8
"""So many names are told apart that a function makes of one that it is given."""
_ASKED = 64
"""So many functions are looked into for a call that loads."""
_GETATTR = "builtins.getattr"
_LOADS = frozenset({*LOADERS, _GETATTR})

_Given = dict[str, Values]


def loaded(engine: Engine, function: Function, receiver: Value | None, arguments: Arguments, result: Values) -> Values:
    """The result of one call: what it names itself, where the function loads that by name."""
    if not result or not _loads(engine, function):
        return result
    given: _Given = {}
    for parameter in function.given:
        if parameter.kind in ("positional", "normal", "keyword") and parameter.name not in function.rebound:
            given[parameter.name] = passed(engine, function, receiver, arguments, parameter.name)
    found = _Loading(engine).given_back(function, given, _DEPTH)
    return result if found is None else found


def _loads(engine: Engine, function: Function) -> bool:
    """Whether a function gives back what a call in it loads, or what such a function of the project gives."""
    asked: dict[Function, None] = {}
    further = {function: None}
    for _ in range(_DEPTH):
        sites = [site for one in further for site in _given_back(engine, one)]
        for site in sites:
            for external in site.externals:
                if external.path in _LOADS:
                    return True
        asked |= further
        called = dict.fromkeys(site.targets[0].function for site in sites if len(site.targets) == 1)
        further = {one: None for one in called if one not in asked}
        if not further or len(asked) > _ASKED:
            return False
    return False


def _given_back(engine: Engine, function: Function) -> list[CallSite]:
    """The calls of which a function gives back the result; none where it is given no names."""
    if not function.record.parameters or function.record.is_generator:
        return []
    numbers = [one.number for one in engine.bodies.returned(function) if isinstance(one, ir.Call)]
    return [function.sites[number] for number in numbers if number in function.sites]


class _Loading:
    """Follows what one call gives through a function, as far as that is names and what is loaded by them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._left = _STEPS

    def given_back(self, function: Function, given: _Given, depth: int) -> Values | None:
        """What the function gives back for these; None where something of it is not known."""
        found: Values = NOTHING
        for one in self._engine.bodies.returned(function):
            values = self._values(function, one, given, depth)
            if values is None:
                return None
            found = join(found, values)
        return found or None

    def _values(self, function: Function, expression: ir.Expr, given: _Given, depth: int) -> Values | None:
        if not self._may_open(depth):
            return None
        if isinstance(expression, ir.Constant):
            return NOTHING
        if isinstance(expression, ir.Lambda):
            return self._engine.evaluate(function, expression)
        if isinstance(expression, ir.Name):
            return self._named(function, expression.id, given, depth)
        site = function.sites.get(expression.number) if isinstance(expression, ir.Call) else None
        if site is None:
            return None
        if any(external.path == _GETATTR for external in site.externals) and len(site.call.arguments) in (2, 3):
            return self._attribute(function, site.call, given, depth)
        if any(external.path in LOADERS for external in site.externals) and len(site.call.arguments) == 1:
            return self._loaded(function, site, given, depth)
        target = site.targets[0].function if len(site.targets) == 1 and not site.externals else None
        if target is None or target is function:
            return None
        handed = self._handed(function, target, site.call, given, depth)
        return (
            self.given_back(target, handed, depth - 1) if handed is not None and _loads(self._engine, target) else None
        )

    def _may_open(self, depth: int) -> bool:
        self._left -= 1
        return depth > 0 and self._left > 0

    def _named(self, function: Function, name: str, given: _Given, depth: int) -> Values | None:
        if name in given:
            return given[name]
        found: Values = NOTHING
        bound = self._engine.bodies.assignments(function).get(name, ())
        for one in bound:
            values = self._values(function, one, given, depth - 1)
            if values is None:
                return None
            found = join(found, values)
        return found if bound else self._engine.evaluate(function, ir.Name(name))

    def _attribute(self, function: Function, call: ir.Call, given: _Given, depth: int) -> Values | None:
        base = self._values(function, call.arguments[0], given, depth - 1)
        names = self._texts(function, call.arguments[1], given, depth - 1)
        if base is None or names is None:
            return None
        found: Values = NOTHING
        for module in (value for value in base if isinstance(value, ModuleValue)):
            for name in names:
                found = join(found, self._engine.attribute(function, (module,), name))
        return found

    def _loaded(self, function: Function, site: CallSite, given: _Given, depth: int) -> Values | None:
        names = self._texts(function, site.call.arguments[0], given, depth - 1)
        if names is None or site.targets:
            return None
        found: Values = NOTHING
        for value in site.callee:
            for name in names:
                asked = Arguments([(self._engine.intern.constant(name),)], {})
                found = join(found, self._engine.apply(function, value, asked, None, site.call))
        return found

    def _handed(self, function: Function, target: Function, call: ir.Call, given: _Given, depth: int) -> _Given | None:
        """What a call inside hands on, each known; None where one is not."""
        arguments = Arguments([], {})
        for one in call.arguments:
            values = self._handed_one(function, one, given, depth)
            if values is None:
                return None
            arguments.positional.append(values)
        for keyword in call.keywords:
            values = self._handed_one(function, keyword.value, given, depth)
            if keyword.name is None or values is None:
                return None
            arguments.keywords[keyword.name] = values
        names = [p.name for p in target.record.parameters if p.kind in ("positional", "normal", "keyword")]
        return {name: passed(self._engine, target, None, arguments, name) for name in names}

    def _handed_one(self, function: Function, expression: ir.Expr, given: _Given, depth: int) -> Values | None:
        texts = self._texts(function, expression, given, depth - 1)
        if texts is not None:
            return tuple(self._engine.intern.constant(text) for text in texts)
        return self._values(function, expression, given, depth - 1)

    def _texts(self, function: Function, expression: ir.Expr, given: _Given, depth: int) -> list[str] | None:
        """The names that an expression can be; None where one is not known."""
        if not self._may_open(depth):
            return None
        match expression:
            case ir.Constant(value=str() as text):
                return [text]
            case ir.Name(id=name) if name in given:
                known = [v.value for v in given[name] if isinstance(v, ConstantValue) and isinstance(v.value, str)]
                return known if len(known) == len(given[name]) == 1 and "{}" not in known[0] else None
            case ir.Name(id=name):
                return self._any_of(function, self._engine.bodies.assignments(function).get(name, []), given, depth)
            case ir.Choice(values=values):
                return self._any_of(function, values, given, depth)
            case ir.FString(parts=parts):
                return self._joined(function, parts, given, depth)
            case ir.Binary(operator="+", left=left, right=right):
                return self._joined(function, [left, right], given, depth)
            case _:
                return None

    def _any_of(self, function: Function, each: list[ir.Expr], given: _Given, depth: int) -> list[str] | None:
        found: list[str] = []
        for one in each:
            texts = self._texts(function, one, given, depth - 1)
            if texts is None:
                return None
            found += texts
        return list(dict.fromkeys(found)) or None

    def _joined(self, function: Function, parts: list[ir.Expr], given: _Given, depth: int) -> list[str] | None:
        found = [""]
        for part in parts:
            texts = self._texts(function, part, given, depth - 1)
            if texts is None or len(found) * len(texts) > _VARIANTS:
                return None
            found = [before + text for before in found for text in texts]
        return found
