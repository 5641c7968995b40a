"""What a transition of viewflow runs: the getter and setter of its state before the method, `on_success` behind it.

`@state.transition(…)` and `@state.setter()` have only the object `state` in common, and stand on different methods. A
YAML rule sees one decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.frameworks.records import HookEdge
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import Decoration
    from discover.resolve.values import Value

_STATE = "viewflow.fsm.State"
_AROUND: tuple[tuple[str, Literal["before", "success"]], ...] = (
    ("getter", "before"),
    ("setter", "before"),
    ("on_success", "success"),
)
_CONDITIONS = Pick(argument=3, keyword="conditions")
_SURE = 0.9

_States = dict[tuple["Value", str], list[Function]]
"""State, and which of its decorators -> the methods below that."""


def connect(bench: Workbench) -> None:
    """Hook what runs around each transition to its method."""
    transitions = bench.index.decorations(f"{_STATE}.transition")
    states = _states(bench) if transitions else {}
    for decoration, state in transitions:
        method = decoration.definition
        if not isinstance(method, Function):
            continue
        conditions = list(_conditions(bench, decoration, method))
        _hook(bench, method, conditions, "before", 1, "conditions")
        for order, (name, moment) in enumerate(_AROUND, 2):
            around = states.get((state, name), []) if state is not None else []
            _hook(bench, method, around, moment, order, name)


def _states(bench: Workbench) -> _States:
    found: _States = {}
    for name, _ in _AROUND:
        for decoration, state in bench.index.decorations(f"{_STATE}.{name}"):
            if state is not None and isinstance(decoration.definition, Function):
                found.setdefault((state, name), []).append(decoration.definition)
    return found


def _conditions(bench: Workbench, decoration: Decoration, method: Function) -> Iterator[Function]:
    """The functions that a transition asks first, and the methods of the class that it names by `this`."""
    given = Given(decoration.call, decoration.scope)
    asked = bench.program.elements_of(bench.picker.values(_CONDITIONS, given))
    yield from bench.handlers.functions(asked, decoration.scope.module)
    listed = bench.picker.expression(_CONDITIONS, decoration.call)
    for one in listed.items if isinstance(listed, ir.Sequence) else ():
        if isinstance(one, ir.Attribute) and ending(one.value) == "this" and method.owner is not None:
            named = bench.program.find_method(method.owner, one.name)
            if named is not None:
                yield named


def _hook(
    bench: Workbench,
    method: Function,
    around: list[Function],
    moment: Literal["before", "success"],
    order: int,
    name: str,
) -> None:
    for one in dict.fromkeys(around):
        if one.is_project and one is not method:
            bench.found.hook(
                HookEdge(
                    unit=method.id,
                    number=None,
                    line=method.record.line,
                    target=one.id,
                    is_own=one.owner is method.owner,
                    order=order,
                    library="viewflow",
                    moment=moment,
                    confidence=_SURE,
                    evidence=f"{_STATE}.{name}",
                )
            )
