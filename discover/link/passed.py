"""What expressions are where some parameters are known: the caller's arguments, seen from inside the function."""

from __future__ import annotations

from discover.facts import records as facts
from discover.frameworks.reading.parameters import argument_for
from discover.frameworks.reading.texts import Texts, texts_of
from discover.link.choosing import Choosing, Parameter
from discover.resolve import intrinsics
from discover.resolve.given import Arguments
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ConstantValue, ContainerValue, PartialValue, Value, Values, join

Known = dict[Parameter, Values]
"""Parameters with what one way through the callers passes for them."""

_GETATTR = "builtins.getattr"


class Passed:
    """Evaluates what depends on known parameters; anything else is as resolving has it for all callers."""

    def __init__(self, program: Program, choosing: Choosing) -> None:
        self._program = program
        self._choosing = choosing
        self._of_partials: dict[CallSite, bool] = {}
        self._texts = Texts(program.engine.intern)

    def values(self, function: Function, expression: facts.Expr, known: Known) -> Values:
        """What the expression is here; nothing where it depends on none of the known parameters, or can't be told."""
        match expression:
            case facts.Name():
                return self._name(function, expression.id, known)
            case facts.Attribute():
                base = self.values(function, expression.value, known)
                return self._program.attribute(base, expression.name, function) if base else NOTHING
            case facts.Starred():
                return self._elements(function, expression.value, known)
            case facts.Choice():
                return self._any(function, expression, known)
            case facts.Subscript():
                return self._item(function, expression.value, expression.index, known)
            case facts.FString():
                return self._text(function, expression, known)
            case facts.Call():
                return self._call(function, expression, known)
            case facts.Await():
                return self.values(function, expression.value, known)
            case _:
                return NOTHING

    def argument(self, site: CallSite, callee: Function, name: str, known: Known) -> Values:
        """What a call passes for a parameter of a function that it runs; nothing where that can't be told."""
        parameters = callee.record.parameters
        place = next(index for index, parameter in enumerate(parameters) if parameter.name == name)
        position = place - int(callee.takes_itself)
        call = site.call
        if self._calls_partial(site):
            return NOTHING
        if any(isinstance(given, facts.Starred) for given in call.arguments[: position + 1]):
            return NOTHING
        if parameters[place].kind == "varargs":
            rest = call.arguments[position:]
            return NOTHING if any(isinstance(one, facts.Starred) for one in rest) else self._each(site, rest, known)
        given = argument_for(callee, name, call)
        if given is None:
            default = parameters[place].default
            is_spread = any(keyword.name is None for keyword in call.keywords)
            if default is None or is_spread:
                return NOTHING
            return self._written(default) or _without_flags(self._program.values_of(callee.module.body, default))
        if isinstance(given, facts.Name):
            origin = self._choosing.origin(site.function, given.id)
            if origin is not None and origin[1] is None and (origin[0], given.id) in known:
                return known[origin[0], given.id]
        written = self._written(given)
        return written or _without_flags(self.values(site.function, given, known) or self._recorded(site, given))

    def _written(self, given: facts.Expr) -> Values:
        return (self._program.engine.intern.constant(given.value),) if isinstance(given, facts.Constant) else NOTHING

    def _calls_partial(self, site: CallSite) -> bool:
        found = self._of_partials.get(site)
        if found is None:
            found = self._of_partials[site] = any(isinstance(value, PartialValue) for value in site.callee)
        return found

    @staticmethod
    def _recorded(site: CallSite, given: facts.Expr) -> Values:
        """What resolving found an argument to be where the call stands."""
        for index, argument in enumerate(site.call.arguments[: len(site.arguments)]):
            if argument is given:
                return site.arguments[index]
        return next((site.keywords.get(k.name, NOTHING) for k in site.call.keywords if k.name and k.value is given), ())

    def _each(self, site: CallSite, given: list[facts.Expr], known: Known) -> Values:
        found: Values = NOTHING
        for one in given:
            found = join(found, self.values(site.function, one, known) or self._recorded(site, one))
        return found

    def _name(self, function: Function, name: str, known: Known) -> Values:
        found = self._choosing.origin(function, name)
        if found is None:
            return NOTHING
        at, value = found
        if value is not None:
            return self.values(at, value, known)
        return NOTHING if _is_rest(at, name) else known.get((at, name), NOTHING)

    def _elements(self, function: Function, expression: facts.Expr, known: Known) -> Values:
        if isinstance(expression, facts.Name):
            found = self._choosing.origin(function, expression.id)
            if found is not None and found[1] is None and _is_rest(found[0], expression.id):
                return known.get((found[0], expression.id), NOTHING)
        values = self.values(function, expression, known)
        return self._program.elements_of(values) if values else NOTHING

    def _any(self, function: Function, choice: facts.Choice, known: Known) -> Values:
        each = [self.values(function, one, known) for one in choice.values]
        if not any(each):
            return NOTHING
        found: Values = NOTHING
        for values, one in zip(each, choice.values, strict=True):
            if choice.operator == "or" and _is_data(values):
                if not any(map(_is_true, values)):
                    continue
                if all(map(_is_true, values)):
                    return join(found, values)
            found = join(found, values or self._program.values_of(function, one))
        return found

    def number(self, function: Function, expression: facts.Expr, known: Known) -> float | None:
        """The one number that the expression is here; None where none is known, or several."""
        if isinstance(expression, facts.Constant):
            values: Values = (self._program.engine.intern.constant(expression.value),)
        else:
            values = self.values(function, expression, known)
        numbers = [v.value for v in values if isinstance(v, ConstantValue)]
        if len(values) != 1 or not numbers or isinstance(numbers[0], bool | str) or numbers[0] is None:
            return None
        return numbers[0]

    def _item(self, function: Function, base: facts.Expr, index: facts.Expr, known: Known) -> Values:
        """`HANDLERS[kind]`, of a known table or under a known key."""
        keys = self.values(function, index, known)
        tables = self.values(function, base, known)
        if not keys and not tables:
            return NOTHING
        names = texts_of(keys or self._program.values_of(function, index))
        found: Values = NOTHING
        for table in tables or self._program.values_of(function, base):
            if not isinstance(table, ContainerValue):
                continue
            for name in names:
                slot = table.items.get(name)
                found = join(found, slot.values if slot is not None else NOTHING)
        return found

    def _text(self, function: Function, expression: facts.FString, known: Known) -> Values:
        parts = [self.values(function, part, known) for part in expression.parts]
        if not any(parts):
            return NOTHING
        pairs = zip(parts, expression.parts, strict=True)
        return self._texts.joined([values or self._program.values_of(function, part) for values, part in pairs])

    def _call(self, function: Function, call: facts.Call, known: Known) -> Values:
        """`getattr(plugin, method_name)`, `HANDLERS.get(kind)`."""
        site = function.sites.get(call.number)
        if site is None or site.targets or not call.arguments:
            return NOTHING
        if any(external.path == _GETATTR for external in site.externals):
            each = [self.values(function, argument, known) for argument in call.arguments[:2]]
            if not any(each):
                return NOTHING
            pairs = zip(each, call.arguments, strict=False)
            given = [values or self._program.values_of(function, argument) for values, argument in pairs]
            return intrinsics.TABLE[_GETATTR](self._program.engine, function, Arguments(given, {}), call, None)
        if isinstance(call.function, facts.Attribute) and call.function.name == "get":
            return self._item(function, call.function.value, call.arguments[0], known)
        return NOTHING


def _is_rest(function: Function, name: str) -> bool:
    """Whether the parameter is `*name`: what is known of it is what it holds."""
    return any(one.name == name and one.kind == "varargs" for one in function.record.parameters)


def _without_flags(values: Values) -> Values:
    """The values but for `True` and `False`: where such a one is not written down, it may be the other as well."""
    return tuple(v for v in values if not (isinstance(v, ConstantValue) and isinstance(v.value, bool)))


def _is_data(values: Values) -> bool:
    return bool(values) and all(isinstance(value, ConstantValue) for value in values)


def _is_true(value: Value) -> bool:
    return isinstance(value, ConstantValue) and bool(value.value)
