"""Applies the catalog's callback rules: a call that is given a function and calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import paths_of
from discover.facts import records as ir
from discover.facts.source_text import text_of
from discover.frameworks.handing_over.choosing import evidence_of, picked_by
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.reading.passing import Passages, differ
from discover.frameworks.records import Callback, called_at
from discover.frameworks.rules.given import Given
from discover.resolve.values import FunctionValue, PartialValue, Value

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.reading.passing import Passage
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function


class Callbacks:
    """Finds what calls are given to run."""

    def __init__(self, bench: Workbench, passages: Passages) -> None:
        self.bench = bench
        self.picker = bench.picker
        self._passages = passages

    def call(self, library: str, rule: spec.Callback, match: Match) -> None:
        """Record what the call is given to run, as each caller that chooses it has it."""
        here = self._handed(library, rule, match, None)
        passages = self._passages.to(match.site, self.picker.wanted([rule.to], match.site.call))
        found = [seen for passage in passages if (seen := self._handed(library, rule, match, passage)) is not None]
        is_passed_on = differ([one.targets for one in found], here.targets if here else None)
        if here is not None:
            self.bench.found.callback(msgspec.structs.replace(here, is_passed_on=is_passed_on))
        for callback in found if is_passed_on else ():
            self.bench.found.callback(callback)

    def decorated(self, library: str, rule: spec.Callback) -> None:
        """Record what decorators are given to run, at each call of what they decorate."""
        given: dict[Function | Class, tuple[str, ...]] = {}
        for decoration, _ in self.bench.index.decorations(rule.call):
            called = self.picker.values(rule.to, Given(decoration.call, decoration.scope))
            called = (*called, *self.bench.program.elements_of(called))  # `conditions=[is_open, is_paid]`
            targets = self.bench.handlers.functions(called, decoration.scope.module)
            if targets:
                given[decoration.definition] = tuple(function.id for function in targets)
        for match in self.bench.index.calls_of_decorated(rule.call) if given else ():
            for target in match.site.targets:
                if target.function in given:
                    self.bench.found.callback(
                        Callback(
                            **called_at(match.site),
                            library=library,
                            targets=given[target.function],
                            runs=rule.runs,
                            confidence=target.confidence,
                            evidence=f"given to the decorator of {target.function.record.name}",
                        )
                    )

    def _handed(self, library: str, rule: spec.Callback, match: Match, passage: Passage | None) -> Callback | None:
        site = match.site
        frame = passage.frame if passage is not None else None
        given = Given(site.call, site.function, frame, match.receivers)
        called = tuple(value for value in self.picker.values(rule.to, given) if not _is_library(value))
        targets = self.bench.handlers.functions(called, site.function.module)
        if not targets:
            return None
        each = self.picker.expression(rule.each, site.call) if rule.each is not None else None
        wanted = self.picker.wanted([rule.to], site.call)
        picked = picked_by(self.bench.program, wanted, site.function) if len(targets) > 1 else None
        place = passage.site if passage is not None else site
        return Callback(
            **called_at(place),
            library=library,
            targets=tuple(function.id for function in targets),
            runs=rule.runs,
            is_awaited=rule.until is None or _waits(place.function, paths_of(rule.until)),
            each=text_of(each) if each is not None else "",
            arguments=travelling(rule.arguments, site.call, frame),
            is_picked=picked is not None,
            confidence=picked.confidence if picked is not None else 0.95 if len(targets) == 1 else 0.8,
            evidence=evidence_of(match, passage, picked, len(targets)),
        )


def _waits(function: Function, paths: tuple[str, ...]) -> bool:
    """Whether a function makes one of the calls that wait: `thread.join()`, also where the thread is not known."""
    names = {path.rpartition(".")[2] for path in paths}
    for site in function.sites.values():
        called = site.call.function
        is_bare = not (site.call.arguments or site.externals or site.targets)
        if any(external.path in paths for external in site.externals):
            return True
        if is_bare and isinstance(called, ir.Attribute) and called.name in names:
            return True
    return False


def _is_library(value: Value) -> bool:
    """A library's own method, such as `task.delay`: calling it is that library's affair, and has rules of its own."""
    functions = value.functions if isinstance(value, PartialValue) else (value,)
    return all(isinstance(one, FunctionValue) and not one.function.is_project for one in functions)
