"""Gathers what the rules and plugins find: one of each, with stable ids, in a fixed order."""

from __future__ import annotations

from typing import Literal

import msgspec

from discover.frameworks.records import (
    ASSIGNED,
    Binding,
    Callback,
    DeadLetter,
    Dispatch,
    EntryPoint,
    Findings,
    HookEdge,
    LibraryWork,
    Listener,
    Problem,
)


class Collector:
    """The findings while they are made."""

    def __init__(self) -> None:
        self.entry_points: dict[str, EntryPoint] = {}
        self.dispatches: dict[tuple[object, ...], Dispatch] = {}
        self.callbacks: dict[tuple[object, ...], Callback] = {}
        self.hooks: dict[tuple[object, ...], HookEdge] = {}
        self.works: dict[str, LibraryWork] = {}
        self.listeners: dict[Listener, None] = {}
        self.bindings: dict[Binding, None] = {}
        self.dead_letters: dict[DeadLetter, None] = {}
        self.problems: dict[tuple[object, ...], Problem] = {}

    def entry(self, entry: EntryPoint) -> None:
        """Add an entry point; the same thing found twice is kept once, names joined."""
        detail = entry.detail
        what = detail.path or detail.command or detail.signal or detail.name or detail.schedule or ""
        if detail.path is not None:
            what = " ".join(filter(None, (",".join(detail.methods), detail.path)))
        elif entry.kind == "signal" and detail.signal is not None and detail.sender:
            what = f"{detail.signal} from {detail.sender}"
        elif entry.kind == "schedule":
            what = " ".join(filter(None, (detail.schedule, detail.name, detail.source)))
        elif entry.kind == "consumer":
            what = " ".join(filter(None, (detail.name, detail.queue or detail.topic)))
        identity = f"{entry.kind}:{what}:{entry.unit}" if what else f"{entry.kind}:{entry.unit}"
        known = self.entry_points.get(identity)
        if known is not None:
            names = tuple(dict.fromkeys((*known.names, *entry.names)))
            better = entry if entry.confidence > known.confidence else known
            listens = tuple(dict.fromkeys((*known.listens, *entry.listens)))
            entry = msgspec.structs.replace(better, names=names, listens=listens, retry=known.retry or entry.retry)
        self.entry_points[identity] = msgspec.structs.replace(entry, id=identity)

    def dispatch(self, dispatch: Dispatch) -> None:
        """Add a dispatch; several findings at one call with the same stage join their targets."""
        place = (dispatch.number, dispatch.line if dispatch.number == ASSIGNED else 0)
        key = (
            dispatch.unit,
            *place,
            dispatch.edge,
            dispatch.stage,
            dispatch.outcome,
            dispatch.channel,
            dispatch.choice,
        )
        known = self.dispatches.get(key)
        if known is not None:
            targets = tuple(dict.fromkeys((*known.targets, *dispatch.targets)))
            sends = tuple(dict.fromkeys((*known.sends, *dispatch.sends)))
            dispatch = msgspec.structs.replace(known, targets=targets, sends=sends, name=known.name or dispatch.name)
        self.dispatches[key] = dispatch

    def wait(self, unit: str, number: int, after: tuple[str, ...], outcome: Literal["always", "success"]) -> None:
        """Let what a call hands over first wait for other work."""
        waiting = {
            key: one
            for key, one in self.dispatches.items()
            if (one.unit, one.number, one.stage, one.outcome) == (unit, number, 0, "always")
        }
        for key, one in waiting.items():
            del self.dispatches[key]
            text = one.delay_text or (f"{' and '.join(after)} ended" if outcome == "always" else "")
            self.dispatch(msgspec.structs.replace(one, after=after, outcome=outcome, delay_text=text))

    def callback(self, callback: Callback) -> None:
        """Add a callback."""
        key = (callback.unit, callback.number, callback.runs)
        known = self.callbacks.get(key)
        if known is not None:
            targets = tuple(dict.fromkeys((*known.targets, *callback.targets)))
            callback = msgspec.structs.replace(known, targets=targets)
        self.callbacks[key] = callback

    def hook(self, hook: HookEdge) -> None:
        """Add a hook; one that runs on objects of several classes is certain of none."""
        key = (hook.unit, hook.number, hook.read, hook.target, hook.ways, hook.receiver if hook.among else "")
        known = self.hooks.setdefault(key, hook)
        if known is not hook:
            is_for_some = bool(known.on and hook.on) or bool(known.among and hook.among)
            on = tuple(sorted({*known.on, *hook.on})) if is_for_some else ()
            receiver = known.receiver if known.receiver == hook.receiver else ""
            if (on, receiver) != (known.on, known.receiver):
                self.hooks[key] = msgspec.structs.replace(known, on=on, receiver=receiver)

    def problem(self, problem: Problem) -> None:
        """Add something that could not be followed."""
        self.problems.setdefault((problem.unit, problem.line, problem.what), problem)

    def findings(self) -> Findings:
        """Everything, sorted."""
        return Findings(
            entry_points=tuple(self.entry_points[key] for key in sorted(self.entry_points)),
            dispatches=tuple(
                sorted(
                    self.dispatches.values(),
                    key=lambda d: (d.unit, d.line, d.number, d.stage, d.edge, d.order, d.channel),
                )
            ),
            callbacks=tuple(sorted(self.callbacks.values(), key=lambda c: (c.unit, c.line, c.number, c.runs))),
            hooks=tuple(sorted(self.hooks.values(), key=lambda h: (h.unit, h.line, h.number or -1, h.order, h.target))),
            works=tuple(self.works[key] for key in sorted(self.works)),
            listeners=tuple(sorted(self.listeners, key=lambda listener: (listener.unit, listener.line))),
            bindings=tuple(sorted(self.bindings, key=lambda b: (b.medium, b.exchange, b.key, b.queue))),
            dead_letters=tuple(sorted(self.dead_letters, key=lambda d: (d.medium, d.queue, d.to.exchange, d.to.name))),
            problems=tuple(sorted(self.problems.values(), key=lambda p: (p.unit, p.line, p.what))),
        )
