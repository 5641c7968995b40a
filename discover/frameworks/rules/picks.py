"""A rule's `Pick` applied to one call, seen from one caller: values, texts, numbers, durations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

import msgspec

from discover.catalog.spec import Pick, paths_of
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.reading.branches import is_none
from discover.frameworks.reading.parameters import before_the_dot
from discover.frameworks.reading.said_here import said_here
from discover.frameworks.reading.schedules import duration_of, every, number_of, schedule_text
from discover.frameworks.reading.unpacking import unpacked_keyword, unpacked_mappings
from discover.frameworks.rules.creations import Creations
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.templates import fill
from discover.resolve.picking import bound, class_attribute, keyed, named_argument, names_in, type_argument
from discover.resolve.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    ContainerValue,
    InstanceValue,
    PartialValue,
    Value,
    Values,
    join,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.frameworks.reading.contexts import Contexts, Frame
    from discover.resolve.program import Program
    from discover.resolve.symbols import Scope

_PARTS = 12
_NESTED = 4
"""So many lists, one in the other, are read for their texts; a list may hold itself."""
_ENDLESS = 1e15
"""No delay and no number of tries is as large; code that says so means for ever."""


class Picker:
    """Applies picks."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self.program = program
        self.contexts = contexts
        self.creations = Creations(program, contexts)

    # --- expressions ----------------------------------------------------------------------------------------------

    @staticmethod
    def expression(pick: Pick, call: ir.Call | None) -> ir.Expr | None:
        """The argument's expression."""
        return named_argument(pick, call)

    def wanted(self, picks: Sequence[Pick | str | None], call: ir.Call | None) -> list[ir.Expr]:
        """The expressions that the picks will read: what decides whether callers must be told apart."""
        found: list[ir.Expr] = []
        for pick in picks:
            if pick is None or call is None or isinstance(pick, str):
                continue
            if pick.rest and pick.argument is not None:
                found += call.arguments[pick.argument :]
            expression = self.expression(pick, call)
            found += self.wanted(pick.parts, call)
            if expression is not None:
                found.append(expression)
            if pick.receiver is not None and isinstance(call.function, ir.Attribute):
                found.append(call.function.value)
            found += [k.value for k in call.keywords if k.name is None]
            before = call.arguments[: pick.argument + 1] if pick.argument is not None else []
            found += [argument.value for argument in before if isinstance(argument, ir.Starred)]
        return found

    # --- values ---------------------------------------------------------------------------------------------------

    def values(self, pick: Pick, given: Given) -> Values:
        """What the pick finds."""
        found: Values = NOTHING
        if pick.rest:
            for item in self.rest(pick, given):
                found = join(found, item)
            return found
        expression = self.expression(pick, given.call)
        if expression is not None:
            values = self._inside(pick, given, expression)
            if pick.way:
                return self._bound(pick, self._down(pick, values, given.scope))
            if values:
                return self._bound(pick, keyed(self.program, pick, values))
        values = self._unpacked(pick, given) or self._spread(pick, given) or self._preset(pick, given)
        if values:
            return self._bound(pick, values)
        if pick.type_argument is not None:
            found = NOTHING
            for receiver in given.receivers:
                # a class numbers its type arguments for its objects; it knows its own by name only
                if isinstance(receiver, InstanceValue) or isinstance(pick.type_argument, str):
                    found = join(found, type_argument(self.program, receiver, pick.type_argument))
            return self._bound(pick, found)
        if pick.receiver in ("class", "value") and given.receivers:
            return given.receivers
        if pick.attribute is not None and given.owner is not None:
            for name in names_in(pick.attribute):
                values = class_attribute(self.program, given.owner, name)
                if any(isinstance(v, ConstantValue | ContainerValue) or self._is_made(v) for v in values):
                    return values
        return NOTHING

    def _is_made(self, value: Value) -> bool:
        """Whether the call that made an object is known: a schedule's."""
        return isinstance(value, InstanceValue) and bool(self.creations.made(value))

    def base(self, given: Given) -> Values:
        """The object before the dot, as the frame's caller sees it."""
        before = before_the_dot(given.scope, given.call) if given.call is not None else None
        return self.contexts.values(given.scope, before, given.frame) if before is not None else NOTHING

    def rest(self, pick: Pick, given: Given) -> list[Values]:
        """The positional arguments from the pick's on, each with its values."""
        if given.call is None or pick.argument is None:
            return []
        found: list[Values] = []
        for argument in given.call.arguments[pick.argument :]:
            if isinstance(argument, ir.Starred):
                found += self.contexts.items(given.scope, argument.value, given.frame)
            else:
                found.append(self.contexts.values(given.scope, argument, given.frame))
        return found

    def _inside(self, pick: Pick, given: Given, expression: ir.Expr) -> Values:
        if pick.inside is None:
            return self.contexts.values(given.scope, expression, given.frame)
        inner = self.given_inside(pick, given, expression)
        return NOTHING if pick.inner is None or inner is None else self.values(pick.inner, inner)

    def given_inside(self, pick: Pick, given: Given, expression: ir.Expr) -> Given | None:
        """The call of `inside` that the argument is, or that stands in the list that it is."""
        expression, scope, frame = self.followed(expression, given)
        paths = paths_of(pick.inside)
        for one in expression.items if isinstance(expression, ir.Sequence) else [expression]:
            if self._is_call_of(one, scope, paths):
                return Given(one, scope, frame, NOTHING, given.handler, given.owner)
        return None

    def followed(self, expression: ir.Expr, given: Given) -> tuple[ir.Expr, Scope, Frame | None]:
        """What a name that is bound once stands for, and from where to see that; anything else as it is."""
        once = self._bound_once(expression.id, given.scope) if isinstance(expression, ir.Name) else None
        meant, scope = once or (expression, given.scope)
        return meant, scope, given.frame if scope is given.scope else None

    @staticmethod
    def _is_call_of(expression: ir.Expr, scope: Scope, paths: tuple[str, ...]) -> TypeGuard[ir.Call]:
        site = scope.unit.sites.get(expression.number) if isinstance(expression, ir.Call) else None
        return site is not None and any(external.path in paths for external in site.externals)

    def _bound_once(self, name: str, scope: Scope) -> tuple[ir.Expr, Scope] | None:
        """What a name stands for: `RETRY = Retry(max=2)` in the function, or in the module that it comes from."""
        own = self.contexts.assignments(scope.unit).get(name)
        if own:
            return (own[0], scope) if len(own) == 1 else None
        module, there = self.program.engine.names.home(scope, name)
        body = (module or scope.module).body
        given = self.contexts.assignments(body).get(there, [])
        return (given[0], body) if len(given) == 1 else None

    def _unpacked(self, pick: Pick, given: Given) -> Values:
        """A positional argument that is handed over in `*arguments`, as a caller gave them."""
        call = given.call
        if pick.argument is None or given.frame is None or call is None:
            return NOTHING
        if not any(isinstance(argument, ir.Starred) for argument in call.arguments[: pick.argument + 1]):
            return NOTHING
        flat = self.rest(Pick(argument=0, rest=True), given)
        return keyed(self.program, pick, flat[pick.argument]) if pick.argument < len(flat) else NOTHING

    def _spread(self, pick: Pick, given: Given) -> Values:
        """A keyword that is handed over in a `**mapping`."""
        if given.call is None or pick.keyword is None:
            return NOTHING
        names = names_in(pick.keyword)
        return unpacked_keyword(self.contexts, given.scope, given.call, names, given.frame, given.spread)

    def _preset(self, pick: Pick, given: Given) -> Values:
        """A keyword that `functools.partial` gave to what is called."""
        if given.call is None or pick.keyword is None or not isinstance(given.call.function, ir.Name | ir.Attribute):
            return NOTHING
        for value in self.program.values_of(given.scope, given.call.function):
            for name, values in value.keywords if isinstance(value, PartialValue) else ():
                if name in names_in(pick.keyword):
                    return values
        return NOTHING

    def spreads(self, given: Given) -> list[ContainerValue]:
        """The mappings that the call's `**` can stand for."""
        return unpacked_mappings(self.contexts, given.scope, given.call, given.frame) if given.call is not None else []

    def _bound(self, pick: Pick, values: Values) -> Values:
        """What the picked objects were bound to when they were made: the name that a topic object has."""
        if pick.bound is None:
            return values
        found: Values = NOTHING
        for value in values:
            if isinstance(value, ContainerValue):
                for item in self.contexts.split((value,)):
                    found = join(found, self._bound(pick, item))
            else:
                found = join(found, bound(self.program, pick, value))
        return found

    def _down(self, pick: Pick, values: Values, scope: Scope) -> Values:
        """What stands under keys, one in the other; of a library's object, its attribute of that name."""
        for key in pick.way:
            found: Values = NOTHING
            for value in values:
                if isinstance(value, ContainerValue):
                    place = int(key) if key.isdigit() and value.kind != "dict" else key
                    found = join(found, value.items[place].values if place in value.items else NOTHING)
                elif isinstance(value, InstanceValue) and not value.cls.is_project:
                    found = join(found, self.program.attribute((value,), key, scope))
            values = found
        return values

    # --- readings -------------------------------------------------------------------------------------------------

    def texts(self, pick: Pick | str | list[str] | None, given: Given) -> list[str]:
        """The strings that the pick finds, in order; the default filled in when there is none."""
        if pick is None:
            return []
        if isinstance(pick, str):
            return [fill(pick, given)]
        if isinstance(pick, list):
            return list(pick)
        if pick.parts:
            return self._put_together(pick, given)
        if pick.whole:
            said = self._said(given)
            return [schedule_text(self.program, given.scope, said)] if said is not None else []
        if pick.receiver == "name" and given.call is not None and isinstance(given.call.function, ir.Attribute):
            base = given.call.function.value
            if pick.form != "schedule":
                return [text_of(base)]
            scope, base = _chosen(given, base)
            return [schedule_text(self.program, scope, base)]
        if pick.receiver == "call":
            return self._made(pick, given)
        if pick.call and given.call is not None:
            return [schedule_text(self.program, given.scope, self._said(given) or given.call)]
        if pick.rest:
            return [text for item in self.rest(pick, given) for text in self._readings(pick, given, item)]
        found = self._readings(pick, given, self.values(pick, given))
        expression = self.expression(pick, given.call)
        is_given = expression is not None and not is_none(self.contexts, expression, given.frame)
        if not found and expression is not None and not is_given and isinstance(pick.keyword, list):
            rest = _without_first(pick, given.call)  # `minutes=job.minutes`, where this job has none
            return self.texts(rest, given) if rest is not None else []
        if not found and expression is not None and is_given and pick.form in ("schedule", "duration"):
            found = [self._reckoned(pick, given, expression)]
        if not found and pick.default is not None:
            default = pick.default
            return list(default) if isinstance(default, list) else [fill(str(default), given)]
        return found

    def _reckoned(self, pick: Pick, given: Given, expression: ir.Expr) -> str:
        """A schedule as code works it out; a plain number is in the pick's own unit."""
        number = number_of(self.program, given.scope, expression) if isinstance(expression, ir.Binary) else None
        if number is not None and _is_finite(number):
            return every(number * pick.times + pick.plus)
        if isinstance(expression, ir.Call):
            expression = said_here(self.contexts, given.scope, expression, given.frame)
        return schedule_text(self.program, given.scope, expression, self._said(given))

    def _said(self, given: Given) -> ir.Call | None:
        """The call with what its caller says of when."""
        if given.call is None:
            return None
        return said_here(self.contexts, given.scope, given.call, given.frame, given.spread)

    def _made_as_given(self, given: Given, scope: Scope, call: ir.Call) -> ir.Call:
        """The call that made a schedule, as the frame sees it where it stands there."""
        return said_here(self.contexts, scope, call, given.frame if scope is given.scope else None)

    def _put_together(self, pick: Pick, given: Given) -> list[str]:
        found = [""]
        known = False
        for part in pick.parts:
            texts = self.texts(part, given)
            known = known or (bool(texts) and isinstance(part, Pick))
            found = [text + one for text in found for one in (texts or ["{}"])][:_PARTS]
        return found if known else []

    def texts_in(self, values: Values, given: Given) -> list[str]:
        """The strings among the values, those of lists too."""
        return self._readings(Pick(), given, values)

    def _readings(self, pick: Pick, given: Given, values: Values) -> list[str]:
        found = self._plain_readings(pick, given, values, _NESTED)
        if pick.pattern is not None:
            found = [taken for text in found if (taken := _taken(pick.pattern, text))]
        if pick.after.startswith("/"):
            found = [text.rstrip("/") for text in found]
        leading = self.texts(pick.led_by, given) if found and pick.led_by is not None else []
        before = leading[0] if leading else pick.before
        return [before + text + pick.after for text in dict.fromkeys(found)]

    def _plain_readings(self, pick: Pick, given: Given, values: Values, depth: int) -> list[str]:
        found: list[str] = []
        for value in values if depth else ():
            if isinstance(value, ConstantValue) and isinstance(value.value, str | int | float):
                if pick.form == "schedule" and isinstance(value.value, str):
                    found.append(self._named_schedule(value.value, given))
                elif pick.form in ("duration", "schedule") and not isinstance(value.value, str):
                    found.append(every(value.value * pick.times + pick.plus))
                else:
                    found.append(str(value.value))
            elif isinstance(value, ContainerValue):
                for item in self.contexts.split((value,)):
                    found += self._plain_readings(pick, given, item, depth - 1)
            elif isinstance(value, ClassValue):
                found.append(value.cls.id)
            elif isinstance(value, InstanceValue) and pick.form in ("schedule", "duration"):
                # what a class attribute's call names may stand beside it in the class
                owner = given.owner if pick.attribute is not None else None
                found += [
                    schedule_text(self.program, owner or scope, self._made_as_given(given, scope, call))
                    for scope, call in self.creations.made(value)
                ]
            elif isinstance(value, InstanceValue) and pick.form == "text" and value.cls.is_project:
                found.append(value.cls.id)
        return found

    def _named_schedule(self, text: str, given: Given) -> str:
        return schedule_text(self.program, given.scope, ir.Constant(text), self._said(given))

    def _made(self, pick: Pick, given: Given) -> list[str]:
        """From the call that made the receiver."""
        call = self.creations.making(given)
        if pick.inner is None or call is None:
            return []
        return self.texts(pick.inner, Given(call, given.scope, given.frame, NOTHING, given.handler, given.owner))

    def number(self, pick: Pick | float | None, given: Given) -> float | None:
        """The number that the pick finds, in seconds when it is a duration."""
        if pick is None or isinstance(pick, int | float):
            return pick
        found: float | None = None
        for value in self.values(pick, given):
            if isinstance(value, ConstantValue) and isinstance(value.value, int | float) and _is_finite(value.value):
                found = 1.0 if value.value is True else float(value.value)
                break
        if found is None:
            expression = self.expression(pick, given.call)
            found = duration_of(self.program, given.scope, expression) if expression is not None else None
            if found is not None and not _is_finite(found):
                return None
        if found is None and isinstance(pick.default, int | float):
            found = float(pick.default)
        return None if found is None else found * pick.times + pick.plus


def _without_first(pick: Pick, call: ir.Call | None) -> Pick | None:
    """The pick with the keywords that come behind the first one which the call has; None where there are none."""
    names, given = names_in(pick.keyword), {keyword.name for keyword in call.keywords} if call is not None else set()
    place = next((place for place, name in enumerate(names) if name in given), len(names))
    rest = list(names[place + 1 :])
    return msgspec.structs.replace(pick, keyword=rest) if rest else None


def _taken(pattern: str, text: str) -> str:
    """The first group of a catalog's expression that took part in a match of the text."""
    match = re.search(pattern, text)
    return next((group for group in match.groups() if group), "") if match else ""


def _chosen(given: Given, expression: ir.Expr) -> tuple[Scope, ir.Expr]:
    """A parameter as its caller writes it: the schedule that a project's own decorator is given."""
    frame = given.frame
    while frame is not None and isinstance(expression, ir.Name):
        function, site = frame.function, frame.site
        names = [parameter.name for parameter in function.record.parameters]
        if expression.id in names and site is not None:
            place = names.index(expression.id) - int(function.takes_itself)
            named = [keyword.value for keyword in site.call.keywords if keyword.name == expression.id]
            found = named or site.call.arguments[place : place + 1]
            return (site.function, found[0]) if found else (given.scope, expression)
        frame = frame.lexical
    return given.scope, expression


def _is_finite(number: float) -> bool:
    """Whether the number can be reckoned with: source may say `1e999`, or an integer that no float holds."""
    return abs(number) < _ENDLESS
