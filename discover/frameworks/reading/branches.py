"""Which way a function takes for one caller: what is bound behind a test that the caller's arguments decide.

`if prefix: path = "/" + prefix` says nothing of the calls that give no prefix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from discover.facts import records as ir
from discover.facts import source_text
from discover.facts.walking import blocks, statements, within
from discover.frameworks.reading.kept_rows import field_of
from discover.frameworks.reading.made_objects import makings, set_by
from discover.frameworks.reading.parameters import argument_for, keyword_looked_up
from discover.resolve.bodies import names_read
from discover.resolve.symbols import Function
from discover.resolve.values import NOTHING, ClassValue, ConstantValue, FunctionValue, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from discover.frameworks.reading.code import Code
    from discover.frameworks.reading.frames import Frame

Guard = tuple[ir.Expr, bool]
"""A test, and whether it must hold."""

_NESTED = 4
"""So many local names are followed from a test to the parameter that it asks of."""
_CASTS = frozenset({"typing.cast", "typing_extensions.cast"})
_STEPS = 12
"""So many names and calls are followed to what a caller leaves out."""
_STATEMENTS: tuple[type, ...] = get_args(ir.Stmt)


def taken(code: Code, frame: Frame, bound: list[ir.Expr], seen: Callable[[ir.Expr], Values]) -> list[ir.Expr]:
    """Those of the expressions, each bound by a statement of the function, that one caller leads to; all if none is.

    Args:
        code: What the function binds.
        frame: The function, as the caller sees it.
        bound: What it binds to one name.
        seen: What an expression of the function is for the caller.
    """
    if len(bound) < 2 or not any(isinstance(one, ir.If) for one in frame.function.record.body):
        return bound
    behind: set[int] = set()
    for statement in frame.function.record.body:
        _leave_out(code, frame, statement, seen, behind)
    return [one for one in bound if id(one) not in behind] or bound


def chosen(code: Code, frame: Frame, choice: ir.Choice, seen: Callable[[ir.Expr], Values]) -> list[ir.Expr]:
    """Those of the values of `a if test else b`, and of `a or b`, that one caller leads to."""
    if choice.operator == "or":
        return _first(code, frame, choice.values, seen)
    if len(choice.tests) != 1 or len(choice.values) != 2:
        return choice.values
    if code.is_off(frame.function, choice.tests[0]):
        return choice.values[1:]
    holds = _holds(code, frame, choice.tests[0], seen)
    return choice.values if holds is None else [choice.values[0 if holds else 1]]


def _first(code: Code, frame: Frame, values: list[ir.Expr], seen: Callable[[ir.Expr], Values]) -> list[ir.Expr]:
    """The first value that counts as true, with those before it that may."""
    found: list[ir.Expr] = []
    for value in values:
        holds = _holds(code, frame, value, seen)
        if holds is not False:
            found.append(value)
        if holds:
            break
    return found or values[-1:]


def on_both_ways(function: Function, bound: list[ir.Expr]) -> bool:
    """Whether both ways of a test bind one of the expressions, so that nothing of before is left behind it."""
    wanted = {id(one) for one in bound}
    return any(
        all(
            any(isinstance(one, ir.Assign) and id(one.value) in wanted for one in way)
            for way in (test.body, test.otherwise)
        )
        for test in function.statements
        if isinstance(test, ir.If)
    )


def is_left_out(code: Code, frame: Frame, tests: Iterable[Guard], seen: Callable[[ir.Expr], Values]) -> bool:
    """Whether one caller never comes to a call of the function, by the tests that it stands behind."""
    return any(_holds(code, frame, test, seen) is (not way) for test, way in tests)


def guards_in(body: list[ir.Stmt], around: tuple[Guard, ...] = ()) -> Iterator[tuple[int, tuple[Guard, ...]]]:
    """The number of each call in a body, with the tests that it stands behind and how each must turn out."""
    for statement in body:
        own = [getattr(statement, field) for field in statement.__struct_fields__]
        yield from ((one.number, around) for one in within(own, _STATEMENTS) if isinstance(one, ir.Call))
        for block in blocks(statement):
            test = ((statement.test, block is statement.body),) if isinstance(statement, ir.If) else ()
            yield from guards_in(block, (*around, *test))


def _leave_out(
    code: Code, frame: Frame, statement: ir.Stmt, seen: Callable[[ir.Expr], Values], behind: set[int]
) -> None:
    holds = _holds(code, frame, statement.test, seen) if isinstance(statement, ir.If) else None
    if holds is not None and isinstance(statement, ir.If):
        closed = statement.otherwise if holds else statement.body
        behind |= {id(one.value) for one in statements(closed) if isinstance(one, ir.Assign)}
        open_blocks = [statement.body if holds else statement.otherwise]
    else:
        open_blocks = list(blocks(statement))
    for block in open_blocks:
        for inner in block:
            _leave_out(code, frame, inner, seen, behind)


def _holds(code: Code, frame: Frame, test: ir.Expr, seen: Callable[[ir.Expr], Values]) -> bool | None:
    """Whether a test of what the caller gave holds; None where that is not decided."""
    match test:
        case ir.Opaque(operator="not", parts=[part]):
            inner = _holds(code, frame, part, seen)
            return None if inner is None else not inner
        case (ir.Name() as asked) | ir.Opaque(operator="is" | "is not", parts=[ir.Name() as asked, *_]) if (
            _is_set_unseen(code, frame.function, asked.id)
        ):
            return None
        case ir.Opaque(operator="is" | "is not" as operator, parts=[ir.Name() as left, ir.Constant(value=None)]):
            if is_none(code, left, frame):
                return operator == "is"
            known = _constants(_values(code, frame, left, seen))
            return operator == "is not" if known else None
        case ir.Name() if is_none(code, test, frame):
            return False
        case ir.Attribute() if _is_set_to_none(code, frame, test):
            return False
        case ir.Name() | ir.Attribute() | ir.Subscript():
            values = _values(code, frame, test, seen) if isinstance(test, ir.Name) else _held(code, frame, test, seen)
            if values and all(isinstance(value, FunctionValue | ClassValue) for value in values):
                return True
            truths = {bool(value) for value in _constants(values)}
            return truths.pop() if len(truths) == 1 else None
        case _:
            return None


def _is_set_unseen(code: Code, function: Function, name: str) -> bool:
    """Whether a name is bound by more than assignments: `with lock as name`, `(name := …)`, a closure's `nonlocal`."""
    closures = (one for one in function.children.values() if isinstance(one, Function))
    by_closure = any(name in one.record.shared_names for one in closures)
    return by_closure or (name in function.rebound and name not in code.assignments(function))


def _is_set_to_none(code: Code, frame: Frame, test: ir.Attribute) -> bool:
    """Whether the object at hand was made with `None` for an attribute, which no other code gives objects."""
    given = [set_by(code, made, test.name, frame) for made in makings(code, frame.function, test.value, frame)]
    is_made_so = bool(given) and all(one is not None and is_none(code, one[1], one[0]) for one in given)
    return is_made_so and test.name not in code.set_from_outside


def _held(code: Code, frame: Frame, test: ir.Attribute | ir.Subscript, seen: Callable[[ir.Expr], Values]) -> Values:
    """What the row that a loop stands at holds: `f"{row.path}/" if row.path else ""`."""
    index = test.index if isinstance(test, ir.Subscript) else None
    key = test.name if isinstance(test, ir.Attribute) else index.value if isinstance(index, ir.Constant) else None
    return seen(test) if key is not None and field_of(code, frame, test.value, key) is not None else NOTHING


def _values(code: Code, frame: Frame, test: ir.Expr, seen: Callable[[ir.Expr], Values]) -> Values:
    """What a test asks of the caller; what its names are bound to behind other tests counts whatever these say.

    Else each test would ask for all the others, and these for it.
    """
    if code.is_deciding or not _asks_of_parameters(code, frame, test):
        return NOTHING
    code.is_deciding = True
    try:
        return seen(test)
    finally:
        code.is_deciding = False


def is_none(code: Code, expression: ir.Expr, frame: Frame | None) -> bool:
    """Whether an expression is `None` as a caller sees it: what it leaves to such a default, or doesn't give."""
    seen_from = frame
    for _ in range(_STEPS):
        if seen_from is None:
            break
        found = _one_step(code, expression, seen_from)
        if found is None:
            break
        expression, seen_from = found
    return source_text.is_none(expression)


def _one_step(code: Code, expression: ir.Expr, frame: Frame) -> tuple[ir.Expr, Frame | None] | None:
    """What an expression of a frame's function stands for, and from where to see it; None where for itself."""
    if isinstance(expression, ir.Name):
        return _named(code, expression, frame)
    if isinstance(expression, ir.Attribute):
        row = field_of(code, frame, expression.value, expression.name)
        return (row.expression, row.frame) if row is not None else None
    if not isinstance(expression, ir.Call):
        return None
    site = frame.function.sites.get(expression.number)
    if site is not None and any(external.path in _CASTS for external in site.externals):
        return (expression.arguments[1], frame) if len(expression.arguments) > 1 else None
    given, default = keyword_looked_up(frame.function, expression, frame.site.call) if frame.site else (None, None)
    if given is not None:
        return given, frame.outer
    return (default, frame) if default is not None else None


def _named(code: Code, name: ir.Name, frame: Frame) -> tuple[ir.Expr, Frame | None] | None:
    bound = code.assignments(frame.function).get(name.id)
    if bound:
        return (bound[0], frame) if len(bound) == 1 and not isinstance(bound[0], ir.Starred) else None
    parameter = next((p for p in frame.function.record.parameters if p.name == name.id), None)
    if parameter is None:
        return name, frame.lexical
    call = frame.site.call if frame.site is not None else None
    if call is None or any(isinstance(one, ir.Starred) for one in call.arguments):
        return None
    given = argument_for(frame.function, parameter.name, call)
    if given is not None:
        return given, frame.outer
    if parameter.default is None or any(keyword.name is None for keyword in call.keywords):
        return None
    return parameter.default, None


def _constants(values: Values) -> list[object]:
    """What the values are where all are known constants; a text of which nothing is known is none."""
    known: list[object] = [value.value for value in values if isinstance(value, ConstantValue) and value.value != "{}"]
    return known if len(known) == len(values) else []


def _asks_of_parameters(code: Code, frame: Frame, test: ir.Expr) -> bool:
    """Whether a test reads a parameter of the function, or of one around it, or what is made of one."""
    around = _with_those_around(frame.function)
    parameters = {parameter.name for function in around for parameter in function.record.parameters}
    pending, read = [test], set[str]()
    for _ in range(_NESTED):
        names = {name for one in pending for name in names_read(one)} - read
        if names & parameters:
            return True
        read |= names
        pending = [made for name in sorted(names) for one in around for made in code.bodies.depends_on(one, name)]
    return False


def _with_those_around(function: Function) -> list[Function]:
    found = [function]
    while isinstance(found[-1].outer, Function):
        found.append(found[-1].outer)
    return found
