"""Applies every rule of the catalog by which control goes on to what does not run in the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import paths_of
from discover.frameworks.brokers.dead_letters import set_aside
from discover.frameworks.brokers.publishing import bind
from discover.frameworks.handing_over.callbacks import Callbacks
from discover.frameworks.handing_over.dispatching import Dispatching
from discover.frameworks.handing_over.hook_walk import HookWalks
from discover.frameworks.handing_over.hooked_objects import HookedObjects
from discover.frameworks.handing_over.hooked_units import HookedUnits
from discover.frameworks.handing_over.hooking import Hooking
from discover.frameworks.handing_over.library_work import LibraryWorks
from discover.frameworks.handing_over.members import send_of_members
from discover.frameworks.handing_over.sending import Sending
from discover.frameworks.handing_over.started_coroutines import find_started
from discover.frameworks.handing_over.unseen_models import send_of_unseen_models
from discover.frameworks.reading.passing import Passages

if TYPE_CHECKING:
    from discover.frameworks.handing_over.addresses import Addresses
    from discover.frameworks.workbench import Workbench


def apply_rules(bench: Workbench, addresses: Addresses) -> None:
    """Find dispatches, bindings, sent signals, callbacks and hooks. Needs all entry points: names lead to them."""
    passages = Passages(bench.contexts)
    works = _run_hooks(bench)
    sending = Sending(bench)
    Dispatching(bench, addresses, sending, passages).apply()
    for _, binding in bench.catalog.bindings:
        for match in bench.index.calls(binding.call):
            bind(bench, binding, match)
    for _, dead_letter in bench.catalog.dead_letters:
        for match in bench.index.calls(dead_letter.call):
            set_aside(bench, dead_letter, match)
    _send_signals(bench, sending)
    send_of_unseen_models(bench, sending)
    works.send(sending)
    send_of_members(bench)
    callbacks = Callbacks(bench, passages)
    for library, callback in [*bench.catalog.callbacks, *bench.learned.callbacks]:
        if callback.decorates:
            callbacks.decorated(library, callback)
            continue
        for match in bench.index.calls(callback.call):
            callbacks.call(library, callback, match)
    find_started(bench)


def _send_signals(bench: Workbench, sending: Sending) -> None:
    """The signals that calls of a library send on their own."""
    paths = frozenset(path for _, emit in bench.catalog.emits for path in paths_of(emit.call))
    for library, emit in bench.catalog.emits:
        if sending.has_receiver(emit.signals):
            for match in bench.index.calls(emit.call) + bench.index.calls_of_decorated(emit.decorated):
                if not bench.index.is_shadowed(match, paths):
                    sending.emit(library, emit, match)


def _run_hooks(bench: Workbench) -> LibraryWorks:
    """What a library calls of the project, or runs around an entry point; the answer is what it does by itself."""
    objects = HookedObjects(bench)
    walks, works = HookWalks(bench, objects), LibraryWorks(bench, objects)
    hooking, units = Hooking(bench, walks, works), HookedUnits(bench, walks, works)
    for library, hook in bench.catalog.hooks:
        if hook.call is not None:
            for match in bench.index.calls(hook.call):
                hooking.of_call(library, hook, match)
            for read in bench.index.reads(hook.call):
                hooking.of_read(library, hook, read)
        elif hook.decorator is not None:
            for decoration, receiver in bench.index.decorations(hook.decorator):
                units.of_decoration(library, hook, decoration, receiver)
        else:
            units.of_class(library, hook)
    return works
