"""Applies the catalog's rules for signals: who sends which, and which receivers that reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.arguments import travelling
from discover.frameworks.picks import Given
from discover.frameworks.records import Dispatch, EntryPoint, HookEdge
from discover.frameworks.signals import identify
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Value

if TYPE_CHECKING:
    from discover.catalog import spec
    from discover.frameworks.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

ANY_SENDER_CONFIDENCE = 0.7
_MANY = 4
"""A call whose sender may be of more classes than this (a mixin's `super().save()`) says nothing of the sender."""


class Sending:
    """Joins signals that are sent with their receivers."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self._receivers: dict[str, list[EntryPoint]] = {}
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind == "signal" else ():
                self._receivers.setdefault(name, []).append(entry)

    def has_receiver(self, names: list[str]) -> bool:
        """Whether anything receives one of the signals."""
        return any(name in self._receivers for name in names)

    def send(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        site = match.site
        signals = identify(self.program, match.receivers)
        given = Given(site.call, site.function, None, match.receivers)
        senders = self._sender_classes(rule.sender, given)
        for key, name in signals:
            self._sent(library, match, key, name, senders, rule.inline, travelling(rule.arguments, site.call))

    def emit(self, library: str, rule: spec.Emit, match: Match) -> None:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        senders = self._sender_classes(rule.sender, given)
        for name in rule.signals:
            if name in self._receivers:
                self._sent(library, match, name, name.rpartition(".")[2], senders, inline=True, arguments=())

    def _sent(
        self,
        library: str,
        match: Match,
        key: str,
        name: str,
        senders: list[str],
        inline: bool,
        arguments: tuple[str, ...],
    ) -> None:
        units: list[str] = []
        confidence = 0.9
        for entry in self._receivers.get(key, ()):
            wanted = entry.detail.sender
            if wanted and senders and wanted not in senders:
                continue
            if wanted and not senders:
                confidence = ANY_SENDER_CONFIDENCE
            units.append(entry.unit)
        self._own_send(match, units, library)
        self.bench.found.dispatch(
            Dispatch(
                unit=match.site.function.id,
                number=match.site.call.number,
                line=match.site.line,
                edge="signal",
                library=library,
                targets=tuple(dict.fromkeys(units)),
                name=key,
                channel=name,
                sender=senders[0] if senders else "",
                arguments=arguments,
                inline=inline,
                confidence=confidence,
                evidence=match.path,
            )
        )

    def _own_send(self, match: Match, units: list[str], library: str) -> None:
        """A project's own way to send, which this call goes through, leads to the receivers."""
        for target in match.site.targets:
            if match.path not in self.bench.index.overridden(target.function):
                continue
            for unit in units:
                self.bench.found.hook(
                    HookEdge(
                        unit=target.function.id,
                        number=None,
                        line=target.function.record.line,
                        target=unit,
                        order=0,
                        library=library,
                        moment="entry",
                        confidence=0.6,
                        evidence=match.path,
                    )
                )

    def _sender_classes(self, pick: spec.Pick | None, given: Given) -> list[str]:
        if pick is None:
            return []
        models = {cls: None for value in self.picker.values(pick, given) for cls in self._models(value)}
        if len(models) > _MANY:
            return []
        found: dict[str, None] = {}
        for cls in models:
            found[cls.id] = None
            found.update((above.id, None) for above in cls.mro if above.is_project)
        return list(found)

    def _models(self, value: Value) -> list[Class]:
        """The classes that a sender stands for: a model, a model's instance, or what a manager manages."""
        if isinstance(value, ClassValue):
            return [value.cls]
        if isinstance(value, InstanceValue):
            if value.cls.is_project and not value.bindings:
                return [value.cls]
            environment = self.program.engine.hierarchy.environment(value.cls, value.bindings)
            inner = [v for v in environment.get("M", NOTHING) if isinstance(v, InstanceValue)]
            return [v.cls for v in inner] or ([value.cls] if value.cls.is_project else [])
        return []
