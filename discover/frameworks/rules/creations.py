"""The calls that made an object: what they were given says what the object stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.resolve.values import SITE, ConstantValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.reading.contexts import Contexts
    from discover.frameworks.rules.given import Given
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Scope


class Creations:
    """Finds the calls that made objects."""

    def __init__(self, program: Program, contexts: Contexts) -> None:
        self.program = program
        self.contexts = contexts
        self._functions: dict[str, list[Function]] = {}
        for function in program.all_functions:
            self._functions.setdefault(function.module.path, []).append(function)
        self._sites: dict[str, dict[str, CallSite]] = {}

    def made(self, value: InstanceValue) -> list[tuple[Scope, ir.Call]]:
        """The calls that made an object whose class keeps that."""
        keys = [
            str(v.value)
            for name, bound in value.bindings
            if name == SITE
            for v in bound
            if isinstance(v, ConstantValue)
        ]
        return [(site.function, site.call) for key in keys if (site := self.site_of(key)) is not None]

    def site_of(self, key: str) -> CallSite | None:
        """The call whose key that is (`path.py#12`)."""
        path, _, number = key.rpartition("#")
        calls = self._sites.get(path)
        if calls is None:
            calls = self._sites[path] = {
                str(site.call.number): site
                for function in self._functions.get(path, ())
                for site in function.sites.values()
            }
        return calls.get(number)

    def making(self, given: Given) -> ir.Call | None:
        """The call that made the receiver, where the receiver is a name assigned once or the call itself.

        Of an object that is called (`app.command("/report")(lazy=[report])`), the call that made that object.
        """
        if given.call is None:
            return None
        function = given.call.function
        base = function.value if isinstance(function, ir.Attribute) else function
        if isinstance(base, ir.Name):
            assigned = self.contexts.assignments(given.scope.unit).get(base.id, [])
            if len(assigned) != 1 and given.scope.unit is not given.scope.module.body:
                assigned = self.contexts.assignments(given.scope.module.body).get(base.id, [])
            base = assigned[0] if len(assigned) == 1 else base
        return base if isinstance(base, ir.Call) else None
