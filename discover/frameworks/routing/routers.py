"""Which prefixes stand before a router's paths: how routers are created and mounted, by the catalog's rules.

A router is known by its key: for an object the call that made it, a place that the resolver binds to the type variable
`SiteT` of its class; for a class whose methods are routes, the class's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick, paths_of
from discover.frameworks.reading.rounds import in_rounds
from discover.frameworks.routing.kept_prefixes import kept_prefix
from discover.frameworks.rules.given import Given
from discover.frameworks.rules.picks import Picker
from discover.resolve.symbols import Class
from discover.resolve.values import SITE, ClassValue, ConstantValue, ContainerValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from discover.catalog.load import Catalog
    from discover.catalog.spec import Mount, Router
    from discover.frameworks.reading.contexts import Contexts
    from discover.frameworks.rules.matching import Index
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite

_LIMIT = 24
_NESTED = 3
"""How deep lists of routers stand in one another."""


class Head(NamedTuple):
    """What stands before a path: a part that comes first of all, and the rest."""

    front: str
    text: str


class Mounted:
    """A router under another one."""

    __slots__ = ("parents", "prefixes", "replace")

    def __init__(self, parents: list[str], prefixes: list[Head], *, replace: bool) -> None:
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


def call_key(site: CallSite) -> str:
    """The key of what a call makes."""
    return f"{site.function.module.path}#{site.call.number}"


class Routers:
    """All routers of the program."""

    def __init__(self, program: Program, catalog: Catalog, index: Index, contexts: Contexts, picker: Picker) -> None:
        self.program = program
        self.contexts = contexts
        self.picker = picker
        self._own: dict[str, list[Head]] = {}
        self._channels: set[str] = set()
        """Those whose prefixes stand before names of channels."""
        self._families: dict[str, list[str]] = {}
        """Classes that are routers, by the decorator or base class that makes them so."""
        self._mounts: dict[str, list[Mounted]] = {}
        self._done: dict[str, list[Head]] = {}
        for _, rule in catalog.routers:
            self._declare(rule, index)
        for _, mount in sorted(catalog.mounts, key=lambda item: item[1].every is not None):
            for match in index.calls(mount.call):
                self._mount(mount, match.site, match.receivers)
        for _, mount in catalog.mounts:
            if isinstance(mount.child, Pick) and mount.parent is None:
                for match in index.unknown(
                    list(dict.fromkeys(path.rpartition(".")[2] for path in paths_of(mount.call)))
                ):
                    self._mount_somewhere(mount, mount.child, match.site)

    # --- what there is --------------------------------------------------------------------------------------------

    def _declare(self, rule: Router, index: Index) -> None:
        for match in index.calls(rule.create):
            self._create(rule, match.site, match.receivers)
        for path in paths_of(rule.decorator):
            for decoration, _ in index.decorations(path):
                cls = decoration.definition
                if isinstance(cls, Class):
                    self._class(rule, path, cls, Given(decoration.call, decoration.scope, owner=cls))
        for path in paths_of(rule.subclass):
            for cls in self.program.subclasses_of(path):
                self._class(rule, path, cls, Given(None, cls.module.body, owner=cls))

    def _class(self, rule: Router, path: str, cls: Class, given: Given) -> None:
        self._own[cls.id] = self._heads(rule, given)
        self._families.setdefault(path, []).append(cls.id)

    def _create(self, rule: Router, site: CallSite, receivers: Values) -> None:
        key = call_key(site)
        if rule.channels:
            self._channels.add(key)
        given = Given(site.call, site.function, None, receivers)
        for frame in self.contexts.frames(site.function, self.picker.wanted([rule.prefix], site.call), 2):
            given.frame = frame
            known = self._own.setdefault(key, [])
            known += [head for head in self._heads(rule, given) if head not in known]
            if rule.parent is not None:
                parents = site_keys(self.picker.values(rule.parent, given))
                if parents:
                    self._mounts.setdefault(key, []).append(Mounted(parents, [], replace=False))

    def _heads(self, rule: Router | Mount, given: Given) -> list[Head]:
        fronts = self.picker.texts(rule.front, given) or [""]
        texts = self.picker.texts(rule.prefix, given)
        if any("{argument 0}" in text for text in texts):
            texts = [text.replace("{argument 0}", self._first(given)) for text in texts]
        if not texts and fronts != [""]:
            texts = [""]
        return [Head(front, text) for front in fronts for text in texts]

    def _first(self, given: Given) -> str:
        return next(iter(self.picker.texts(Pick(argument=0, keyword="name"), given)), "")

    def _mount(self, rule: Mount, site: CallSite, receivers: Values) -> None:
        made = rule.parent == "result"
        parent = rule.parent if isinstance(rule.parent, Pick) else None
        wanted = self.picker.wanted([rule.child, parent, rule.prefix], site.call)
        frames = self.contexts.frames(site.function, wanted, 2)
        for frame in in_rounds(self.contexts, site.function, site.call, wanted, frames):
            given = Given(site.call, site.function, frame, receivers)
            parents = self.picker.values(parent, given) if parent else receivers
            keys = [call_key(site)] if made else self.keys_of(parents)
            mounted = Mounted(keys, self._heads(rule, given), replace=rule.child_prefix == "replace")
            for child in self._children(rule, given, site):
                if child not in keys:
                    self._mounts.setdefault(child, []).append(self._as_kept(rule, site, child, mounted))

    def _as_kept(self, rule: Mount, site: CallSite, child: str, mounted: Mounted) -> Mounted:
        """The same for one of several routers, where what is not known of the prefix is what each keeps itself."""
        if not isinstance(rule.prefix, Pick) or rule.child is None or all("{}" not in h.text for h in mounted.prefixes):
            return mounted
        prefix = self.picker.expression(rule.prefix, site.call)
        kept = kept_prefix(self.contexts, site, prefix, self.picker.expression(rule.child, site.call), child)
        if not kept:
            return mounted
        heads = [Head(head.front, head.text.replace("{}", kept, 1)) for head in mounted.prefixes]
        return Mounted(mounted.parents, list(dict.fromkeys(heads)), replace=mounted.replace)

    def _mount_somewhere(self, rule: Mount, child: Pick, site: CallSite) -> None:
        """A router that is put under an object of a class that nothing describes."""
        given = Given(site.call, site.function)
        libraries = {path.partition(".")[0] for path in paths_of(rule.call)}
        children = [v for v in self.picker.values(child, given) if isinstance(v, InstanceValue)]
        if any(level.path.partition(".")[0] in libraries for v in children for level in v.cls.mro):
            self._mount(rule, site, ())

    def _children(self, rule: Mount, given: Given, site: CallSite) -> list[str]:
        if rule.child is None:
            family = [key for path in paths_of(rule.every) for key in self._families.get(path, ())]
            return [key for key in family if key not in self._mounts]
        values = self.picker.values(rule.child, given)
        found = self.keys_of(values)
        for value in values if not found else ():
            if isinstance(value, ConstantValue) and isinstance(value.value, str) and "." in value.value:
                found += self.keys_of(self.program.named(value.value.replace(":", "."), site.function.module))
        return found

    def is_mounted(self, keys: list[str]) -> bool:
        """Whether one of the routers hangs under another one."""
        return any(key in self._mounts for key in keys)

    def parents(self, key: str) -> list[str]:
        """The routers that this one hangs under."""
        return list(dict.fromkeys(parent for mount in self._mounts.get(key, ()) for parent in mount.parents))

    def place(self, key: str, prefix: str) -> None:
        """Put a router below a prefix that another library's routes give it."""
        self._mounts.setdefault(key, []).append(Mounted([], [Head("", prefix)], replace=False))

    def knows(self, key: str) -> bool:
        """Whether a rule of the catalog makes a router of this."""
        return key in self._own

    # --- keys -----------------------------------------------------------------------------------------------------

    def keys_of(self, values: Values | tuple[Value, ...], depth: int = _NESTED) -> list[str]:
        """The routers behind the values: objects, classes, and those in lists."""
        found: dict[str, None] = dict.fromkeys(site_keys(values))
        for value in values:
            if isinstance(value, ClassValue | InstanceValue) and value.cls.id in self._own:
                found[value.cls.id] = None
            elif isinstance(value, ContainerValue) and depth:
                inner = value.element.values if value.kind != "dict" else ()
                inner = inner or tuple(v for slot in value.items.values() for v in slot.values)
                found.update(dict.fromkeys(self.keys_of(inner, depth - 1)))
        return list(found)

    def classes(self, cls: Class) -> list[Class]:
        """The classes that serve a route which this class defines: those mounted of it and what is below it."""
        family = [cls, *sorted(self._below(cls), key=lambda c: c.id)]
        known = [one for one in family if one.id in self._own]
        return [one for one in known if one.id in self._mounts] or known[:1]

    def _below(self, cls: Class) -> list[Class]:
        found: dict[Class, None] = {}
        pending = list(cls.subclasses)
        while pending:
            one = pending.pop()
            if one not in found and one.is_project:
                found[one] = None
                pending += one.subclasses
        return list(found)

    # --- paths ----------------------------------------------------------------------------------------------------

    def prefixes(self, key: str, open_: tuple[str, ...] = ()) -> list[Head]:
        """Every text that stands before the paths of the router; the empty one when nothing does."""
        known = self._done.get(key)
        if known is not None:
            return known
        own = self._own.get(key) or [Head("", "")]
        mounts = self._mounts.get(key)
        if not mounts or key in open_:
            return own
        found: dict[Head, None] = {}
        for mount in mounts:
            middle = mount.prefixes or [Head("", "")]
            tails = [Head(m.front or o.front, m.text) for m in middle if m.text for o in own] if mount.replace else []
            tails = tails or [_below(m, o) for m in middle for o in own]
            for parent in mount.parents or [""]:
                heads = self.prefixes(parent, (*open_, key)) if parent else [Head("", "")]
                found.update((_below(head, tail), None) for head in heads for tail in tails)
        result = list(found)[:_LIMIT]
        if not open_:
            self._done[key] = result
        return result

    def of_channels(self, values: Values) -> list[str]:
        """What stands before the names of channels that a router of messages, or a publisher of one, gives."""
        keys = [key for key in site_keys(values) if key in self._channels] if self._channels else []
        return list(dict.fromkeys(head.text for key in keys for head in self.prefixes(key))) or [""]

    def paths(self, keys: list[str], path: str, front: str = "") -> list[str]:
        """The whole paths of a route that one of the routers holds."""
        heads = [prefix for key in keys for prefix in self.prefixes(key)] or [Head("", "")]
        whole = [_below(head, Head(front, path)) for head in heads]
        return list(dict.fromkeys(_joined(one.front, one.text) for one in whole))


def _below(head: Head, tail: Head) -> Head:
    return Head(tail.front or head.front, _joined(head.text, tail.text))


def _joined(head: str, tail: str) -> str:
    if head and tail and head.endswith("/") and tail.startswith("/"):
        return head[:-1] + tail
    if head and tail and not head.endswith("/") and not tail.startswith("/"):
        return f"{head}/{tail}" if head.startswith("/") else head + tail
    return head + tail


__all__ = ["Routers", "call_key", "site_keys"]
