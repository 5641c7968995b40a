"""Which prefixes stand before a router's paths: how routers are created and mounted, by the catalog's rules.

A router is known by the call that made it: the resolver binds that place to the type variable `SiteT` of its class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.picks import Given, Picker
from discover.frameworks.rounds import in_rounds
from discover.resolve.values import SITE, ConstantValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.catalog.load import Catalog
    from discover.catalog.spec import Mount, Router
    from discover.frameworks.contexts import Contexts
    from discover.frameworks.matching import Index
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite

_LIMIT = 24


class Mounted:
    """A router under another one."""

    __slots__ = ("parents", "prefixes", "replace")

    def __init__(self, parents: list[str], prefixes: list[str], *, replace: bool) -> None:
        self.parents = parents
        self.prefixes = prefixes
        self.replace = replace


def site_keys(values: Values | tuple[Value, ...]) -> list[str]:
    """The places that made the values."""
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, InstanceValue):
            for name, bound in value.bindings:
                if name == SITE:
                    found.update((str(v.value), None) for v in bound if isinstance(v, ConstantValue))
    return list(found)


class Routers:
    """All routers of the program."""

    def __init__(self, program: Program, catalog: Catalog, index: Index, contexts: Contexts, picker: Picker) -> None:
        self.program = program
        self.contexts = contexts
        self.picker = picker
        self._own: dict[str, list[str]] = {}
        self._mounts: dict[str, list[Mounted]] = {}
        self._done: dict[str, list[str]] = {}
        for _, rule in catalog.routers:
            for match in index.calls(rule.create):
                self._create(rule, match.site, match.receivers)
        for _, mount in catalog.mounts:
            for match in index.calls(mount.call):
                self._mount(mount, match.site, match.receivers)

    def _create(self, rule: Router, site: CallSite, receivers: Values) -> None:
        key = f"{site.function.module.path}#{site.call.number}"
        given = Given(site.call, site.function, None, receivers)
        for frame in self.contexts.frames(site.function, self.picker.wanted([rule.prefix], site.call), 2):
            given.frame = frame
            texts = [text.replace("{argument 0}", self._first(given)) for text in self.picker.texts(rule.prefix, given)]
            known = self._own.setdefault(key, [])
            known += [text for text in texts if text not in known]
            if rule.parent is not None:
                parents = site_keys(self.picker.values(rule.parent, given))
                if parents:
                    self._mounts.setdefault(key, []).append(Mounted(parents, [], replace=False))

    def _first(self, given: Given) -> str:
        return next(iter(self.picker.texts(Pick(argument=0, keyword="name"), given)), "")

    def _mount(self, rule: Mount, site: CallSite, receivers: Values) -> None:
        picks = [rule.child, rule.parent, rule.prefix]
        wanted = self.picker.wanted(picks, site.call)
        frames = self.contexts.frames(site.function, wanted, 2)
        for frame in in_rounds(self.contexts, site.function, site.call, wanted, frames):
            given = Given(site.call, site.function, frame, receivers)
            children = site_keys(self.picker.values(rule.child, given))
            parents = self.picker.values(rule.parent, given) if rule.parent else receivers
            prefixes = self.picker.texts(rule.prefix, given)
            for child in children:
                mounted = Mounted(site_keys(parents), prefixes, replace=rule.child_prefix == "replace")
                self._mounts.setdefault(child, []).append(mounted)

    def prefixes(self, key: str, open_: tuple[str, ...] = ()) -> list[str]:
        """Every text that stands before the paths of the router; the empty one when nothing does."""
        known = self._done.get(key)
        if known is not None:
            return known
        own = self._own.get(key) or [""]
        mounts = self._mounts.get(key)
        if not mounts or key in open_:
            return own
        found: dict[str, None] = {}
        for mount in mounts:
            middle = mount.prefixes or [""]
            tails = [m for m in middle if m] if mount.replace and mount.prefixes else []
            tails = tails or [_joined(m, o) for m in middle for o in own]
            for parent in mount.parents or [""]:
                heads = self.prefixes(parent, (*open_, key)) if parent else [""]
                found.update((_joined(head, tail), None) for head in heads for tail in tails)
        result = list(found)[:_LIMIT]
        if not open_:
            self._done[key] = result
        return result

    def paths(self, receivers: Values | tuple[Value, ...], path: str) -> list[str]:
        """The whole paths of a route that one of the receivers holds."""
        keys = site_keys(receivers)
        heads = [prefix for key in keys for prefix in self.prefixes(key)] or [""]
        return list(dict.fromkeys(_joined(head, path) for head in heads))


def _joined(head: str, tail: str) -> str:
    if head and tail and head.endswith("/") and tail.startswith("/"):
        return head[:-1] + tail
    if head and tail and not head.endswith("/") and not tail.startswith("/"):
        return f"{head}/{tail}" if head.startswith("/") else head + tail
    return head + tail


__all__ = ["Routers", "site_keys"]
