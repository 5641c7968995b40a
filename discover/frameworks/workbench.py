"""What all rules and plugins of this stage share: the program, its indexes, and where findings go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.subscriptions import Subscriptions
from discover.frameworks.collect import Collector
from discover.frameworks.reading.contexts import Contexts
from discover.frameworks.reading.frames import FRAMES
from discover.frameworks.reading.loops import called_in_loop
from discover.frameworks.reading.rounds import in_callers_rounds, in_rounds
from discover.frameworks.records import Problem
from discover.frameworks.routing.routers import Routers
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.handlers import Handlers
from discover.frameworks.rules.made_closures import MadeClosures
from discover.frameworks.rules.matching import Index
from discover.frameworks.rules.picks import Picker
from discover.resolve.values import NOTHING, ClassValue, ConstantValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.catalog.load import Catalog
    from discover.catalog.spec import Callback, Dispatch, Pick
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, Decoration
    from discover.resolve.symbols import Class
    from discover.resolve.values import Values
    from discover.sources.records import DeclaredTrigger

_BINDING = ("bind", "takes_context", "pass_context", "context")


class Learned:
    """Rules that the project's own code makes, each with what is named as its library."""

    def __init__(self) -> None:
        self.dispatches: list[tuple[str, Dispatch]] = []
        self.callbacks: list[tuple[str, Callback]] = []


class Workbench:
    """Built once per scan, handed to every rule and plugin."""

    def __init__(self, program: Program, catalog: Catalog, declared: tuple[DeclaredTrigger, ...] = ()) -> None:
        self.program = program
        self.catalog = catalog
        self.learned = Learned()
        self.declared = declared
        self.found = Collector()
        self.index = Index(program)
        self.contexts = Contexts(program)
        self.picker = Picker(program, self.contexts)
        self.handlers = Handlers(program)
        self.closures = MadeClosures(program, self.contexts)
        self.routers = Routers(program, catalog, self.index, self.contexts, self.picker)
        self.subscribed = Subscriptions(self)
        self._decorators: dict[tuple[str, int], list[Decoration]] = {}
        for one in program.decorations:
            if one.call is not None:
                self._decorators.setdefault((one.scope.module.path, one.call.number), []).append(one)

    def is_decorator(self, site: CallSite) -> bool:
        """Whether the call stands after an `@`, or its result's name does."""
        return (site.function.module.path, site.call.number) in self._decorators

    def decorations_of(self, site: CallSite) -> list[Decoration]:
        """The decorations that a call makes: after an `@`, or through a name that its result has."""
        return self._decorators.get((site.function.module.path, site.call.number), [])

    def seen(
        self,
        site: CallSite,
        picks: Sequence[Pick | str | None],
        receivers: Values = NOTHING,
        further: Sequence[ir.Expr] = (),
    ) -> list[Given]:
        """The call as each of its callers sees it, and in each round of a loop, as far as the picks depend on these.

        Args:
            site: The call.
            picks: What is asked of it.
            receivers: The objects that it is on.
            further: Expressions of its function that tell callers apart, too.
        """
        wanted = [*further, *self.picker.wanted(picks, site.call)]
        frames = self.contexts.frames(site.function, wanted, limit=FRAMES)
        if len(frames) == FRAMES:
            reason = f"too many ways lead to the call: the first {FRAMES} are followed"
            self.found.problem(Problem(unit=site.function.id, line=site.line, what="callers", reason=reason))
        frames = in_callers_rounds(self.contexts, frames)
        frames = in_rounds(self.contexts, site.function, site.call, wanted, frames)
        return [Given(site.call, site.function, frame, receivers) for frame in frames]

    def call_of_result(self, site: CallSite) -> CallSite | None:
        """The call whose called thing is this call's result: the second one of `make(…)(…)`, also through a name.

        So is what a loop calls over a list that is written beside it: `for decorate in [wraps(f), command(name)]`.
        """
        for other in site.function.sites.values():
            called = other.call.function
            if isinstance(called, ir.Name):
                assigned = self.contexts.assignments(site.function).get(called.id, [])
                called = assigned[0] if len(assigned) == 1 else called
            if isinstance(called, ir.Call) and called.number == site.call.number:
                return other
        return called_in_loop(site, self.contexts.assignments(site.function))

    @staticmethod
    def is_bound(call: ir.Call | None) -> bool:
        """Whether the library hands the task itself in as the first argument."""
        return call is not None and any(
            k.name in _BINDING and isinstance(k.value, ir.Constant) and k.value.value is True for k in call.keywords
        )

    def is_abstract(self, cls: Class) -> bool:
        """Whether the class itself, or the `Meta` in it, says that it is only there to be inherited from."""
        meta = cls.names.get("Meta")
        saying = [cls, *(v.cls for v in meta.values if isinstance(v, ClassValue))] if meta is not None else [cls]
        slots = [slot for one in saying if (slot := one.names.get("abstract")) is not None]
        return any(isinstance(v, ConstantValue) and v.value is True for slot in slots for v in slot.values)
