"""Functions of the project that never return: `def fatal(text): print(text); sys.exit(1)`.

Each way through them ends in such a call, in an exception, or in a call of another such function. Asked of the code as
it is written, and bounded: so many functions are followed, one calling the other. An annotation is not believed
(`-> NoReturn` is often written where `None` is meant). A call counts that names the function, and awaits it where it is
a coroutine; behind a `with`, whose manager may swallow what is raised, the flow goes on. What says no more than that a
class below is to do it (`raise NotImplementedError`), what a decorator may change, and generators are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from discover.facts import records as facts
from discover.facts.source_text import ending
from discover.link.records import Exit
from discover.link.units import Units
from discover.resolve.program import Program
from discover.resolve.sites import CallSite
from discover.resolve.symbols import Function

_DEPTH = 4
_SURE = 0.9
"""How sure a call's target must be."""
_UNCHANGED = frozenset({"staticmethod", "classmethod"})
_UNWRITTEN = frozenset({"NotImplementedError", "NotImplemented"})

Ends = dict[str, dict[int, Exit]]
"""Unit -> the calls in it that never return."""


def find_never_returning(program: Program, units: Units, exits: Mapping[str, Mapping[int, Exit]]) -> Ends:
    """The calls of the project's own functions that never return, given those of libraries'."""
    found: Ends = {}
    known: dict[Function, Exit] = {}
    waiting = [function for function in program.all_functions if _may_be_one(function)]
    for _ in range(_DEPTH):
        fresh: list[Function] = []
        for function in waiting:
            key = units.keys[function]
            calls = {**exits.get(key, {}), **found.get(key, {})}
            end = _end_of(function, calls)
            if end is not None:
                known[function] = end
                fresh.append(function)
        if not fresh:
            break
        waiting = [function for function in waiting if function not in known]
        for function in fresh:
            for site in program.callers.get(function, ()):
                end = _end_at(site, known)
                if end is not None:
                    found.setdefault(units.keys[site.function], {})[site.call.number] = end
    return found


def _may_be_one(function: Function) -> bool:
    record = function.record
    return (
        not record.is_generator
        and all(ending(decorator) in _UNCHANGED for decorator in record.decorators)
        and not any(isinstance(statement, facts.Return) for statement in function.statements)
    )


def _end_of(function: Function, calls: Mapping[int, Exit]) -> Exit | None:
    """How a function ends, where it never returns."""
    ends = _Ends(calls)
    return ends.joined() if ends.block(function.record.body) else None


def _end_at(site: CallSite, known: Mapping[Function, Exit]) -> Exit | None:
    """How a call ends, where all that it may run never returns."""
    targets = site.targets
    if site.externals or not targets or any(t.function not in known or t.confidence < _SURE for t in targets):
        return None
    if any(target.function.record.name != ending(site.call.function) for target in targets):
        return None  # one that a value brings here may not be the only one
    if any(target.function.record.is_async for target in targets) and site.call.number not in _awaited(site.function):
        return None  # nothing runs yet
    return _joined([known[target.function] for target in targets])


def _awaited(function: Function) -> frozenset[int]:
    """The calls that are statements of their own, and awaited there."""
    values = [one.value for one in function.statements if isinstance(one, facts.Evaluate)]
    awaited = [value.value for value in values if isinstance(value, facts.Await)]
    return frozenset(inner.number for inner in awaited if isinstance(inner, facts.Call))


def _joined(ends: Collection[Exit]) -> Exit:
    """The process ends only where it does in each case, and has failed where it has in each."""
    return Exit(failed=all(end.failed for end in ends), raises=any(end.raises for end in ends))


class _Ends:
    """Whether a block ends on each way through it, and how."""

    def __init__(self, calls: Mapping[int, Exit]) -> None:
        self._calls = calls
        self._found: list[Exit] = []

    def joined(self) -> Exit:
        """All ends together."""
        return _joined(self._found)

    def block(self, body: list[facts.Stmt]) -> bool:
        """Whether one of its statements ends it."""
        return any(self._statement(statement) for statement in body)

    def _statement(self, statement: facts.Stmt) -> bool:
        match statement:
            case facts.Evaluate(value=value):
                called = called_in(value)
                return called is not None and called.number in self._calls and self._note(self._calls[called.number])
            case facts.Raise(exception=exception):
                if says_unwritten(exception):
                    return False
                called = exception if isinstance(exception, facts.Call) else None
                known = self._calls.get(called.number) if called is not None else None
                return self._note(known or Exit(failed=True, raises=True))
            case facts.If():
                return self.block(statement.body) and self.block(statement.otherwise)
            case facts.Try():
                if self.block(statement.last):
                    return True
                caught = all(self.block(handler.body) for handler in statement.handlers)
                return caught and (self.block(statement.body) or self.block(statement.otherwise))
            case _:
                return False

    def _note(self, end: Exit) -> bool:
        self._found.append(end)
        return True


def called_in(value: facts.Expr) -> facts.Call | None:
    """The call that a statement is, awaited or not."""
    inner = value.value if isinstance(value, facts.Await) else value
    return inner if isinstance(inner, facts.Call) else None


def says_unwritten(exception: facts.Expr | None) -> bool:
    """Whether what is raised says that the classes below are to write the method."""
    made = exception.function if isinstance(exception, facts.Call) else exception
    return made is not None and ending(made) in _UNWRITTEN
