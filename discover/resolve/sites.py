"""Call sites: what is known of one call expression after inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from discover.facts import records as ir
    from discover.resolve.selections import Selection
    from discover.resolve.symbols import Class, Function, Scope
    from discover.resolve.values import Value, Values

RESOLVED = 0.95
OVERRIDE = 0.6
SOLE = 0.9
"""The one method that implements an abstract one."""
BY_NAME = 0.4

OVERRIDE_LIMIT = 384
"""So many overrides of one method are followed."""


class Target:
    """A project function that a call may run."""

    __slots__ = ("confidence", "evidence", "function", "receiver")

    def __init__(self, function: Function, receiver: Value | None, confidence: float, evidence: str) -> None:
        self.function = function
        self.receiver = receiver
        self.confidence = confidence
        self.evidence = evidence


class External:
    """Something outside the project that a call may run: a stub's function or an unknown path."""

    __slots__ = ("function", "handed", "path", "receiver")

    def __init__(
        self, path: str, receiver: Value | None, function: Function | None, *, handed: int | None = None
    ) -> None:
        self.path = path
        self.receiver = receiver
        self.handed = handed
        """When the call only hands the function over: the argument's place, or -1 for a keyword."""
        self.function = function
        """The stub's function, when a stub describes it."""


class CallSite:
    """One call expression in one function, with the values that were inferred for it."""

    __slots__ = ("arguments", "call", "callee", "externals", "function", "keywords", "result", "selection", "targets")

    def __init__(self, function: Function, call: ir.Call) -> None:
        self.function = function
        self.call = call
        self.callee: Values = ()
        self.arguments: list[Values] = []
        self.keywords: dict[str, Values] = {}
        self.targets: list[Target] = []
        self.externals: list[External] = []
        self.result: Values = ()
        self.selection: Selection | None = None
        """Where one of the targets is picked by data."""

    @property
    def line(self) -> int:
        """The line of the called name."""
        return self.call.line

    def runs(self, function: Function) -> bool:
        """Whether the function is among the targets."""
        for target in self.targets:  # noqa: SIM110 - asked for every target; `any` takes three times as long
            if target.function is function:
                return True
        return False


class Decoration:
    """A decorator on a definition: what it is, and the call that makes it if there is one."""

    __slots__ = ("call", "definition", "expression", "externals", "line", "scope", "values")

    def __init__(
        self,
        definition: Function | Class,
        expression: ir.Expr,
        made: tuple[ir.Call | None, Scope],
        values: Values,
        externals: list[External],
    ) -> None:
        self.definition = definition
        self.expression = expression
        self.call, self.scope = made
        """Where the call stands: around the definition, or where its result got the name that decorates."""
        self.values = values
        """What the decorator expression evaluated to."""
        self.externals = externals
        """The external things that decorate: the called path for `@app.task(…)`, the path itself for `@shared_task`."""
        self.line = definition.record.line
