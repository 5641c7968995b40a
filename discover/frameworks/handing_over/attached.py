"""A project's own way to send a function: an attribute that its decorator gives to it.

After `function.delay = delayed`, where `delayed` stores or publishes which function is meant, `digest.delay(1)`
hands over to `digest` as a queue library's call does: what is learned here is applied as a rule of a catalog. Where
`delayed` only calls the function, it runs within the call. What does neither is told where it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.facts.source_text import text_of
from discover.frameworks.handing_over.keeping import Keeping
from discover.frameworks.handing_over.stored_work import add_task
from discover.frameworks.records import Problem
from discover.resolve.values import FunctionValue, PartialValue

if TYPE_CHECKING:
    from discover.frameworks.handing_over.keeping import Use
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function
    from discover.resolve.values import Slot

OWN_QUEUE = "own queue"
NOT_UNDERSTOOD = "the project's own code puts this on the function, and what it does with it is not known"
_ON_FUNCTIONS = "function."
_CONFIDENCE = 0.85
_ITSELF = spec.Pick(receiver="value")


def learn_attached(bench: Workbench) -> None:
    """Learn a rule for each attribute by which the project sends or runs functions; what is sent so is a task."""
    attached = bench.program.engine.marks.attached
    if not attached:
        return
    wrapped: dict[Function, list[Function]] = {}
    for function in bench.program.all_functions:
        for wrapper in function.wrappers:
            wrapped.setdefault(wrapper, []).append(function)
    keeping = Keeping(bench)
    for name in sorted(attached):
        _learn(bench, keeping, name, attached[name], wrapped)


def _learn(
    bench: Workbench, keeping: Keeping, name: str, slots: dict[Function, Slot], wrapped: dict[Function, list[Function]]
) -> None:
    given = {
        function: tuple(v for v in slot.values if isinstance(v, FunctionValue | PartialValue))
        for function, slot in slots.items()
    }
    holders = {function: values for function, values in given.items() if values}
    if not holders:
        return
    meant = frozenset(one for holder in holders for one in (holder, *wrapped.get(holder, ())))
    uses: dict[object, Use | None] = {}
    for value in (value for values in holders.values() for value in values):
        if value not in uses:
            uses[value] = keeping.use(value, meant)
    path = f"{_ON_FUNCTIONS}{name}"
    if "kept" in uses.values():
        bench.learned.dispatches.append(
            (OWN_QUEUE, spec.Dispatch(call=path, to=_ITSELF, arguments=spec.Arguments(start=0)))
        )
        for holder, values in holders.items():
            if any(uses[value] == "kept" for value in values):
                for function in wrapped.get(holder, [holder]):
                    evidence = f"what .{name} of it stores is run later, {function.module.path}:{function.record.line}"
                    add_task(bench, function, framework=OWN_QUEUE, confidence=_CONFIDENCE, evidence=evidence)
    elif "run" in uses.values():
        bench.learned.callbacks.append((OWN_QUEUE, spec.Callback(call=path, to=_ITSELF)))
    else:
        _tell(bench, path)


def _tell(bench: Workbench, path: str) -> None:
    for match in bench.index.calls(path):
        site = match.site
        called = text_of(site.call.function)
        problem = Problem(
            unit=site.function.id, line=site.line, what=f"{called}(…)", reason=NOT_UNDERSTOOD, call=called
        )
        bench.found.problem(problem)
