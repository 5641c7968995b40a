"""The account of a scan's corrections: what each one matched, and what it overruled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from discover.model import CORRECTED, Correction

if TYPE_CHECKING:
    from discover.config.corrections import Correction as Rule
    from discover.config.corrections import Subject

_TOLD = 20
"""So many overruled things of one correction are named; all are counted."""


class Ledger:
    """The corrections of one scan, by what they are about, with what came of them."""

    def __init__(self, rules: tuple[Rule, ...] = (), file: str = "") -> None:
        self._rules = rules
        self._file = file.rpartition("/")[2]
        self._overruled: dict[int, dict[str, None]] = {id(rule): {} for rule in rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def about(self, subject: Subject) -> Iterator[Rule]:
        """The corrections of one subject: dropped first, then renamed, then added, so that none undoes another."""
        order = ("drop", "rename", "add")
        yield from sorted(
            (rule for rule in self._rules if rule.subject == subject), key=lambda rule: order.index(rule.action)
        )

    def matched(self, rule: Rule, what: str) -> None:
        """Note that a correction applied, and to what."""
        self._overruled[id(rule)][what] = None

    def evidence(self, rule: Rule) -> str:
        """What an added or renamed thing rests on."""
        because = f": {rule.because}" if rule.because else ""
        return f"{CORRECTED}{self._file}:{rule.line}{because}"

    def account(self, missing: Callable[[Rule], str] | None = None) -> tuple[Correction, ...]:
        """All corrections, in the order of their file; `missing` tells why one applies to nothing."""
        return tuple(
            Correction(
                file=self._file,
                line=rule.line,
                text=rule.describe(),
                because=rule.because,
                matched=len(self._overruled[id(rule)]),
                overruled=tuple(list(self._overruled[id(rule)])[:_TOLD]),
                missing="" if self._overruled[id(rule)] or missing is None else missing(rule),
            )
            for rule in sorted(self._rules, key=lambda rule: (rule.line, rule.describe()))
        )
