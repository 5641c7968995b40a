"""Which channels an object was told to listen to: by the call that made it, or by one of its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.brokers.channels import UNKNOWN, heard_channels
from discover.frameworks.records import Channel
from discover.frameworks.routing.routers import site_keys
from discover.frameworks.rules.given import Given

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values


class Subscriptions:
    """Read from the catalog's rules when they are first asked for."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self._found: dict[str, dict[Channel, None]] | None = None

    def channels(self, medium: str, function: Function, expression: ir.Expr, receivers: Values) -> tuple[Channel, ...]:
        """What the object before the dot, or the iterated one, listens to; an unknown channel when nothing says."""
        if self._found is None:
            self._found = {}
            self._read(self._found)
        made = site_keys(receivers)
        groups = [made, *([key] for key in _identities(function, expression, receivers)[len(made) :])]
        for keys in groups:
            known = dict.fromkeys(channel for key in keys for channel in self._found.get(key, ()))
            found = [channel for channel in known if channel.medium == medium]
            if found:
                return tuple(found)
        return (Channel(medium=medium, name=UNKNOWN),)

    def _read(self, into: dict[str, dict[Channel, None]]) -> None:
        for _, rule in self.bench.catalog.subscriptions:
            for match in self.bench.index.calls(rule.call):
                site = match.site
                objects = match.receivers or site.result
                given = Given(site.call, site.function, None, objects, None, site.function.unit.owner)
                found = heard_channels(self.bench, rule.medium, rule.channel, given)
                known = [channel for channel in found if channel.name != UNKNOWN]
                # What is known to be told to one object is not told to the others of the module.
                keys = _identities(site.function, site.call, objects)
                for key in keys[:-1] if site_keys(objects) else keys:
                    into.setdefault(key, {}).update(dict.fromkeys(known))


def _identities(function: Function, expression: ir.Expr, values: Values) -> list[str]:
    """What tells the listening object from others: the call that made it, then the class or function it is used in."""
    near = [f"in {function.id}"]
    owner = function.unit.owner
    if owner is not None:
        base = expression.function if isinstance(expression, ir.Call) else expression
        while isinstance(base, ir.Attribute | ir.Call):
            base = base.value if isinstance(base, ir.Attribute) else base.function
        is_own = isinstance(base, ir.Name) and base.id in ("self", "cls")
        near = [f"in {owner.id}"] if is_own else [*near, f"in {owner.id}"]
    return [*site_keys(values), *near, f"in {function.module.path}"]
