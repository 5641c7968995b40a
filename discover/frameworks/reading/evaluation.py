"""One expression, evaluated as one caller sees it: parameters are the caller's arguments."""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.reading.branches import chosen, on_both_ways, taken
from discover.frameworks.reading.frames import Frame
from discover.frameworks.reading.kept_rows import field_of, root_of
from discover.frameworks.reading.made_for_this import kept_under, made_by, possible, same_items, telling
from discover.frameworks.reading.made_objects import makings, set_by
from discover.frameworks.reading.made_texts import by_method, by_percent, text_call
from discover.frameworks.reading.model_options import is_option
from discover.frameworks.reading.parameters import (
    HANDED_BACK,
    as_evaluated,
    before_the_dot,
    gathered_item,
    has_star,
    keyword_looked_up,
)
from discover.frameworks.reading.texts import are_constants, texts_of
from discover.resolve.bodies import names_read
from discover.resolve.values import NOTHING, ContainerValue, Values, join

if TYPE_CHECKING:
    from discover.frameworks.reading.code import Code
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope

DEPTH = 12
"""How many expressions, one inside the other and through calls, an evaluation opens."""


def evaluated(code: Code, scope: Scope, expression: ir.Expr, frame: Frame | None, depth: int = DEPTH) -> Values:
    """What the expression can be, seen from the frame."""
    if frame is None and isinstance(expression, ir.Name):
        expression = text_call(code, scope, expression) or expression
    if frame is None and isinstance(expression, ir.Call):
        frame = Frame(scope.unit)
    if depth == 0 or frame is None:
        return code.program.values_of(scope, expression)
    return Evaluation(code, frame).values(scope, expression, {}, frozenset(), depth)


def items_of(code: Code, scope: Scope, expression: ir.Expr, frame: Frame | None) -> list[Values]:
    """The values of each item of a sequence, as far as they can be told apart."""
    if frame is not None:
        return Evaluation(code, frame).items(scope, expression, {}, frozenset(), DEPTH)
    return code.split(code.program.values_of(scope, expression))


class Evaluation:
    """One evaluation in one frame."""

    def __init__(self, code: Code, frame: Frame) -> None:
        self.code = code
        self.frame = frame
        self.program = code.program
        self.texts = code.texts

    def values(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        if depth == 0:
            return NOTHING
        if type(expression) is ir.Name:
            return self._name(scope, expression, bound, open_, depth)
        if type(expression) is ir.FString:
            return self.texts.joined([self.values(scope, part, bound, open_, depth - 1) for part in expression.parts])
        if type(expression) is ir.Binary and expression.operator == "+":
            left = self.values(scope, expression.left, bound, open_, depth - 1)
            right = self.values(scope, expression.right, bound, open_, depth - 1)
            if texts_of(left) or texts_of(right):
                return self.texts.joined([left, right])
            return join(left, right)
        if type(expression) is ir.Binary and expression.operator == "%":
            made = by_percent(self, scope, expression, bound, open_, depth - 1)
            return made or self.program.values_of(scope, expression)
        if type(expression) is ir.Choice:
            seen = partial(self.values, scope, bound=bound, open_=open_, depth=depth - 1)
            return _any([seen(one) for one in chosen(self.code, self.frame, expression, seen)])
        if type(expression) is ir.Starred:
            return _any(self.items(scope, expression.value, bound, open_, depth - 1))
        if type(expression) is ir.Call:
            return self._call(scope, expression, bound, open_, depth)
        if type(expression) is ir.Attribute:
            return self._attribute(scope, expression, bound, open_, depth)
        if type(expression) is ir.Subscript and isinstance(expression.index, ir.Constant):
            return self._item(scope, expression, expression.index, bound, open_, depth)
        return self.program.values_of(scope, expression)

    def _attribute(
        self, scope: Scope, expression: ir.Attribute, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        """`group.prefix`: as the call set it that made this object, else as any call did."""
        row = field_of(self.code, self.frame, expression.value, expression.name)
        if row is not None:
            return evaluated(self.code, row.scope, row.expression, row.frame, depth - 1)
        found: Values = NOTHING
        for made in makings(self.code, scope, expression.value, self.frame):
            given = set_by(self.code, made, expression.name, self.frame)
            if given is None:
                found = NOTHING
                break
            frame, value = given
            found = join(found, Evaluation(self.code, frame).values(frame.function, value, {}, open_, depth - 1))
        if found:
            return found
        if is_option(expression) and isinstance(expression.value, ir.Attribute):
            said = self.values(scope, expression.value.value, bound, open_, depth - 1)
            return self.code.options.of(said, expression.name)
        base = self.values(scope, expression.value, bound, open_, depth - 1)
        return self.program.attribute(base, expression.name, scope) if base else NOTHING

    def _item(
        self,
        scope: Scope,
        expression: ir.Subscript,
        index: ir.Constant,
        bound: dict[str, Values],
        open_: frozenset[str],
        depth: int,
    ) -> Values:
        """`spec["rule"]` of the containers that `spec` is here."""
        row = field_of(self.code, self.frame, expression.value, index.value)
        if row is not None:
            return evaluated(self.code, row.scope, row.expression, row.frame, depth - 1)
        given = self._gathered(expression, index)
        if given is not None:
            return self._as_given(self.frame, given, depth)
        rest = self._of_the_rest(expression, index)
        if rest is not None:
            return rest
        found: Values = NOTHING
        for value in self.values(scope, expression.value, bound, open_, depth - 1):
            if isinstance(value, ContainerValue) and isinstance(index.value, str | int):
                slot = value.items.get(index.value)
                found = join(found, slot.values if slot is not None else NOTHING)
        return found or self.program.values_of(scope, expression)

    def _gathered(self, expression: ir.Subscript, index: ir.Constant) -> ir.Expr | None:
        """What the frame's call gives for an item of `*args` or `**kwargs`."""
        site, base = self.frame.site, expression.value
        if site is None or not isinstance(base, ir.Name) or not isinstance(index.value, str | int):
            return None
        if self.code.bodies.is_bound_before(self.frame.function, base.id, expression):
            return None
        return gathered_item(self.frame.function, base.id, index.value, site.call)

    def _of_the_rest(self, expression: ir.Subscript, index: ir.Constant) -> Values | None:
        """What `*args` holds where the frame's call gives nothing for it, or decorating does; else None."""
        function, base, site = self.frame.function, expression.value, self.frame.site
        if not isinstance(base, ir.Name) or self.code.bodies.is_bound_before(function, base.id, expression):
            return None
        parameters = function.given
        place = next((i for i, p in enumerate(parameters) if p.kind == "varargs" and p.name == base.id), None)
        if place is None or not isinstance(index.value, int) or (site is not None and has_star(site.call)):
            return None
        if site is None and not self.frame.decorated:
            return None
        return self.frame.decorated if site is None and index.value == place == 0 else NOTHING

    def _name(
        self, scope: Scope, expression: ir.Name, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> Values:
        name = expression.id
        if name in bound:
            return bound[name]
        named = self.frame.names
        is_seen = self.frame.site is not None or self.frame.decorated or named or self.frame.lexical is not None
        frame: Frame | None = self.frame if is_seen else None
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            assigned = self.code.assignments(frame.function)
            if name in assigned and name not in open_ and not self.code.bodies.is_as_given(frame.function, expression):
                found = self._assigned(frame, name, assigned[name], open_, depth)
                if any(isinstance(value, ir.Starred) for value in assigned[name]) and not are_constants(found):
                    return self._gone_through(frame, assigned[name], depth) or self.program.values_of(scope, expression)
                return found
            given = self._parameter(frame, name, depth) if frame.site is not None or frame.decorated else None
            if given is not None:
                return given
            frame = frame.lexical
        return self.program.values_of(scope, expression)

    def _assigned(self, frame: Frame, name: str, assigned: list[ir.Expr], open_: frozenset[str], depth: int) -> Values:
        """What a local name can be; what is made of the name itself (`rule = rule + ".json"`) of its other values."""
        inner = Evaluation(self.code, frame)
        found: Values = NOTHING
        seen = partial(inner.values, frame.function, bound={}, open_=open_ | {name}, depth=depth - 1)
        assigned = telling(taken(self.code, frame, assigned, seen))
        remade = [value for value in assigned if name in names_read(value)]
        for value in assigned if len(remade) == len(assigned) else [one for one in assigned if one not in remade]:
            found = join(found, inner.values(frame.function, value, {}, open_ | {name}, depth - 1))
        if found and remade and len(remade) < len(assigned):
            made = [inner.values(frame.function, one, {name: found}, open_ | {name}, depth - 1) for one in remade]
            found = reduce(self.texts.besides, made, NOTHING if on_both_ways(frame.function, remade) else found)
        return found

    def _gone_through(self, frame: Frame, iterables: list[ir.Expr], depth: int) -> Values:
        """What a loop over something that the frame's caller gave goes through, with what was added to it later."""
        found: Values = NOTHING
        for one in iterables:
            if not isinstance(one, ir.Starred) or not isinstance(one.value, ir.Name | ir.Attribute):
                return NOTHING
            over = Evaluation(self.code, frame).values(frame.function, one.value, {}, frozenset(), depth - 1)
            found = join(found, self.program.elements_of(over))
        return found

    def _parameter(self, frame: Frame, name: str, depth: int) -> Values | None:
        parameters = frame.function.record.parameters
        for number, parameter in enumerate(parameters):
            if parameter.name == name and parameter.kind in ("positional", "normal", "keyword"):
                return self._given(frame, number, parameter, depth)
            if parameter.name == name:
                return self.program.values_of(frame.function, ir.Name(name))
        return None

    def _given(self, frame: Frame, number: int, parameter: ir.Parameter, depth: int) -> Values:
        bound = frame.function.takes_itself
        if frame.site is None:
            default = parameter.default
            if number == int(bound) or default is None:
                return frame.decorated if number == int(bound) else NOTHING
            return self.program.values_of(frame.function, default)
        call = frame.site.call
        expression: ir.Expr | None = None
        if bound and number == 0:
            expression = before_the_dot(frame.site.function, call)
            if expression is None:
                return self.program.values_of(frame.function, ir.Name(parameter.name))
        else:
            for keyword in call.keywords:
                if keyword.name == parameter.name:
                    expression = keyword.value
            index = number - int(bound)
            if expression is None and parameter.kind != "keyword" and index < len(call.arguments):
                expression = call.arguments[index]
            if isinstance(expression, ir.Starred) or (expression is None and has_star(call)):
                return self.program.values_of(frame.function, ir.Name(parameter.name))
        if expression is None:
            default = parameter.default
            return self.program.values_of(frame.function, default) if default is not None else NOTHING
        return self._as_given(frame, expression, depth)

    def _as_given(self, frame: Frame, expression: ir.Expr, depth: int) -> Values:
        """What the frame's call gives, as its caller sees it."""
        if isinstance(frame, _Bound):
            return frame.caller.values(frame.scope, expression, frame.bound, frame.open, depth - 1)
        if frame.site is None:
            return NOTHING
        known = as_evaluated(frame.site, expression) if frame.outer is None else NOTHING
        return known or evaluated(self.code, frame.site.function, expression, frame.outer, depth - 1)

    def _call(self, scope: Scope, call: ir.Call, bound: dict[str, Values], open_: frozenset[str], depth: int) -> Values:
        site = scope.unit.sites.get(call.number)
        if site is None:
            return self.program.values_of(scope, call)
        if isinstance(call.function, ir.Attribute) and not site.targets:
            if self.frame.site is not None:
                given, default = keyword_looked_up(self.frame.function, call, self.frame.site.call)
                if given is not None:
                    return self._as_given(self.frame, given, depth)
                if default is not None:
                    return self.values(scope, default, bound, open_, depth - 1)
            made = by_method(self, scope, call, bound, open_, depth - 1)
            if made:
                return made
            apart = self._made_apart(scope, site, call.function, bound, open_, depth - 1)
            if apart is not None:
                return apart
        for place in (HANDED_BACK[external.path] for external in site.externals if external.path in HANDED_BACK):
            if place < len(call.arguments):
                return self.values(scope, call.arguments[place], bound, open_, depth - 1) or site.result
        if not site.targets or len(site.targets) > 3:
            return site.result
        found: Values = NOTHING
        for target in site.targets:
            frame = _Bound(target.function, site, self, scope, bound, open_)
            for expression in telling(self.code.answers(target.function)):
                inner = Evaluation(self.code, frame)
                found = join(found, inner.values(target.function, expression, {}, frozenset(), depth - 1))
        return possible(found, site.result) or site.result

    def _made_apart(
        self,
        scope: Scope,
        site: CallSite,
        method: ir.Attribute,
        bound: dict[str, Values],
        open_: frozenset[str],
        depth: int,
    ) -> Values | None:
        """What a method gives for the one object or key that is seen here: `view.as_view()`, `table.get(view)`.

        A name that is kept and looked up again adds nothing to itself.
        """
        kept = kept_under(self.code, self.frame.function, site.call)
        if kept:
            new = [one for one in kept if not isinstance(one, ir.Name) or one.id not in open_]
            return _any([self.values(scope, one, bound, open_, depth) for one in new])
        base = self.values(scope, method.value, bound, open_, depth)
        is_own = isinstance(method.value, ir.Name) and method.value.id in {**bound, **self.frame.names}
        if len(site.callee) < 2 and not is_own and root_of(method.value) not in self.frame.standing:
            return None
        made = made_by(self.program, scope, site, method, base)
        return made if made or is_own else None

    def items(
        self, scope: Scope, expression: ir.Expr, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> list[Values]:
        """Each item of a sequence expression."""
        if depth == 0:
            return []
        if isinstance(expression, ir.Sequence):
            found: list[Values] = []
            for item in expression.items:
                if isinstance(item, ir.Starred):
                    found += self.items(scope, item.value, bound, open_, depth - 1)
                else:
                    found.append(self.values(scope, item, bound, open_, depth - 1))
            return found
        if isinstance(expression, ir.Comprehension) and len(expression.generators) == 1:
            generator = expression.generators[0]
            if isinstance(generator.target, ir.Name):
                name = generator.target.id
                return [
                    self.values(scope, expression.element, {**bound, name: item}, open_, depth - 1)
                    for item in self.items(scope, generator.iterable, bound, open_, depth - 1)
                ]
        if isinstance(expression, ir.Name):
            return self._named_items(scope, expression, bound, open_, depth)
        if isinstance(expression, ir.Binary) and expression.operator == "+":
            sides = (expression.left, expression.right)
            return [item for side in sides for item in self.items(scope, side, bound, open_, depth - 1)]
        same = same_items(scope, expression)
        if same is not None:
            return self.items(scope, same, bound, open_, depth - 1)
        return self.code.split(self.values(scope, expression, bound, open_, depth))

    def _named_items(
        self, scope: Scope, expression: ir.Name, bound: dict[str, Values], open_: frozenset[str], depth: int
    ) -> list[Values]:
        name = expression.id
        frame = self.frame
        if name in frame.names:
            return self.code.split(frame.names[name])
        assigned = self.code.assignments(frame.function)
        if name in assigned and name not in open_:
            found: list[Values] = []
            for value in assigned[name]:
                found += self.items(frame.function, value, bound, open_ | {name}, depth - 1)
            return found
        for number, parameter in enumerate(frame.function.record.parameters):
            if parameter.name == name and parameter.kind == "varargs" and frame.site is not None:
                return self._rest(frame, frame.site, number, depth)
            if parameter.name == name and frame.site is not None:
                return self.code.split(self._given(frame, number, parameter, depth))
        return self.code.split(self.values(scope, expression, bound, open_, depth))

    def _rest(self, frame: Frame, site: CallSite, number: int, depth: int) -> list[Values]:
        bound = frame.function.takes_itself
        found: list[Values] = []
        for argument in site.call.arguments[number - int(bound) :]:
            if isinstance(argument, ir.Starred):
                found += items_of(self.code, site.function, argument.value, frame.outer)
            else:
                found.append(evaluated(self.code, site.function, argument, frame.outer, depth - 1))
        return found


class _Bound(Frame):
    """A call inside the evaluated expression: its arguments are seen from the evaluation that reached it."""

    __slots__ = ("bound", "caller", "open", "scope")

    def __init__(
        self,
        function: Function,
        site: CallSite,
        caller: Evaluation,
        scope: Scope,
        bound: dict[str, Values],
        open_: frozenset[str],
    ) -> None:
        super().__init__(function, site, caller.frame)
        self.caller = caller
        self.scope = scope
        self.bound = bound
        self.open = open_


def _any(each: list[Values]) -> Values:
    return reduce(join, each, NOTHING)
