"""Calls whose target is picked by data: out of a table by a key that is not known, or by `getattr` with such a name.

Inference gives all that may run and is certain of each: one of them does. This looks, from the call backwards, for
the place where one is picked out of several, and says so: through names, attributes of `self`, properties and what
functions return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from discover.facts import records as ir
from discover.facts.walking import statements
from discover.resolve.bodies import Bodies
from discover.resolve.installed_plugins import group_of
from discover.resolve.member_tables import name_asked
from discover.resolve.symbols import Class, Function, Scope
from discover.resolve.values import ClassValue, ConstantValue, ContainerValue, FunctionValue, Values

if TYPE_CHECKING:
    from discover.resolve.engine import Engine
    from discover.resolve.sites import CallSite

FROM_TABLE: Final = 0.7
SET_BELOW: Final = 0.6
BY_NAME: Final = 0.5
_DEPTH = 8
"""So many expressions are followed backwards from a call."""
_FUNCTIONS = 3
"""What so many functions return is looked at where a call may run several."""
_GETTERS = frozenset({"get", "pop", "setdefault"})


class Selection(NamedTuple):
    """One of several things is picked by data."""

    confidence: float
    source: str
    """What it is picked from, in the code's words."""
    how: str = "picked by data"

    def evidence(self, count: int) -> str:
        """The reason why each of so many targets is less than certain."""
        return f"one of {count} in {self.source}, {self.how}"


class Selections:
    """Finds where one of several things is picked."""

    def __init__(self, engine: Engine, bodies: Bodies) -> None:
        self._engine = engine
        self._bodies = bodies
        self._loops: dict[Function, dict[str, ir.Expr]] = {}

    def mark(self, functions: list[Function]) -> None:
        """Lower the confidence of the calls whose target is picked by data."""
        for function in functions:
            for site in list(function.sites.values()):
                if len(site.targets) > 1:
                    site.selection = self.of(function, site.call.function)
                    if site.selection is not None:
                        lower(site)

    def of(self, scope: Scope, expression: ir.Expr) -> Selection | None:
        """What picks the thing that an expression stands for; None where nothing does."""
        return self._of(scope, expression, _DEPTH, returned=False)

    def _of(self, scope: Scope, expression: ir.Expr, depth: int, *, returned: bool) -> Selection | None:
        if depth == 0:
            return None
        depth -= 1
        if isinstance(expression, ir.Await | ir.Starred | ir.Named):
            return self._of(scope, expression.value, depth, returned=returned)
        if isinstance(expression, ir.Name):
            return self._named(scope, expression.id, depth, returned=returned)
        if isinstance(expression, ir.Subscript):
            return self._looked_up(scope, expression.value, expression.index) or self._of(
                scope, expression.value, depth, returned=False
            )
        if isinstance(expression, ir.Call):
            return self._called(scope, expression, depth)
        if isinstance(expression, ir.Attribute):
            return self._attribute(scope, expression, depth)
        if isinstance(expression, ir.Choice):
            found = (self._of(scope, value, depth, returned=returned) for value in expression.values)
            return next((one for one in found if one is not None), None)
        return None

    def _values(self, scope: Scope, expression: ir.Expr) -> Values:
        """The values of what makes no call: evaluating a call again would look at its site anew."""
        if isinstance(expression, ir.Call):
            site = scope.unit.sites.get(expression.number)
            return site.result if site is not None else ()
        if isinstance(expression, ir.Attribute | ir.Subscript) and isinstance(expression.value, ir.Call):
            return ()
        before, self._engine.reader = self._engine.reader, None
        try:
            return self._engine.evaluate(scope, expression)
        finally:
            self._engine.reader = before

    def _looked_up(self, scope: Scope, table: ir.Expr, key: ir.Expr) -> Selection | None:
        if isinstance(key, ir.Constant | ir.Opaque):
            return None
        if not any(isinstance(v, ContainerValue) and len(v.items) != 1 for v in self._values(scope, table)):
            return None
        keys = self._values(scope, key)
        if (len(keys) == 1 and _is_known(keys[0])) or self._runs_through(scope, table, key):
            return None
        return Selection(FROM_TABLE, words(table))

    def _runs_through(self, scope: Scope, table: ir.Expr, key: ir.Expr) -> bool:
        """Whether a loop takes each key of the table in turn."""
        iterable = self._loops_of(scope.unit).get(key.id) if isinstance(key, ir.Name) else None
        return iterable is not None and _iterated(iterable) == table

    def _called(self, scope: Scope, call: ir.Call, depth: int) -> Selection | None:
        function = call.function
        if isinstance(function, ir.Name) and function.id == "getattr" and len(call.arguments) > 1:
            return self._by_name(scope, call.arguments[0], call.arguments[1])
        if isinstance(function, ir.Attribute) and function.name in _GETTERS and call.arguments:
            found = self._looked_up(scope, function.value, call.arguments[0])
            if found is not None:
                return found
        site = scope.unit.sites.get(call.number)
        groups = group_of(site) if site is not None else []
        if groups:
            return Selection(FROM_TABLE, f"the entry points of {', '.join(groups)}", "run where it is installed")
        for target in site.targets[:_FUNCTIONS] if site is not None else ():
            if target.function.record.name != "__init__" and not name_asked(target.function, call):
                found = self._returned(target.function, depth)
                if found is not None:
                    return found
        return self._of(scope, function, depth, returned=False) if _makes_object(site) else None

    def _by_name(self, scope: Scope, of: ir.Expr, name: ir.Expr) -> Selection | None:
        names = self._values(scope, name)
        if len(names) == 1 and _is_known(names[0]):
            return None
        is_known = bool(names) and all(_is_known(one) for one in names)
        return Selection(FROM_TABLE if is_known else BY_NAME, f"{words(of)} by name")

    def _returned(self, function: Function, depth: int) -> Selection | None:
        for expression in self._bodies.returned(function):
            found = self._of(function, expression, depth, returned=True)
            if found is not None:
                return found
        return None

    def _attribute(self, scope: Scope, expression: ir.Attribute, depth: int) -> Selection | None:
        _, _, functions = scope.unit.reads.get(id(expression), (None, 0, ()))
        for function in functions[:_FUNCTIONS]:
            found = self._returned(function, depth)
            if found is not None:
                return found
        owner = scope.unit.owner
        if owner is not None and isinstance(expression.value, ir.Name) and expression.value.id == "self":
            for method in owner.methods():
                for value in _assigned_to_self(method.record.body, expression.name):
                    found = self._of(method, value, depth, returned=False)
                    if found is not None:
                        return found
            if _is_set_below(owner, expression.name):
                return Selection(SET_BELOW, words(expression), "set by the class below")
        return self._of(scope, expression.value, depth, returned=False)

    def _named(self, scope: Scope, name: str, depth: int, *, returned: bool) -> Selection | None:
        unit: Scope | None = scope.unit
        while unit is not None:
            if isinstance(unit, Function) and name in unit.names:
                return self._bound(unit, name, depth, returned=returned)
            unit = unit.outer
        return None

    def _bound(self, unit: Function, name: str, depth: int, *, returned: bool) -> Selection | None:
        iterable = self._loops_of(unit).get(name)
        if iterable is not None:
            # All items of a loop run. One that the function hands back was searched for.
            return (
                Selection(FROM_TABLE, words(iterable)) if returned else self._of(unit, iterable, depth, returned=False)
            )
        assigned = self._bodies.assignments(unit).get(name, ())
        for value in assigned:
            found = self._of(unit, value, depth, returned=returned)
            if found is not None:
                return found
        # Of what a straight way assigns the last counts, so where a name still is several, branches chose.
        things = {words(value) for value in assigned if isinstance(value, ir.Name | ir.Attribute)}
        return Selection(FROM_TABLE, name, "picked in branches") if len(things) > 1 else None

    def _loops_of(self, unit: Function) -> dict[str, ir.Expr]:
        found = self._loops.get(unit)
        if found is None:
            found = self._loops[unit] = {}
            _collect_loops(unit.record.body, found)
        return found


def lower(site: CallSite) -> None:
    """Give the targets of a call the confidence and the reason of what picks them."""
    selection = site.selection
    if selection is None or len(site.targets) < 2:
        return
    evidence = selection.evidence(len(site.targets))
    for target in site.targets:
        if target.confidence > selection.confidence:
            target.confidence, target.evidence = selection.confidence, evidence


def words(expression: ir.Expr) -> str:
    """A table in the code's words: its name, or the function that gives it."""
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        return f"{words(expression.value)}.{expression.name}"
    if isinstance(expression, ir.Call):
        return f"{words(expression.function)}()"
    if isinstance(expression, ir.Subscript | ir.Await | ir.Starred):
        return words(expression.value)
    return "a table"


def _iterated(iterable: ir.Expr) -> ir.Expr:
    """The table behind `table.keys()`, `sorted(table)`."""
    while isinstance(iterable, ir.Call):
        if isinstance(iterable.function, ir.Attribute) and not iterable.arguments:
            iterable = iterable.function.value
        elif isinstance(iterable.function, ir.Name) and iterable.arguments:
            iterable = iterable.arguments[0]
        else:
            break
    return iterable


def _is_known(value: object) -> bool:
    if isinstance(value, ConstantValue):
        return not (isinstance(value.value, str) and "{}" in value.value)
    return isinstance(value, ClassValue) and not value.open


def _makes_object(site: CallSite | None) -> bool:
    """Whether what is called may be a class or a function that was picked: what it gives was picked, too."""
    return site is not None and any(isinstance(value, ClassValue | FunctionValue) for value in site.callee)


def _is_set_below(owner: Class, name: str) -> bool:
    """Whether the class names a class by an attribute, and a class below it another one."""
    slot = next((level.names[name] for level in owner.mro if name in level.names), None)
    if slot is None or not any(isinstance(value, ClassValue) for value in slot.values):
        return False
    return any(name in below.names for below in owner.subclasses if below is not owner)


def _assigned_to_self(body: list[ir.Stmt], name: str) -> list[ir.Expr]:
    found: list[ir.Expr] = []
    for statement in statements(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Attribute) and target.name == name and target.value == ir.Name("self"):
                    found = [*found, statement.value]
    return found


def _collect_loops(body: list[ir.Stmt], found: dict[str, ir.Expr]) -> None:
    for statement in statements(body):
        if isinstance(statement, ir.ForLoop):
            targets = statement.target.items if isinstance(statement.target, ir.Sequence) else [statement.target]
            found.update({target.id: statement.iterable for target in targets if isinstance(target, ir.Name)})
