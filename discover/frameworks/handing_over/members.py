"""Signals of single attributes: `account.email = …` sends what listens to `Account.email`.

Only attributes that a receiver wants are looked for, so that a project without such receivers costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.facts import records as ir
from discover.frameworks.records import ASSIGNED, Dispatch
from discover.resolve.values import ClassValue, ConstantValue, InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.records import EntryPoint
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function
    from discover.resolve.values import Values

_SURE = 0.9
_OF_SOME = 0.6
"""Where the object may be of several classes, and not all of them have the attribute that is listened to."""


class _Wanted(NamedTuple):
    """A receiver of what happens to an attribute."""

    cls: Class
    entry: EntryPoint
    library: str


Receivers = dict[str, list[_Wanted]]
"""By the attribute's name."""


def send_of_members(bench: Workbench) -> None:
    """Hand over to the receivers of attributes where the project changes these."""
    assigned = _receivers(bench, [s for _, rule in bench.catalog.emits if rule.assigned for s in rule.signals])
    called: dict[str, Receivers] = {}
    for _, rule in bench.catalog.emits:
        receivers = _receivers(bench, rule.signals) if rule.methods else {}
        for method in rule.methods if receivers else ():
            called[method] = receivers
    if not assigned and not called:
        return
    for function in bench.program.all_functions:
        for target, line in _assignments(function) if assigned else ():
            if target.name in assigned:
                values = bench.program.values_of(function, target.value)
                _send(bench, function, assigned[target.name], values, (ASSIGNED, line))
        for site in bench.program.sites(function):
            _called(bench, site, assigned, called)


def _receivers(bench: Workbench, signals: list[str]) -> Receivers:
    found: Receivers = {}
    for entry in bench.found.entry_points.values():
        owner, _, name = (entry.detail.sender or "").rpartition(".")
        cls = bench.program.classes.get(owner)
        if entry.kind == "signal" and cls is not None and entry.detail.signal in signals:
            found.setdefault(name, []).append(_Wanted(cls, entry, entry.framework))
    return found


def _assignments(function: Function) -> Iterator[tuple[ir.Attribute, int]]:
    for statement in function.statements:
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                yield from ((one, statement.line) for one in _attributes(target))


def _attributes(target: ir.Expr) -> Iterator[ir.Attribute]:
    if isinstance(target, ir.Attribute):
        yield target
    elif isinstance(target, ir.Sequence):
        for item in target.items:
            yield from _attributes(item)


def _called(bench: Workbench, site: CallSite, assigned: Receivers, called: dict[str, Receivers]) -> None:
    """`account.devices.append(device)`, `Account(email="…")`, `setattr(account, "email", "…")`."""
    function, place = site.call.function, (site.call.number, site.line)
    if isinstance(function, ir.Attribute) and function.name in called and isinstance(function.value, ir.Attribute):
        wanted = called[function.name].get(function.value.name, [])
        if wanted:
            values = bench.program.values_of(site.function, function.value.value)
            _send(bench, site.function, wanted, values, place)
    if not assigned:
        return
    if isinstance(function, ir.Name) and function.id == "setattr" and len(site.arguments) > 2:
        for name in (v.value for v in site.arguments[1] if isinstance(v, ConstantValue)):
            _send(bench, site.function, assigned.get(str(name), []), site.arguments[0], place)
    elif site.keywords and any(isinstance(value, ClassValue) for value in site.callee):
        for name in site.keywords:
            if name in assigned:
                _send(bench, site.function, assigned[name], site.result, place)


def _send(
    bench: Workbench, function: Function, receivers: list[_Wanted], values: Values, place: tuple[int, int]
) -> None:
    objects = [value.cls for value in values if isinstance(value, InstanceValue)]
    number, line = place
    for wanted in receivers:
        fitting = [cls for cls in objects if cls is wanted.cls or (wanted.entry.hears_below and wanted.cls in cls.mro)]
        if not fitting:
            continue
        attribute = (wanted.entry.detail.sender or "").rpartition(".")[2]
        bench.found.dispatch(
            Dispatch(
                unit=function.id,
                number=number,
                line=line,
                edge="signal",
                library=wanted.library,
                targets=(wanted.entry.unit,),
                name=f"{wanted.entry.detail.signal} of {wanted.cls.record.name}.{attribute}",
                channel=f"{wanted.cls.record.name}.{attribute} {wanted.entry.detail.signal}",
                sender=wanted.entry.detail.sender or "",
                inline=True,
                confidence=_SURE if len(fitting) == len(objects) else _OF_SOME,
                evidence=f"{wanted.cls.record.name}.{attribute} changes",
            )
        )
