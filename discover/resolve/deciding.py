"""What a method gives back while a certain handler runs: `get_serializer_class`, which asks `self.action`.

The method's statements are gone through with what is known of the object then: a test that it decides leaves one way,
a look-up by it one item. Nothing else is followed more exactly than elsewhere.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import is_super
from discover.facts.walking import blocks, within
from discover.resolve.handled_tests import HandledTests, Names, fits
from discover.resolve.handlers import given_attribute
from discover.resolve.values import NOTHING, ClassValue, ContainerValue, ExternalValue, InstanceValue, Values, join

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.symbols import Function

_STATEMENTS = 200
"""So many statements are gone through, those of the methods above too; beyond, nothing is decided."""
_ABOVE = 6
"""So many methods are followed from one to the one that it overrides."""


class Missing(Exception):  # noqa: N818
    """A look-up by what is known finds nothing: the code would raise."""


def given_in_handler(
    engine: Engine, method: Function, receiver: InstanceValue, attribute: str = "", *, only_decided: bool = True
) -> Values:
    """What a method gives back while a handler runs on the object; nothing where not all is known.

    Args:
        engine: Evaluates what is not decided.
        method: The project's method.
        receiver: The object, which knows its handler.
        attribute: What the library's own method of this name would give: an attribute of the object.
        only_decided: Give nothing where the handler decides nothing.
    """
    deciding = _Deciding(engine, receiver, attribute)
    deciding.go_through(method, {})
    return deciding.found if (deciding.has_decided or not only_decided) and not deciding.is_open else NOTHING


class _Deciding(HandledTests):
    def __init__(self, engine: Engine, receiver: InstanceValue, attribute: str) -> None:
        super().__init__(receiver)
        self.engine = engine
        self.attribute = attribute
        self.found: Values = NOTHING
        self.is_open = False
        """Whether something is given back of which nothing is known."""
        self._left = _STATEMENTS
        self._above = _ABOVE
        self._method: Function | None = None

    def go_through(self, method: Function, names: Names) -> None:
        """Gather what a method gives back, entered with what the object's attributes were given."""
        before = self._method, self.itself
        parameters = method.record.parameters
        self._method, self.itself = method, parameters[0].name if parameters else ""
        self.engine.demand(method)
        with suppress(Missing):
            self._block(method.record.body, dict(names))
        self._method, self.itself = before

    # --- statements -----------------------------------------------------------------------------------------------

    def _block(self, body: list[ir.Stmt], names: Names) -> bool:
        """Go through the statements; the answer is whether they all lead out of the method."""
        for statement in body:
            self._left -= 1
            if self._left < 0:
                self.is_open = True
                return True
            if self._statement(statement, names):
                return True
        return False

    def _statement(self, statement: ir.Stmt, names: Names) -> bool:
        match statement:
            case ir.Return():
                values = self.values(statement.value, names) if statement.value is not None else NOTHING
                self.is_open = self.is_open or not values
                self.found = join(self.found, values)
                return True
            case ir.Raise():
                return True
            case ir.Assign():
                self._assign(statement, names)
            case ir.Evaluate():
                self._added(statement.value, names)
            case ir.If():
                return self._branch(statement, names)
            case ir.Try():
                return self._attempt(statement, names)
            case ir.Match():
                return self._match(statement, names)
            case ir.ForLoop() | ir.While() | ir.With():
                ends = [self._block(block, names) for block in blocks(statement)]
                return isinstance(statement, ir.With) and ends[0]
            case _:
                pass
        return False

    def _assign(self, statement: ir.Assign, names: Names) -> None:
        if statement.value is None:
            return
        values = self.values(statement.value, names)
        for target in statement.targets:
            place = self._place(target)
            if place:
                names[place] = join(names.get(place, NOTHING), values) if statement.operator else values

    def _added(self, expression: ir.Expr, names: Names) -> None:
        """`permissions.append(IsOwner())`."""
        if isinstance(expression, ir.Call) and isinstance(expression.function, ir.Attribute) and expression.arguments:
            place = self._place(expression.function.value)
            if place and expression.function.name in ("append", "extend", "insert"):
                known = names.get(place) or self.values(expression.function.value, names)
                names[place] = join(known, self.values(expression.arguments[-1], names))

    def _place(self, target: ir.Expr) -> str:
        if isinstance(target, ir.Name):
            return target.id
        if isinstance(target, ir.Attribute) and isinstance(target.value, ir.Name) and target.value.id == self.itself:
            return f"self.{target.name}"
        return ""

    def _branch(self, statement: ir.If, names: Names) -> bool:
        holds = self.holds(statement.test, names)
        if holds is not None:
            return self._block(statement.body if holds else statement.otherwise, names)
        return self._either([statement.body, statement.otherwise], names)

    def _either(self, bodies: list[list[ir.Stmt]], names: Names) -> bool:
        """One of the blocks is gone through: what they bind is joined."""
        ways: list[Names] = []
        for body in bodies:
            bound = dict(names)
            if not self._block(body, bound):
                ways.append(bound)
        for way in ways:
            for name, values in way.items():
                names[name] = join(names.get(name, NOTHING), values) if len(ways) > 1 else values
        return not ways

    def _attempt(self, statement: ir.Try, names: Names) -> bool:
        try:
            if self._block(statement.body, names):
                return True
            if self._block(statement.otherwise, names):
                return True
        except Missing:
            if self._either([handler.body for handler in statement.handlers], names):
                return True
        return self._block(statement.last, names)

    def _match(self, statement: ir.Match, names: Names) -> bool:
        subject = self.text(statement.subject, names)
        bodies: list[list[ir.Stmt]] = []
        for case in statement.cases:
            is_meant = fits(case, subject)
            if is_meant is not False:
                bodies.append(case.body)
            if is_meant:
                self.has_decided = True
                return self._either(bodies, names)
        return self._either([*bodies, []], names)

    # --- values ---------------------------------------------------------------------------------------------------

    def values(self, expression: ir.Expr, names: Names) -> Values:
        """What an expression is; of a list, what it holds."""
        place = self._place(expression)
        if place in names:
            return names[place]
        match expression:
            case ir.Attribute():
                return self._attribute(expression, names)
            case ir.Choice():
                return self._choice(expression, names)
            case ir.Sequence():
                return self._all(expression.items, names)
            case ir.Starred():
                return self._held(expression.value, names)
            case ir.Binary(operator="+"):
                return self._all([expression.left, expression.right], names)
            case ir.Comprehension(generators=[generator]) if isinstance(generator.target, ir.Name):
                inner = {**names, generator.target.id: self._held(generator.iterable, names)}
                return self.values(expression.element, inner)
            case ir.Subscript():
                found = self._item(expression.value, expression.index, names)
                if found is None:
                    raise Missing
                return found or self._plainly(expression)
            case ir.Call():
                return self._call(expression, names)
            case _:
                return self._plainly(expression)

    def _plainly(self, expression: ir.Expr) -> Values:
        """What an expression is for whichever handler; a call is not made again, apart from its place in the code."""
        if isinstance(expression, ir.Call) and self._method is not None:
            site = self._method.sites.get(expression.number)
            return site.result if site is not None else NOTHING
        if isinstance(expression, ir.Mapping):
            return (self.engine.intern.container(expression, "dict"),)
        if any(isinstance(one, ir.Call) for one in within(expression, (ir.Lambda,))):
            return NOTHING
        return self.engine.evaluate(self._method, expression) if self._method is not None else NOTHING

    def _all(self, expressions: list[ir.Expr], names: Names) -> Values:
        found: Values = NOTHING
        for one in expressions:
            found = join(found, self._held(one, names))
        return found

    def _held(self, expression: ir.Expr, names: Names) -> Values:
        """What iterating over an expression gives, or what it is."""
        values = self.values(expression, names)
        lists = tuple(v for v in values if isinstance(v, ContainerValue))
        plain = tuple(v for v in values if not isinstance(v, ContainerValue))
        return join(plain, self.engine.elements_of(lists)) if lists else plain

    def _attribute(self, expression: ir.Attribute, names: Names) -> Values:
        dotted = self.dotted(expression)
        if dotted in self.facts:
            return (self.engine.intern.constant(self.facts[dotted]),)
        return self._own(dotted, names) if dotted and "." not in dotted else self._plainly(expression)

    def _own(self, name: str, names: Names) -> Values:
        """An attribute of the object."""
        known = names.get(f"self.{name}")
        if known is not None:
            return known
        given = given_attribute(self.engine, self.receiver.cls, self.handler, name)
        if given is not None:
            self.has_decided = True
            return given
        cls = self.receiver.cls
        found = self.engine.attribute(cls, (self.engine.intern.class_(cls),), name)
        return found or self.engine.attribute(cls, (self.receiver,), name)

    def _choice(self, expression: ir.Choice, names: Names) -> Values:
        if expression.tests:
            holds = self.holds(expression.tests[0], names)
            if holds is not None:
                return self.values(expression.values[0 if holds else 1], names)
        found: Values = NOTHING
        for one in expression.values:
            values = self.values(one, names)
            if values and expression.operator == "or" and self._is_certain(one, names):
                return values
            found = join(found, values)
        return found

    def _is_certain(self, expression: ir.Expr, names: Names) -> bool:
        """Whether an expression is a look-up by what is known, which is true where it finds something."""
        if not isinstance(expression, ir.Call) or not isinstance(expression.function, ir.Attribute):
            return False
        return bool(expression.arguments) and self.text(expression.arguments[0], names) is not None

    def _item(self, base: ir.Expr, index: ir.Expr, names: Names) -> Values | None:
        """What stands under a key that is known; None where nothing does, nothing where the key is not known."""
        key = self.text(index, names)
        mappings = self.values(base, names) if key is not None else NOTHING
        if key is None or not mappings or not all(isinstance(v, ContainerValue) and v.kind == "dict" for v in mappings):
            return NOTHING
        self.has_decided = True
        found: Values = NOTHING
        for value in mappings:
            if isinstance(value, ContainerValue) and key in value.items:
                found = join(found, value.items[key].values)
        return found or None

    def _call(self, call: ir.Call, names: Names) -> Values:
        function = call.function
        if isinstance(function, ir.Attribute) and function.name == "get" and call.arguments:
            found = self._item(function.value, call.arguments[0], names)
            if found is None:
                return self.values(call.arguments[1], names) if len(call.arguments) > 1 else NOTHING
            return found or self._plainly(call)
        if isinstance(function, ir.Name) and function.id == "getattr" and len(call.arguments) > 1:
            return self._named(call, names)
        if isinstance(function, ir.Attribute) and is_super(function.value):
            return self._from_above(function.name, names)
        called = self.values(function, names) if isinstance(function, ir.Name) and function.id in names else NOTHING
        classes = tuple(v for v in called if isinstance(v, ClassValue))
        if classes and len(classes) == len(called):
            return tuple(self.engine.intern.instance(v.cls, v.bindings, exact=True) for v in classes)
        return self._plainly(call)

    def _named(self, call: ir.Call, names: Names) -> Values:
        """`getattr(self, f"{self.action}_serializer", default)`."""
        subject, name = call.arguments[:2]
        text = self._written(name, names)
        if text is None or not (isinstance(subject, ir.Name) and subject.id == self.itself):
            return self._plainly(call)
        self.has_decided = True
        found = tuple(v for v in self._own(text, names) if not isinstance(v, ExternalValue))
        return found or (self.values(call.arguments[2], names) if len(call.arguments) > 2 else NOTHING)

    def _written(self, expression: ir.Expr, names: Names) -> str | None:
        if isinstance(expression, ir.FString):
            parts = [self.text(part, names) for part in expression.parts]
            return None if None in parts else "".join(part for part in parts if part is not None)
        if isinstance(expression, ir.Binary) and expression.operator == "+":
            left, right = self.text(expression.left, names), self.text(expression.right, names)
            return None if left is None or right is None else left + right
        return self.text(expression, names)

    def _from_above(self, name: str, names: Names) -> Values:
        """What the method gives that this one overrides; the library's own gives the attribute."""
        method = self._method
        if method is None or method.owner is None or name != method.record.name or self._above == 0:
            return NOTHING
        above = self.engine.hierarchy.method(self.receiver.cls, name, after=method.owner)
        if above is None or not above.is_project:
            return self._own(self.attribute, names) if self.attribute else NOTHING
        self._above -= 1
        before, self.found = self.found, NOTHING
        self.go_through(above, {name: values for name, values in names.items() if name.startswith("self.")})
        found, self.found = self.found, before
        return found
