"""The catalog's effect rules, indexed so that one look-up per call site is enough."""

from __future__ import annotations

import re
from typing import NamedTuple

from discover.catalog.load import Catalog
from discover.catalog.spec import Effect, paths_of


class EffectRule(NamedTuple):
    """A rule with the library that it comes from."""

    library: str
    rule: Effect


class Rules:
    """Effect rules by external path, and by the name of the called method for receivers of unknown type."""

    def __init__(self, catalog: Catalog) -> None:
        self.exact: dict[str, list[EffectRule]] = {}
        self.named: dict[str, dict[str, list[EffectRule]]] = {}
        """Method name -> receiver's name -> rules."""
        self.plumbing = frozenset(path for path in catalog.plumbing if "*" not in path)
        self.hosts = catalog.hosts
        self._patterns: dict[str, list[tuple[re.Pattern[str], str, list[EffectRule]]]] = {}
        """By the first name of the path; under no name where that is not known either."""
        self._matched: dict[str, list[EffectRule]] = {}
        quiet = [_pattern(path) for path in catalog.plumbing if "*" in path]
        self._quiet = re.compile("|".join(quiet)) if quiet else None
        for library, rule in catalog.effects:
            self._add(EffectRule(library, rule))

    def _add(self, rule: EffectRule) -> None:
        for path in paths_of(rule.rule.call):
            if "*" in path:
                prefix = path.partition("*")[0]
                first = path.partition(".")[0]
                known = self._patterns.setdefault("" if "*" in first else first, [])
                known.append((re.compile(_pattern(path)), prefix, [rule]))
            else:
                self.exact.setdefault(path, []).append(rule)
            name = path.rpartition(".")[2]
            for receiver in rule.rule.receivers:
                rules = self.named.setdefault(name, {}).setdefault(receiver, [])
                if rule not in rules:
                    rules.append(rule)

    def of(self, path: str) -> list[EffectRule]:
        """The rules of an external path in the order of the catalog; a path in full comes before a pattern."""
        known = self._matched.get(path)
        if known is None:
            known = self._matched[path] = self._find(path)
        return known

    def _find(self, path: str) -> list[EffectRule]:
        if path in self.plumbing:
            return []
        exact = self.exact.get(path, [])
        if not exact and self._quiet is not None and self._quiet.fullmatch(path):
            return []
        wide = [
            rule
            for first in (path.partition(".")[0], "")
            for pattern, prefix, rules in self._patterns.get(first, ())
            if path.startswith(prefix) and pattern.fullmatch(path)
            for rule in rules
        ]
        return [*exact, *wide]


def _pattern(path: str) -> str:
    """A path with `*` for one name, and `**` for any number of them, as a regular expression."""
    return re.escape(path).replace(r"\*\*", r"[^()]*").replace(r"\*", r"[^.()]+")
