"""What a name stands for at one point of a body that binds it more than once.

Slots do not know an order: `x = A(); x.go(); x = B(); x.go()` would call both methods twice. While a function is
evaluated, `Scope.now` holds the last assignment on the straight way to the current statement; a name that it lacks
means its slot, with all that is ever assigned there. Branches work on copies and are joined where they meet; a loop
starts, and leaves off, without what its body binds. An assignment of something unknown takes the name out: then its
slot, with what it was before, is the better guess. So `now` never adds a value that the slot lacks, but for what
`isinstance` tells (see `narrowing.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.symbols import Scope
from discover.resolve.values import ConstantValue, ContainerValue, ExternalValue, Now, Values, join

if TYPE_CHECKING:
    from collections.abc import Iterable


def bind(scope: Scope, name: str, values: Values, known: Values) -> None:
    """Note an assignment to a name, of which `known` is all that was ever assigned."""
    now = scope.now
    if now is None or name not in scope.rebound:
        return
    if not values:
        now.pop(name, None)
        return
    for value in values:
        if type(value) is not ExternalValue:
            break
    else:
        # What an unknown library gives may be what the project made: of the library's things only these are meant.
        values = join(values, tuple(value for value in known if type(value) is not ExternalValue))
    now[name] = values


def store_item(scope: Scope, base: Values, index: Values, values: Values) -> None:
    """Note `base[index] = values`, where there is one container and one key that it can be."""
    now = scope.now
    if now is None or not values or len(base) != 1 or len(index) != 1:
        return
    container, key = base[0], index[0]
    if isinstance(container, ContainerValue) and isinstance(key, ConstantValue):
        now[container, key.value] = values


def store_items(scope: Scope, container: ContainerValue, given: Values) -> None:
    """Note `container.update(given)`."""
    now = scope.now
    if now is None or len(given) != 1:
        return
    source = given[0]
    if isinstance(source, ContainerValue) and source.kind == container.kind == "dict":
        for key, slot in source.items.items():
            if slot.values:
                now[container, key] = slot.values


def item(scope: Scope, container: ContainerValue, index: Values) -> Values:
    """What was last stored under a key, as long as no other function writes to the container."""
    now = scope.now
    if not now or container.is_shared or len(index) != 1:
        return ()
    key = index[0]
    return now.get((container, key.value), ()) if isinstance(key, ConstantValue) else ()


def forget(scope: Scope, target: ir.Expr) -> None:
    """What the target stands for is no longer certain."""
    if scope.now and isinstance(target, ir.Name):
        scope.now.pop(target.id, None)


def without(scope: Scope, block: list[ir.Stmt]) -> Now | None:
    """The state at any point of a block: what it does not change."""
    now = scope.now
    if not now:
        return copied(scope)
    bound = bound_names(block)
    return {place: values for place, values in now.items() if isinstance(place, str) and place not in bound}


def copied(scope: Scope) -> Now | None:
    """The state before a branch."""
    return dict(scope.now) if scope.now is not None else None


def join_branches(scope: Scope, ends: Iterable[tuple[Now | None, list[ir.Stmt]]]) -> None:
    """Go on behind branches: with what all that run on agree to know. Each has its state and its statements."""
    if scope.now is None:
        return
    open_ends = [now for now, block in ends if now is not None and not ends_here(block)]
    if not open_ends:
        scope.now = {}
        return
    first, *others = open_ends
    joined: Now = {}
    for place, values in first.items():
        for other in others:
            more = other.get(place)
            if more is None:
                break
            values = join(values, more)
        else:
            joined[place] = values
    scope.now = joined


def enter_loop(scope: Scope, block: list[ir.Stmt]) -> Now | None:
    """The state that holds before each round of a loop, and after the last."""
    scope.now = without(scope, block)
    return copied(scope)


def ends_here(block: list[ir.Stmt]) -> bool:
    """Whether nothing runs on behind the block."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, ir.If):
        return ends_here(last.body) and ends_here(last.otherwise)
    return isinstance(last, (ir.Return, ir.Raise)) or (isinstance(last, ir.Jump) and last.kind != "pass")


def track(scope: Scope, target: ir.Expr) -> None:
    """A comprehension's variables are its own: what they hold is told apart from other bindings of the name."""
    if isinstance(target, ir.Name):
        if target.id not in scope.rebound:
            scope.rebound = scope.rebound | {target.id}
    elif isinstance(target, ir.Sequence):
        for one in target.items:
            track(scope, one)
    elif isinstance(target, ir.Starred):
        track(scope, target.value)


def bound_names(*blocks: list[ir.Stmt]) -> set[str]:
    """The names that statements bind."""
    found: set[str] = set()
    for block in blocks:
        for statement in block:
            _statement_names(statement, found)
    return found


def _statement_names(statement: ir.Stmt, found: set[str]) -> None:
    if isinstance(statement, ir.Assign):
        for target in statement.targets:
            _target_names(target, found)
    elif isinstance(statement, (ir.Function, ir.Class)):
        found.add(statement.name)
    elif isinstance(statement, ir.Import):
        found.update(one.alias or one.name.split(".")[0] for one in statement.names)
    elif isinstance(statement, (ir.If, ir.While)):
        _named(statement.test, found)
        found.update(bound_names(statement.body, statement.otherwise))
    elif isinstance(statement, ir.ForLoop):
        _target_names(statement.target, found)
        found.update(bound_names(statement.body, statement.otherwise))
    elif isinstance(statement, ir.With):
        for one in statement.items:
            if one.target is not None:
                _target_names(one.target, found)
        found.update(bound_names(statement.body))
    elif isinstance(statement, ir.Try):
        found.update(handler.name for handler in statement.handlers if handler.name)
        blocks = [statement.body, statement.otherwise, statement.last, *(one.body for one in statement.handlers)]
        found.update(bound_names(*blocks))
    elif isinstance(statement, ir.Match):
        for case in statement.cases:
            found.update(case.names)
            found.update(bound_names(case.body))
    elif isinstance(statement, ir.Delete):
        for target in statement.targets:
            _target_names(target, found)


def _target_names(target: ir.Expr, found: set[str]) -> None:
    if isinstance(target, ir.Name):
        found.add(target.id)
    elif isinstance(target, ir.Sequence):
        for one in target.items:
            _target_names(one, found)
    elif isinstance(target, ir.Starred):
        _target_names(target.value, found)


def _named(expression: ir.Expr, found: set[str]) -> None:
    if isinstance(expression, ir.Named):
        found.add(expression.target)
    elif isinstance(expression, ir.Choice):
        for one in expression.values:
            _named(one, found)
    elif isinstance(expression, ir.Opaque):
        for one in expression.parts:
            _named(one, found)
