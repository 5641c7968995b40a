"""Joins everything that was found about the program: the last stage before workflows are inferred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from discover.catalog.load import Catalog
from discover.corrections.ledger import Ledger
from discover.corrections.misses import missing_in
from discover.effects.records import SiteEffect
from discover.frameworks.records import Dispatch, EntryPoint, Findings
from discover.link import open_ends
from discover.link.brokers import Brokers
from discover.link.channels import Directory
from discover.link.class_attributes import place_class_attributes
from discover.link.client_routes import link_client_routes
from discover.link.constants import Constants
from discover.link.corrected_links import correct_links
from discover.link.corrected_steps import correct_steps
from discover.link.covers import place_covers
from discover.link.dead_letters import place_dead_letters
from discover.link.edges import edges_of
from discover.link.exits import place_exits
from discover.link.held import place_held
from discover.link.message_types import link_message_types
from discover.link.outboxes import link_outboxes
from discover.link.own_routes import link_own_routes
from discover.link.plans import Plans
from discover.link.polls import link_polls
from discover.link.records import Handover, Linked, RunOptions, Target
from discover.link.senders import Senders
from discover.link.stored import link_stored
from discover.link.timing import place_timing
from discover.link.transactions import find_enqueued_in_transactions
from discover.link.type_arguments import arguments_of_classes
from discover.link.units import Units
from discover.link.variants import Variants
from discover.model import RetryPolicy, Trigger, Unresolved
from discover.resolve.program import Program


def link(
    program: Program,
    catalog: Catalog,
    found: Findings,
    effects: Sequence[SiteEffect],
    ledger: Ledger | None = None,
) -> Linked:
    """The program with every hand-over joined to what receives it, as far as no correction says otherwise."""
    ledger = ledger or Ledger()
    units = Units(program)
    plans = _placed(program, catalog, found, effects, units)
    directory, brokers = Directory(found.entry_points), Brokers(found)
    tries = _join(program, catalog, found, effects, plans, units, directory, brokers)
    triggers = tuple(sorted(map(trigger_of, found.entry_points), key=lambda t: t.id))
    edges = edges_of(program, units, plans.by_unit)
    if ledger:
        edges = correct_links(program, plans, units, edges, ledger)
    settled: set[tuple[str, int]] = open_ends.settled(edges, triggers) if ledger else set()
    steps = correct_steps(program, plans, units, ledger) if ledger else {}
    return Linked(
        receivers={entry.id: entry.receiver for entry in found.entry_points if entry.receiver},
        orders=units.orders(program),
        arguments=arguments_of_classes(program),
        methods=units.methods(program),
        plans=plans.by_unit,
        variants=Variants(program, units.keys, plans.by_unit),
        constants=Constants(program, units.keys),
        sources=units.sources,
        triggers=triggers,
        runs=_with_receivers(run_options(found.entry_points, tries), found.dispatches),
        units=units.documented(program),
        effects=tuple(sorted((e.effect for e in effects), key=lambda e: e.id)),
        edges=edges,
        steps=steps,
        wrapped={one.effect.id: one.through for one in effects if one.through},
        corrections=ledger.account(missing_in(program) if ledger else None),
        unresolved=_unresolved(program, catalog, found, directory, brokers, settled),
        findings=tuple(find_enqueued_in_transactions(program, plans, units)),
    )


def _join(
    program: Program,
    catalog: Catalog,
    found: Findings,
    effects: Sequence[SiteEffect],
    plans: Plans,
    units: Units,
    directory: Directory,
    brokers: Brokers,
) -> dict[str, RetryPolicy]:
    """Place every hand-over with its receivers; the answer is what queues say of trying again, by receiver."""
    senders = Senders(program, found.entry_points, effects)
    certainty = {entry.unit: entry.confidence for entry in found.entry_points if entry.kind == "task"}
    for dispatch in found.dispatches:
        handover = _handover(dispatch, directory, brokers, senders, certainty)
        if handover.targets or not dispatch.stored:
            plans.add_handover(dispatch.unit, dispatch.number, handover, is_passed_on=dispatch.is_passed_on)
            plans.add_meant(dispatch)
    tries = place_dead_letters(found, brokers, plans)
    _link_without_calls(program, catalog, found.entry_points, effects, plans, units)
    return tries


def _placed(program: Program, catalog: Catalog, found: Findings, effects: Sequence[SiteEffect], units: Units) -> Plans:
    """What each unit does by itself: effects, callbacks, hooks, waits and what is around work."""
    plans = Plans(program, units)
    plans.add_effects(effects)
    plans.add_callbacks(found.callbacks)
    plans.add_hooks(found.hooks)
    place_timing(program, catalog, plans, units)
    place_covers(program, catalog, plans, units)
    place_held(program, plans, units)
    place_exits(program, catalog, plans, units)
    return plans


def _link_without_calls(
    program: Program,
    catalog: Catalog,
    entries: Sequence[EntryPoint],
    effects: Sequence[SiteEffect],
    plans: Plans,
    units: Units,
) -> None:
    """Add the hand-overs that no dispatch of a library makes."""
    link_own_routes(entries, effects, plans)
    link_client_routes(program, entries, effects, plans, units)
    link_message_types(program, plans, units, entries)
    link_polls(program, catalog, entries, plans, units)
    link_outboxes(program, entries, plans, units)
    link_stored(program, entries, effects, plans, units)
    place_class_attributes(program, plans, units)


def _handover(
    dispatch: Dispatch, directory: Directory, brokers: Brokers, senders: Senders, certainty: Mapping[str, float]
) -> Handover:
    targets = tuple(
        Target(unit, min(dispatch.confidence, certainty.get(unit, 1.0)), dispatch.evidence) for unit in dispatch.targets
    )
    if dispatch.sends:
        targets = brokers.receivers(dispatch)
    elif not targets and dispatch.name:
        targets = directory.receivers(dispatch)
    targets = senders.heard(dispatch, targets)
    return Handover(
        kind=dispatch.edge,
        line=dispatch.line,
        channel=dispatch.channel,
        targets=targets,
        delay=dispatch.delay,
        delay_text=dispatch.delay_text,
        arguments=dispatch.arguments,
        inline=dispatch.inline,
        moment=dispatch.moment,
        stage=dispatch.stage,
        outcome=dispatch.outcome,
        after=dispatch.after,
        each=dispatch.each,
        choice=dispatch.choice,
        is_picked=dispatch.is_picked,
        name=dispatch.name,
        confidence=dispatch.confidence,
        evidence=dispatch.evidence,
    )


def trigger_of(entry: EntryPoint) -> Trigger:
    """The document's trigger for an entry point."""
    return Trigger(
        id=entry.id,
        kind=entry.kind,
        framework=entry.framework,
        handler=entry.unit,
        line=entry.line,
        detail=entry.detail,
        confidence=entry.confidence,
        evidence=entry.evidence,
    )


def run_options(
    entry_points: Iterable[EntryPoint], tries: Mapping[str, RetryPolicy] | None = None
) -> dict[str, RunOptions]:
    """How each triggered unit runs: of several entry points the queue's options win, since a hop leads there.

    `tries` says of consumers how often their broker hands out a message.
    """
    runs: dict[str, RunOptions] = {}
    for entry in sorted(entry_points, key=lambda e: (e.unit, e.kind not in ("task", "consumer"), e.id)):
        detail = entry.detail
        known = runs.get(entry.unit)
        if known is None:
            runs[entry.unit] = RunOptions(
                kind=entry.kind,
                name=detail.name or "",
                queue=detail.queue or detail.topic or "",
                schedule=detail.schedule or "",
                retry=entry.retry or (tries or {}).get(entry.unit),
                timeout=entry.timeout,
                line=entry.line,
            )
        elif detail.schedule and not known.schedule:
            runs[entry.unit] = known._replace(schedule=detail.schedule)
    return runs


def _with_receivers(runs: dict[str, RunOptions], dispatches: Iterable[Dispatch]) -> dict[str, RunOptions]:
    """The runs with the receivers of in-process events that no entry point names."""
    for dispatch in dispatches:
        if dispatch.edge == "signal" and not dispatch.is_passed_on:
            for unit in dispatch.targets:
                runs.setdefault(unit, RunOptions(kind="signal"))
    return runs


def _unresolved(
    program: Program,
    catalog: Catalog,
    found: Findings,
    directory: Directory,
    brokers: Brokers,
    settled: set[tuple[str, int]],
) -> tuple[Unresolved, ...]:
    """All that is open at no place which a correction settles; a call that is open as a hand-over is told as one."""
    handed = list(open_ends.of_dispatches(program, found.dispatches, directory))
    places = {(one.at, one.line) for one in handed}
    registered = (one for one in open_ends.of_problems(found.problems) if (one.at, one.line) not in places)
    problems = dict.fromkeys(
        [
            *handed,
            *registered,
            *open_ends.of_brokers(brokers.unresolved(found.dispatches)),
            *open_ends.of_calls(program),
            *open_ends.of_imports(program),
            *open_ends.of_plugins(program),
            *open_ends.of_configurations(program),
            *open_ends.of_decorators(program, catalog),
        ]
    )
    left = (one for one in problems if (one.at, one.line) not in settled)
    return open_ends.in_order(left)
