"""What a scenario expects, held against the record of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tests.conformance.arrange import arranged, flat
from tests.conformance.matching import fits, holds, is_named, pattern_of
from tests.conformance.record import Call, Mail, Record, shown
from tests.conformance.spec import Fixture, Scenario, Until


def faults(scenario: Scenario, record: Record) -> list[str]:
    """What is not as the scenario says, a line or a few each."""
    return [
        *_responses(scenario, record),
        *_calls(scenario, record.calls),
        *_each("mail", scenario.mails, [msgspec.to_builtins(mail) for mail in record.mails]),
        *(
            line
            for table, expected in sorted(scenario.rows.items())
            for line in _each(f"row of {table}", expected, record.rows[table])
        ),
        *(
            line
            for name in sorted({*scenario.messages, *record.messages})
            for line in _each(f"message of {name}", scenario.messages.get(name, []), record.messages.get(name, ()))
        ),
    ]


def reached(until: Until, calls: Sequence[Call], mails: Sequence[Mail], rows: dict[str, Any]) -> bool:
    """Whether what is to be waited for is there."""
    return (
        len(calls) >= until.calls
        and len(mails) >= until.mails
        and all(matched(expected, rows[table]) is not None for table, expected in until.rows.items())
    )


def end_of(scenario: Scenario) -> Until:
    """What must be there when a scenario is over: as much as it expects."""
    return Until(calls=len(flat(scenario.calls)), mails=len(scenario.mails), rows=scenario.rows)


def check_tables(fixture: Fixture, scenario: Scenario) -> None:
    """A table that is expected must be one that is read."""
    unknown = {*scenario.rows, *scenario.given} - {*fixture.tables}
    assert not unknown, f"{fixture.name}/fixture.yaml names no table {sorted(unknown)}"


def matched(expected: Sequence[Any], found: Sequence[Any]) -> dict[int, int] | None:
    """A different found value for each expected one, none left over; None where there is no such match."""
    return _match(expected, found, 0, {}) if len(expected) == len(found) else None


def _match(expected: Sequence[Any], found: Sequence[Any], start: int, taken: dict[int, int]) -> dict[int, int] | None:
    if start == len(expected):
        return taken
    for number, one in enumerate(found):
        if number not in taken.values() and holds(expected[start], one):
            whole = _match(expected, found, start + 1, {**taken, start: number})
            if whole is not None:
                return whole
    return None


def _each(what: str, expected: Sequence[Any], found: Sequence[Any]) -> list[str]:
    if matched(expected, found) is not None:
        return []
    missing = [f"no {what} has {shown(one)}" for one in expected if not any(holds(one, other) for other in found)]
    number = [f"{len(found)} instead of {len(expected)}: {what}"] if len(expected) != len(found) else []
    there = [f"there is the {what} {shown(one)}" for one in found]
    return [*number, *missing, *there] or [f"no {what}"]


def _responses(scenario: Scenario, record: Record) -> list[str]:
    lines: list[str] = []
    asked = [stimulus for stimulus in scenario.stimuli if stimulus.sent]
    for stimulus, response in zip(asked, record.responses, strict=True):
        if stimulus.status is not None and response.status != stimulus.status:
            lines.append(f"status {response.status} instead of {stimulus.status}: {shown(response.body)}")
        if stimulus.json is not msgspec.UNSET and not holds(stimulus.json, response.body):
            lines.append(f"the response has not {shown(stimulus.json)}: {shown(response.body)}")
    return lines


def _calls(scenario: Scenario, found: Sequence[Call]) -> list[str]:
    patterns = [pattern_of(one) for one in flat(scenario.calls)]
    if arranged(found, scenario.calls, fits) is not None:
        return []
    order = arranged(found, scenario.calls, is_named)
    if order is None:
        expected = [f"  {one.call}" for one in patterns]
        return ["\n".join(["other calls than expected", *expected, "but", *(f"  {call.label}" for call in found)])]
    return [
        f"the call {pattern.call} has not {shown(pattern)}: {shown(found[number])}"
        for said, pattern, number in zip(flat(scenario.calls), patterns, order, strict=True)
        if not fits(said, found[number])
    ]
