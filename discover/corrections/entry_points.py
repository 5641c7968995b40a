"""Entry points that a user adds, drops or renames."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from discover.corrections.places import functions_named
from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail, TriggerKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.config.corrections import Correction
    from discover.corrections.ledger import Ledger
    from discover.resolve.program import Program
    from discover.resolve.symbols import Class, Function


def corrected_entry_points(
    program: Program, entry_points: Iterable[EntryPoint], ledger: Ledger
) -> tuple[EntryPoint, ...]:
    """The entry points as the corrections have them, sorted by id."""
    found = {entry.id: entry for entry in entry_points}
    for rule in ledger.about("entry_points"):
        if rule.action == "add":
            _add(program, found, rule, ledger)
            continue
        for entry in [entry for entry in found.values() if _means(rule, entry)]:
            ledger.matched(rule, f"{entry.id} ({entry.evidence})")
            if rule.action == "drop":
                del found[entry.id]
            else:
                found[entry.id] = _renamed(entry, rule, ledger)
    return tuple(found[identity] for identity in sorted(found))


def _means(rule: Correction, entry: EntryPoint) -> bool:
    return (
        rule.means("unit", entry.unit)
        and rule.means("kind", entry.kind)
        and rule.means("path", entry.detail.path or "")
        and rule.means("id", entry.id)
    )


def _renamed(entry: EntryPoint, rule: Correction, ledger: Ledger) -> EntryPoint:
    detail = msgspec.structs.replace(entry.detail, title=rule.said["name"])
    return msgspec.structs.replace(entry, detail=detail, evidence=ledger.evidence(rule))


def _add(program: Program, found: dict[str, EntryPoint], rule: Correction, ledger: Ledger) -> None:
    unit = rule.of("unit")
    definition = _definition(program, unit)
    if definition is None:
        return
    kind = cast("TriggerKind", rule.of("kind"))
    detail = TriggerDetail(
        path=rule.of("path") or None,
        methods=rule.methods,
        name=rule.of("name") or None,
        schedule=rule.of("schedule") or None,
        signal=rule.of("signal") or None,
        sender=rule.of("sender") or None,
        queue=rule.of("queue") or None,
        topic=rule.of("topic") or None,
        command=rule.of("command") or None,
    )
    names = [rule.of(field) for field in ("name", "topic", "queue", "signal", "command") if rule.of(field)]
    what = rule.of("path") or rule.of("schedule") or (names[0] if names else "")
    entry = EntryPoint(
        id=f"{kind}:{what}:{unit}" if what else f"{kind}:{unit}",
        kind=kind,
        framework="",
        unit=unit,
        line=definition.record.line,
        detail=detail,
        names=(*names, f"{definition.module.name}.{definition.record.qualname}"),
        evidence=ledger.evidence(rule),
    )
    found[entry.id] = entry
    ledger.matched(rule, entry.id)


def _definition(program: Program, unit: str) -> Function | Class | None:
    functions = functions_named(program, unit)
    return functions[0] if functions else next((cls for cls in program.all_classes if cls.id == unit), None)
