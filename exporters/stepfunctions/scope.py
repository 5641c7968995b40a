"""States of one machine, or of one branch inside it, while they are being made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exporters.shared.identifiers import Unique
from exporters.shared.one_line import shown
from exporters.stepfunctions.failing import Names, error_equals
from exporters.stepfunctions.jsonata import embedded, text

State = dict[str, Any]
_LONGEST_NAME = 60
"""Of 80 that Step Functions allows; the rest is for numbers and for beginnings such as "Ask: "."""
_CAUGHT = '{"name": $states.errorOutput.Error, "cause": $states.errorOutput.Cause}'


@dataclass(frozen=True, slots=True)
class Guard:
    """Where errors go on, for states that stand inside of it."""

    target: str
    """The state that takes them."""
    names: Names | None = None
    """As the workers know the guard (an empty one takes every `Exception`); None for one that they don't know."""
    special: Names = ()
    """Names that are no exceptions of the backend: `Ended`, `RetryAsked`."""
    takes_all: bool = False
    """Whatever happens, also what Step Functions itself reports."""


@dataclass(slots=True)
class Scope:
    """States that share variables: a whole machine, or one branch of parallel work."""

    suffix: str
    """Step Functions does not let an inner scope use a name of an outer one: each has names of its own."""
    unique: Unique
    """State names are unique in the whole machine."""
    states: dict[str, State] = field(default_factory=dict[str, State])
    outside: tuple[Names, ...] = ()
    """Names of the guards around the branch, which errors reach by leaving it; the innermost first."""

    @property
    def variables(self) -> str:
        """The variable that holds all of the run's, as one object."""
        return f"vars{self.suffix}"

    @property
    def error(self) -> str:
        """The variable that holds the last error."""
        return f"error{self.suffix}"

    @property
    def case(self) -> str:
        """The variable that holds the answer to the last question."""
        return f"case{self.suffix}"

    def name(self, wanted: str) -> str:
        """A free name for a state."""
        return self.unique(plain(wanted)[:_LONGEST_NAME].strip() or "State")

    def add(self, name: str, state: State) -> str:
        """Keep a state; its name is what others point to."""
        self.states[name] = state
        return name

    def merged(self, changes: Mapping[str, str]) -> State:
        """The `Assign` that sets fields of the scope's variable to expressions."""
        fields = ", ".join(f"{text(name)}: {expression}" for name, expression in changes.items())
        return {self.variables: embedded(f"$merge([${self.variables}, {{{fields}}}])")}

    def catches(self, guards: Sequence[Guard], inside: Sequence[Names] = ()) -> list[State]:
        """The `Catch` of a state inside these guards, the innermost first; `inside` are guards within the state."""
        found: list[State] = []
        for number, guard in enumerate(guards):
            names = self.taken(guards, number, inside)
            found.append({"ErrorEquals": names, "Assign": {self.error: embedded(_CAUGHT)}, "Next": guard.target})
            if guard.takes_all:
                break
        return found

    def taken(self, guards: Sequence[Guard], number: int, inside: Sequence[Names] = ()) -> list[str]:
        """The names of errors that one of the guards takes."""
        guard = guards[number]
        if guard.takes_all:
            return ["States.ALL"]
        if guard.names is None:
            return list(guard.special)
        within = [*inside, *known_names(guards[:number])]
        around = [*known_names(guards[number + 1 :]), *self.outside]
        return [*error_equals(guard.names, around, within), *guard.special]


def known_names(guards: Sequence[Guard]) -> list[Names]:
    """The names of those guards that the workers know."""
    return [guard.names for guard in guards if guard.names is not None]


def plain(told: str) -> str:
    """Text of analysed code as a name or comment: one line, and nothing that a template or the engine would replace."""
    return shown(told).replace("${", "$ {").replace("{%", "{ %")


def from_the_start(entry: str, states: Mapping[str, State]) -> dict[str, State]:
    """The states in the order in which a reader meets them; one that nothing leads to is refused, so it is left out."""
    found: dict[str, State] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = state = states[name]
        leads = [
            *(catch["Next"] for catch in state.get("Catch", ())),
            state.get("Default"),
            *(choice["Next"] for choice in reversed(state.get("Choices", ()))),
            state.get("Next"),
        ]
        waiting.extend(name for name in leads if name)
    return found
