"""Receivers that don't hear a signal because code took them off it: `disconnect(…)`, then a save, then `connect(…)`.

In a function that takes a receiver off, itself or through functions that it calls (three deep), what is sent behind
that is not heard, up to the call that puts the receiver on again, or to the end of the block; nor in functions of the
same module that only such places call (four deep), and that nothing else starts. The block of a `with` whose context
manager has receivers off at its `yield`, or when it is entered, is such a place. A receiver that is only
ever put on by functions that also take it off again hears what these send in between, and what they call (three deep).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.facts import records as ir
from discover.facts.walking import blocks
from discover.frameworks.entry_points.signals import identify
from discover.frameworks.handing_over.silent_blocks import blocks_of, entered_until
from discover.frameworks.rules.picks import Given
from discover.resolve.values import ClassValue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from discover.catalog import spec
    from discover.frameworks.records import Dispatch
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_DEPTH = 3
_INWARD = 4
_END = 1 << 30


class Hearing(NamedTuple):
    """A receiver on a signal; an empty sender stands for any."""

    signal: str
    unit: str
    sender: str


class _Event(NamedTuple):
    """At this line, receivers are put on or taken off."""

    line: int
    on: frozenset[Hearing]
    off: frozenset[Hearing]


class _Range(NamedTuple):
    first: int
    last: int


if TYPE_CHECKING:
    _Off: TypeAlias = tuple[_Range, frozenset[Hearing]]
    Silent: TypeAlias = dict[str, list[_Off]]


def silence(bench: Workbench) -> None:
    """Drop the receivers that a hand-over cannot reach where it stands."""
    for _, rule in bench.catalog.silences:
        silences = _Silences(bench, rule)
        if silences.events:
            silences.apply()


class _Silences:
    """Where receivers are on and off, by one rule."""

    def __init__(self, bench: Workbench, rule: spec.Silence) -> None:
        self.bench = bench
        self.rule = rule
        self.events: defaultdict[Function, list[_Event]] = defaultdict(list)
        self._heard: defaultdict[tuple[str, str], list[Hearing]] = defaultdict(list)
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind == "signal" else ():
                hearing = Hearing(name, entry.unit, entry.detail.sender or "")
                self._heard[name, entry.unit].append(hearing)
        connects = bench.index.calls(rule.connects)
        self._put_on: defaultdict[Hearing, dict[Function, int]] = defaultdict(dict)
        self._keyed: dict[tuple[str, str, str], frozenset[Hearing]] = {}
        for match in connects:
            hearings = self._named(match)
            for hearing in hearings:
                self._put_on[hearing].setdefault(match.site.function, match.site.line)
                for key in self._keys(match):
                    self._keyed[hearing.signal, hearing.sender, key] = hearings
        for match in bench.index.calls(rule.call):
            self._note(match.site.function, match.site.line, off=self._named(match) or self._by_key(match))
        if rule.attribute:
            self._find_emptied()
        if self.events:
            for match in connects:
                self._note(match.site.function, match.site.line, on=self._named(match))
            self._carry()

    def apply(self) -> None:
        """Take the receivers that are off from the hand-overs."""
        silent = {function.id: found for function in self.events if (found := self._silent(function))}
        self._go_inward(silent, self._in_blocks(silent))
        only = self._passing()
        for key, sent in list(self.bench.found.dispatches.items()):
            if sent.edge != "signal" or not sent.targets:
                continue
            kept = tuple(unit for unit in sent.targets if self._hears(sent, unit, silent.get(sent.unit, []), only))
            if kept:
                self.bench.found.dispatches[key] = msgspec.structs.replace(sent, targets=kept)
            else:
                del self.bench.found.dispatches[key]

    def _hears(
        self,
        sent: Dispatch,
        unit: str,
        silent: list[_Off],
        only: dict[Hearing, dict[str, _Range]],
    ) -> bool:
        known = self._heard.get((sent.name, unit), [])
        fitting = [h for h in known if not h.sender or not sent.sender or h.sender == sent.sender] or known
        off = _off_at(silent, sent.line)
        for hearing in fitting:
            span = only[hearing].get(sent.unit, _Range(0, 0)) if hearing in only else _Range(-1, _END)
            if hearing not in off and span.first < sent.line <= span.last:
                return True
        return not fitting

    # --- what a call says ------------------------------------------------------------------------------------------

    def _named(self, match: Match) -> frozenset[Hearing]:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        functions = self.bench.program.functions_of(self.bench.picker.values(self.rule.handler, given))
        return frozenset(
            Hearing(key, function.id, sender)
            for key, _ in identify(self.bench.program, match.receivers)
            for function in functions
            for sender in self._senders(given)
        )

    def _by_key(self, match: Match) -> frozenset[Hearing]:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        found: set[Hearing] = set()
        for signal, _ in identify(self.bench.program, match.receivers):
            for sender in self._senders(given):
                for key in self._keys(match):
                    found |= self._keyed.get((signal, sender, key), frozenset())
        return frozenset(found)

    def _keys(self, match: Match) -> list[str]:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        return self.bench.picker.texts(self.rule.key, given) if self.rule.key is not None else []

    def _senders(self, given: Given) -> list[str]:
        values = self.bench.picker.values(self.rule.sender, given) if self.rule.sender is not None else ()
        return [value.cls.id for value in values if isinstance(value, ClassValue)] or [""]

    def _note(
        self,
        function: Function,
        line: int,
        *,
        on: frozenset[Hearing] = frozenset(),
        off: frozenset[Hearing] = frozenset(),
    ) -> None:
        if on or off:
            self.events[function].append(_Event(line, on, off))

    def _find_emptied(self) -> None:
        """`signal.receivers = []`, in the functions that send and in context managers."""
        units = dict.fromkeys(d.unit for d in self.bench.found.dispatches.values() if d.edge == "signal")
        sending = [self.bench.program.functions[unit] for unit in units if unit in self.bench.program.functions]
        managers = [one for one in self.bench.program.all_functions if entered_until(one) is not None]
        for function in dict.fromkeys([*sending, *managers]):
            for target, value, line in _assigned(function.record.body, self.rule.attribute):
                values = self.bench.program.values_of(function, target)
                keys = {key for key, _ in identify(self.bench.program, values)}
                all_of_it = frozenset(h for known in self._heard.values() for h in known if h.signal in keys)
                is_empty = isinstance(value, ir.Sequence) and not value.items
                self._note(function, line, **({"off": all_of_it} if is_empty else {"on": all_of_it}))

    # --- where it holds --------------------------------------------------------------------------------------------

    def _carry(self) -> None:
        """A call of a function that puts receivers on or off does so where it stands."""
        fresh = set(self.events)
        for _ in range(_DEPTH):
            left = {function: self._left(function) for function in fresh}
            fresh = set()
            for caller in self.bench.program.all_functions:
                for site in self.bench.program.sites(caller):
                    for target in site.targets:
                        if target.function in left and target.function is not caller:
                            on, off = left[target.function]
                            self._note(caller, site.line, on=on, off=off)
                            fresh.add(caller)

    def _left(self, function: Function, until: int = _END) -> tuple[frozenset[Hearing], frozenset[Hearing]]:
        """What is on and what is off when a function returns, or gets to a line."""
        on: set[Hearing] = set()
        off: set[Hearing] = set()
        for event in sorted(self.events[function], key=lambda e: e.line):
            if event.line > until:
                break
            on = (on - event.off) | event.on
            off = (off - event.on) | event.off
        return frozenset(on), frozenset(off)

    def _silent(self, function: Function) -> list[_Off]:
        found: list[_Off] = []
        events = sorted(set(self.events[function]), key=lambda e: (e.line, sorted(e.on), sorted(e.off)))
        for event in events:
            block = _around(function.record.body, event.line, _Range(0, _END))
            for hearing in event.off:
                again = min((e.line for e in events if e.line > event.line and hearing in e.on), default=_END)
                found.append((_Range(event.line, min(block.last, again - 1)), frozenset((hearing,))))
        return found

    def _in_blocks(self, silent: Silent) -> set[Function]:
        """Note what a context manager has off while its block runs; the answer are the functions with such blocks."""
        off: dict[Function, frozenset[Hearing]] = {}
        for function in self.events:
            until = entered_until(function)
            if until is not None and (left := self._left(function, until)[1]):
                off[function] = left
        found: set[Function] = set()
        for function, block, manager in blocks_of(self.bench.program, off) if off else ():
            silent.setdefault(function.id, []).append((_Range(block.line - 1, block.end_line), off[manager]))
            found.add(function)
        return found

    def _go_inward(self, silent: Silent, more: set[Function]) -> None:
        """A function that is called only where a receiver is off doesn't reach it either."""
        modules = {function.module for function in self.events if function.id in silent}
        modules.update(function.module for function in more)
        places: defaultdict[Function, list[tuple[Function, int]]] = defaultdict(list)
        for caller in self.bench.program.all_functions:
            for site in self.bench.program.sites(caller):
                for target in site.targets:
                    if target.function.module in modules and target.function is not caller:
                        places[target.function].append((caller, site.line))
        started = self._started()
        for _ in range(_INWARD):
            found = {
                function: frozenset.intersection(*(_off_at(silent.get(c.id, []), line) for c, line in callers))
                for function, callers in places.items()
                if function not in self.events and function.id not in started
            }
            for function, hearings in found.items():
                if hearings:
                    silent[function.id] = [(_Range(-1, _END), hearings)]

    def _started(self) -> set[str]:
        """The units that not only calls reach."""
        found = self.bench.found
        units = {entry.unit for entry in found.entry_points.values()}
        units.update(unit for one in (*found.dispatches.values(), *found.callbacks.values()) for unit in one.targets)
        units.update(hook.target for hook in found.hooks.values())
        return units

    def _passing(self) -> dict[Hearing, dict[str, _Range]]:
        """The receivers that are on for a while only, each with the units where, and the lines."""
        found: dict[Hearing, dict[str, _Range]] = {}
        for hearing, places in self._put_on.items():
            ends = {
                function: min((e.line for e in self.events[function] if e.line > line and hearing in e.off), default=0)
                for function, line in places.items()
                if function in self.events
            }
            handler = self.bench.program.functions.get(hearing.unit)
            if len(ends) != len(places) or not all(ends.values()) or handler is None or handler.record.decorators:
                continue
            spans = {function.id: _Range(line, ends[function]) for function, line in places.items()}
            within = {f.id: _Range(-1, _END) for f in _called(places) if f.id not in spans}
            found[hearing] = {**within, **spans}
        return found


def _off_at(silent: list[_Off], line: int) -> frozenset[Hearing]:
    return frozenset(h for span, hearings in silent if span.first < line <= span.last for h in hearings)


def _called(functions: Iterable[Function]) -> list[Function]:
    """What the functions call, three deep."""
    found: dict[Function, None] = {}
    fresh = list(functions)
    for _ in range(_DEPTH):
        fresh = [t.function for f in fresh for s in f.sites.values() for t in s.targets if t.function not in found]
        found.update(dict.fromkeys(fresh))
    return list(found)


def _assigned(body: list[ir.Stmt], attribute: str) -> Iterable[tuple[ir.Expr, ir.Expr | None, int]]:
    """Each `x.attribute = value`: x, the value, the line."""
    for statement in body:
        if isinstance(statement, ir.Assign):
            for target in statement.targets:
                if isinstance(target, ir.Attribute) and target.name == attribute:
                    yield target.value, statement.value, statement.line
        for block in blocks(statement):
            yield from _assigned(block, attribute)


def _around(body: list[ir.Stmt], line: int, outer: _Range) -> _Range:
    """The lines of the innermost block with the line that not each run enters."""
    for statement in body:
        for block in blocks(statement):
            lines = _lines(block)
            if lines.first <= line <= lines.last:
                is_sure = isinstance(statement, ir.With) or (
                    isinstance(statement, ir.Try) and (block is statement.body or block is statement.last)
                )
                return _around(block, line, outer if is_sure else lines)
    return outer


def _lines(block: list[ir.Stmt]) -> _Range:
    found: list[int] = []
    waiting: list[object] = list(block)
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, msgspec.Struct):
            found += [n for n in (getattr(node, "line", None), getattr(node, "end_line", None)) if isinstance(n, int)]
            waiting += [getattr(node, name) for name in node.__struct_fields__]
    return _Range(min(found), max(found)) if found else _Range(_END, 0)
