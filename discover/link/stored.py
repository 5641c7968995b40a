"""Joins what is put into a collection in Redis with the job that takes it out there.

Strict: lists, sets, hashes and sorted sets only, since a plain key is a cache; the key must be known but for its holes,
with a literal part that says something; the reader is a scheduled job, or a unit that it certainly calls. A command
counts where it takes things out: one that only reads shows them to somebody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from discover.effects.records import SiteEffect
from discover.facts import records as facts
from discover.frameworks.records import EntryPoint
from discover.link.nearness import near
from discover.link.plans import Plans
from discover.link.records import Handover, Target
from discover.link.units import Units
from discover.resolve.bodies import names_read
from discover.resolve.program import Program
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue

_PUTS = frozenset({
    *("LPUSH", "RPUSH", "LPUSHX", "RPUSHX", "SADD", "HSET", "HSETNX", "HMSET", "HINCRBY", "ZADD", "ZINCRBY"),
})  # fmt: skip
_TAKES = frozenset({
    *("LPOP", "RPOP", "BLPOP", "BRPOP", "LMOVE", "BLMOVE", "RPOPLPUSH", "BRPOPLPUSH", "SPOP"),
    *("ZPOPMIN", "ZPOPMAX", "BZPOPMIN", "BZPOPMAX"),
})  # fmt: skip
_READS = frozenset({
    *("LRANGE", "HGETALL", "HGET", "HMGET", "HKEYS", "HVALS", "HSCAN", "HSCAN_ITER", "SMEMBERS", "SSCAN", "SSCAN_ITER"),
    *("ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZSCAN_ITER"),
})  # fmt: skip
_CONFIDENCE = 0.7
_LEAST_LITERAL = 4
_CALLERS = 12
"""What is called from more places makes or takes a key for each: which one it is here, the resolver does not tell."""
_UNKNOWN = "{}"


def link_stored(
    program: Program, entry_points: Sequence[EntryPoint], effects: Sequence[SiteEffect], plans: Plans, units: Units
) -> None:
    """Add a hand-over at each put to the jobs that take from the same collection."""
    keys = _Keys(program, units)
    puts = list(keys.of(effects, _PUTS))
    if not puts:
        return
    taken, read = keys.by_unit(effects, _TAKES), keys.by_unit(effects, _TAKES | _READS)
    scheduled = {entry.unit for entry in entry_points if entry.kind == "schedule"}
    jobs = sorted(scheduled | {entry.unit for entry in entry_points if entry.kind == "command"}) if read else []
    reached = {job: near(job, plans) for job in jobs}
    waiting: dict[str, set[str]] = {}
    for job in jobs:
        by_unit = read if job in scheduled else taken
        waiting[job] = {key for unit in reached[job] for key in by_unit.get(unit, ())}
    for effect, unit, key in puts:
        takers = [job for job in jobs if key in waiting[job] and unit not in reached[job]]
        if takers and effect.number is not None:
            plans.add_handover(effect.unit, effect.number, _handover(key, takers, effect.effect.line))


class _Keys:
    """The collections that effects are on, by their keys."""

    def __init__(self, program: Program, units: Units) -> None:
        self._program = program
        self._functions = {units.keys[function]: function for function in program.all_functions}

    def by_unit(self, effects: Sequence[SiteEffect], verbs: frozenset[str]) -> dict[str, set[str]]:
        """The keys on which each unit has such an effect."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for _, unit, key in self.of(effects, verbs):
            found[unit].add(key)
        return found

    def of(self, effects: Sequence[SiteEffect], verbs: frozenset[str]) -> Iterator[tuple[SiteEffect, str, str]]:
        """The effects of these commands, each with its unit and each key that it may be on."""
        for found in effects:
            if found.effect.service != "Redis" or found.effect.detail.upper() not in verbs or found.number is None:
                continue
            function = self._functions.get(found.unit)
            site = function.sites.get(found.number) if function is not None else None
            keys: list[object] = [found.effect.target]
            if function is not None and site is not None and site.arguments:
                if self._is_of_any_caller(function, site.call):
                    continue
                keys += [value.value for value in site.arguments[0] if isinstance(value, ConstantValue)]
            for key in dict.fromkeys(keys):
                if isinstance(key, str) and len(key.replace(_UNKNOWN, "").strip(":._-*")) >= _LEAST_LITERAL:
                    yield found, found.unit, key

    def _is_of_any_caller(self, function: Function, call: facts.Call) -> bool:
        """Whether a call's key may be that of each caller of a client that the project wraps, or of what makes keys."""
        given = call.arguments[0] if call.arguments else None
        made = function.sites.get(given.number) if isinstance(given, facts.Call) else None
        asked = [target.function for target in made.targets] if made is not None else []
        if given is not None and self._reads_parameter(function, given):
            asked.append(function)
        return any(len(self._program.callers.get(one, ())) > _CALLERS for one in asked)

    @staticmethod
    def _reads_parameter(function: Function, given: facts.Expr) -> bool:
        own = {parameter.name for parameter in function.given}
        return not own.isdisjoint(names_read(given))


def _handover(key: str, takers: list[str], line: int) -> Handover:
    evidence = f"{key!r} in Redis is filled here and emptied there"
    return Handover(
        kind="poll",
        line=line,
        channel=key,
        targets=tuple(Target(unit, _CONFIDENCE, evidence) for unit in takers),
        confidence=_CONFIDENCE,
        evidence=evidence,
    )
