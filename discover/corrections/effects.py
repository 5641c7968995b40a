"""Effects that a user adds, drops or renames."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from discover.corrections.places import calls_meant, functions_named
from discover.effects.records import SiteEffect
from discover.model import Effect, EffectKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.config.corrections import Correction
    from discover.corrections.ledger import Ledger
    from discover.resolve.program import Program


def corrected_effects(program: Program, effects: Iterable[SiteEffect], ledger: Ledger) -> list[SiteEffect]:
    """The effects as the corrections have them, those that were added last."""
    found = list(effects)
    for rule in ledger.about("effects"):
        if rule.action == "add":
            found += _added(program, rule, ledger)
        else:
            kept: list[SiteEffect] = []
            for one in found:
                kept += _changed(one, rule, ledger) if _means(program, rule, one) else [one]
            found = kept
    return found


def _means(program: Program, rule: Correction, one: SiteEffect) -> bool:
    effect = one.effect
    return (
        rule.means("unit", one.unit)
        and rule.means("kind", effect.kind)
        and rule.means("target", effect.target)
        and rule.means("service", effect.service)
        and rule.means_line(effect.line)
        and (not rule.of("call") or one.number in _numbers(program, one.unit, rule))
    )


def _numbers(program: Program, unit: str, rule: Correction) -> set[int]:
    return {site.call.number for site in calls_meant(functions_named(program, unit), rule)}


def _changed(one: SiteEffect, rule: Correction, ledger: Ledger) -> list[SiteEffect]:
    effect = one.effect
    told = " ".join(part for part in (effect.kind, effect.detail, effect.target, effect.service) if part)
    ledger.matched(rule, f"{told} at {effect.at}:{effect.line} ({effect.evidence})")
    if rule.action == "drop":
        return []
    renamed = msgspec.structs.replace(effect, **rule.said, confidence=1.0, evidence=ledger.evidence(rule))
    return [msgspec.structs.replace(one, effect=renamed)]


def _added(program: Program, rule: Correction, ledger: Ledger) -> list[SiteEffect]:
    unit = rule.of("unit")
    found: list[SiteEffect] = []
    for site in calls_meant(functions_named(program, unit), rule):
        effect = Effect(
            id=f"effect:{unit}:{site.line}:correction:{rule.line}",
            kind=cast("EffectKind", rule.of("kind")),
            at=unit,
            line=site.line,
            target=rule.of("target"),
            service=rule.of("service"),
            detail=rule.of("detail"),
            evidence=ledger.evidence(rule),
        )
        ledger.matched(rule, effect.id)
        found.append(SiteEffect(effect=effect, unit=unit, number=site.call.number))
        if rule.at:
            # A line may hold several calls; the outermost one, which comes first, stands for the line.
            break
    return found
