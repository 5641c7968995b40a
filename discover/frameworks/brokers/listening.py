"""What a registered consumer listens to: named in the registering call, or by the object that it is registered on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.channels import bindings, heard_channels
from discover.resolve.values import ContainerValue, Values

if TYPE_CHECKING:
    from discover.catalog.spec import EntryPoint
    from discover.frameworks.records import Channel
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite


def listened_channels(bench: Workbench, rule: EntryPoint, given: Given) -> tuple[Channel, ...]:
    """The channels of an entry point whose rule has a medium; the bindings that it makes are noted."""
    if not rule.medium:
        return ()
    name = rule.detail.topic if rule.detail.topic is not None else rule.detail.queue
    if name is None:
        place = given.call.function if given.call is not None else ir.Constant(None)
        base = place.value if isinstance(place, ir.Attribute) else place
        return bench.subscribed.channels(rule.medium, given.scope.unit, base, given.receivers)
    if rule.exchange is not None:
        for binding in bindings(bench, rule.medium, name, rule.exchange, rule.key, given):
            bench.found.bindings.setdefault(binding)
    return heard_channels(bench, rule.medium, name, given)


def each_keyword(program: Program, site: CallSite) -> list[tuple[str, Values]]:
    """The keyword arguments of a call with their values, those of `**mapping` too."""
    found: list[tuple[str, Values]] = []
    for keyword in site.call.keywords:
        values = program.values_of(site.function, keyword.value)
        if keyword.name is not None:
            found.append((keyword.name, values))
            continue
        for value in values:
            if isinstance(value, ContainerValue) and value.kind == "dict":
                found += [(str(key), slot.values) for key, slot in value.items.items()]
    return found
