"""The stage as one function: rules first, then plugins, then what needs all entry points.

A plugin has a `prepare`, which runs before the rules, a `register`, which finds entry points, or a `connect`, which
sees all of them, or several of these.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from discover.frameworks.brokers.receiving import Receiving
from discover.frameworks.entry_points.called_routes import link_called_routes
from discover.frameworks.entry_points.declared import resolve_declared
from discover.frameworks.entry_points.plain_applications import find_plain_applications
from discover.frameworks.entry_points.registrations import Registrations
from discover.frameworks.entry_points.schedule_options import find_schedule_options
from discover.frameworks.entry_points.scripts import find_scripts
from discover.frameworks.entry_points.setting_tables import read_tables
from discover.frameworks.entry_points.unknown_schedulers import find_unknown_schedules
from discover.frameworks.handing_over.addresses import Addresses
from discover.frameworks.handing_over.apply import apply_rules
from discover.frameworks.handing_over.attached import learn_attached
from discover.frameworks.handing_over.buses import find_buses
from discover.frameworks.handing_over.canvas import find_canvases
from discover.frameworks.handing_over.collected import find_collected
from discover.frameworks.handing_over.made_tasks import learn_made_tasks
from discover.frameworks.handing_over.named_work import find_named_work
from discover.frameworks.handing_over.silencing import silence
from discover.frameworks.handing_over.unknown_queues import learn_unknown_queues
from discover.frameworks.handing_over.unseen_bases import find_unseen_bases
from discover.frameworks.handing_over.waiting import place_waiting
from discover.frameworks.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discover.catalog.load import Catalog
    from discover.frameworks.records import Findings
    from discover.resolve.program import Program
    from discover.sources.records import DeclaredTrigger


def find_frameworks(program: Program, catalog: Catalog, declared: Sequence[DeclaredTrigger] = ()) -> Findings:
    """Entry points, dispatches, callbacks and hooks of a resolved program."""
    bench = Workbench(program, catalog, tuple(declared))
    plugins = [import_module(f"discover.frameworks.plugins.{name}") for name in catalog.plugins]
    for plugin in plugins:
        prepare = getattr(plugin, "prepare", None)
        if prepare is not None:
            prepare(bench)
    Registrations(bench).apply()
    for plugin in plugins:
        register = getattr(plugin, "register", None)
        if register is not None:
            register(bench)
    read_tables(bench)
    find_schedule_options(bench)
    find_unknown_schedules(bench)
    resolve_declared(bench)
    find_plain_applications(bench)
    link_called_routes(bench)
    Receiving(bench).apply()
    find_scripts(bench)
    learn_attached(bench)
    learn_made_tasks(bench)
    learn_unknown_queues(bench)
    addresses = Addresses(bench)
    apply_rules(bench, addresses)
    find_canvases(bench, addresses)
    place_waiting(bench)
    find_collected(bench, addresses)
    find_buses(bench)
    find_named_work(bench)
    for plugin in plugins:
        connect = getattr(plugin, "connect", None)
        if connect is not None:
            connect(bench)
    find_unseen_bases(bench)
    silence(bench)
    return bench.found.findings()
