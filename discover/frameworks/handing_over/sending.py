"""Applies the catalog's rules for signals: who sends which, and which receivers that reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from discover.facts import records as ir
from discover.frameworks.brokers.publishing import applies
from discover.frameworks.entry_points.relations import between, relations_of
from discover.frameworks.entry_points.signals import event_keys, heard_at, identify
from discover.frameworks.handing_over.sent_within import SentWithin, is_of_super
from discover.frameworks.reading.arguments import travelling
from discover.frameworks.reading.fields_read import fields_read, having
from discover.frameworks.reading.own_objects import is_own_object
from discover.frameworks.records import Dispatch, EntryPoint, HookEdge, called_at
from discover.frameworks.routing.routers import site_keys
from discover.frameworks.rules.given import Given
from discover.resolve.values import NOTHING, ClassValue, InstanceValue, Value, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.catalog import spec
    from discover.frameworks.handing_over.hook_walk import Reached
    from discover.frameworks.records import Place
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class, Function, Scope

_SURE = 0.9
_BELOW = 0.6
"""Of a receiver that wants a class below the one that is known to send."""
ANY_SENDER_CONFIDENCE = 0.7
_MANY = 4
"""A call whose sender may be of more classes than this (a mixin's `super().save()`) says nothing of the sender."""

_WORKED_ON = frozenset({"object", "instance", "obj"})
"""What forms, serializers and the like call the object that they check and save."""


class Senders(NamedTuple):
    """Who sends: classes, with those that they extend, and those that the object may be of where it is not certain."""

    own: tuple[str, ...] = ()
    above: frozenset[str] = frozenset()
    below: frozenset[str] = frozenset()
    among: frozenset[str] = frozenset()
    """Where it may be any of many classes: these, and those below and above them."""
    is_given: bool = False
    """Whether the call hands the sender over."""

    def certainty(self, entry: EntryPoint) -> float:
        """How sure it is that a receiver hears it; 0 when it listens to somebody else."""
        wanted = entry.detail.sender
        if not wanted or wanted in self.own:
            return _SURE
        if not self.own:
            return ANY_SENDER_CONFIDENCE if not self.among or wanted in self.among else 0.0
        if wanted in self.above:
            return _SURE if entry.hears_below else 0.0
        return _BELOW if wanted in self.below else 0.0


_MODELS = ("django.db.models.base.Model", "django.db.models.Model")
NOBODY = Senders()
HISTORICAL = Senders(own=("a historical model",))
"""Of a migration's `apps.get_model`: another class than the one that receivers want, heard by those of any sender."""


class Moment(NamedTuple):
    """When a library sends a signal on its own, seen from the call that makes it do so."""

    order: int = 0
    when: Literal["ahead", "after", "leaving"] = "after"
    verbs: tuple[str, ...] = ()
    meant: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Sending:
    """Joins signals that are sent with their receivers."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.picker = bench.picker
        self._within = SentWithin(bench)
        self._receivers: dict[str, list[EntryPoint]] = {}
        for entry in bench.found.entry_points.values():
            for name in entry.names if entry.kind == "signal" else ():
                self._receivers.setdefault(name, []).append(entry)

    def has_receiver(self, names: list[str]) -> bool:
        """Whether anything receives one of the signals."""
        return any(name in self._receivers for name in names)

    def send(self, library: str, rule: spec.Dispatch, match: Match) -> None:
        site = match.site
        given = Given(site.call, site.function, None, match.receivers)
        senders = self._sender_classes(rule.sender, given)
        arguments = travelling(rule.arguments, site.call)
        if rule.to.receiver is not None:
            for key, name in identify(self.program, match.receivers):
                self._sent(library, match, key, name, senders, rule.inline, arguments)
            return
        for name in rule.also:
            self._sent(library, match, name, name, senders, rule.inline, arguments)
        for frame in self.bench.contexts.frames(site.function, self.picker.wanted([rule.to], site.call)):
            seen = Given(site.call, site.function, frame, match.receivers)
            for keys in self._named(rule.to, seen):
                self._sent(library, match, keys[0], keys[0], senders, rule.inline, arguments, keys[1:])

    def _named(self, pick: spec.Pick, given: Given) -> list[tuple[str, ...]]:
        """The events that a call names: by a string, or by an object of the event's class, which its bases name too."""
        values = self.picker.values(pick, given)
        found = [event_keys(self.program, value) for value in values]
        if any(found):
            return [keys for keys in found if keys]
        return [(text,) for text in self.picker.texts(pick, given)]

    def emit(self, library: str, rule: spec.Emit, match: Match) -> None:
        given = Given(match.site.call, match.site.function, None, match.receivers)
        if rule.when is not None and not applies(self.bench, rule, rule.when, match):
            return
        senders = self._sender_classes(rule.sender, given, rule)
        if rule.relation is not None:
            senders = self._of_relation(rule.relation, given)
        classes = [cls for one in (*senders.own, *senders.below) if (cls := self.program.classes.get(one)) is not None]
        if not self._within.tells(rule, match, classes):
            self.tell(library, rule, match, senders)

    def tell(self, library: str, rule: spec.Emit, match: Match, senders: Senders) -> None:
        """Send a rule's signals, which a library sends on its own at this call."""
        for name, moment in self._moments(rule):
            short = name.rpartition(".")[2]
            moment = moment._replace(meant=self._meant(rule, match, name))
            self._sent(library, match, name, short, senders, inline=True, arguments=(), moment=moment)

    def emit_behind(self, library: str, rule: spec.Emit, one: Reached, place: Place, scope: Scope) -> None:
        """Send what a library sends where its own code works, behind a call or for a class."""
        senders = self._sender_classes(rule.sender, Given(None, scope, None, (one.value,)))
        for name, moment in self._moments(rule):
            units, confidence = self._reached((one.value,), name, (), senders)
            if units:
                self.bench.found.dispatch(
                    Dispatch(
                        **place,
                        edge="signal",
                        library=library,
                        targets=tuple(dict.fromkeys(units)),
                        name=name,
                        channel=name.rpartition(".")[2],
                        sender=next(iter(senders.own), ""),
                        inline=True,
                        order=moment.order,
                        moment=moment.when,
                        verbs=moment.verbs,
                        confidence=min(confidence, one.confidence),
                        evidence=one.function.path,
                    )
                )

    def _moments(self, rule: spec.Emit) -> Iterator[tuple[str, Moment]]:
        """The signals of a rule that anything receives, with when they are sent."""
        for order, name in enumerate(rule.signals):
            if name in self._receivers:
                short = name.rpartition(".")[2]
                is_ahead = order < rule.ahead if rule.ahead is not None else short.startswith(("pre_", "before_"))
                when = "leaving" if rule.leaving else "ahead" if is_ahead else "after"
                yield name, Moment(order, when, tuple(rule.verbs.get(name, ())))

    def _sent(
        self,
        library: str,
        match: Match,
        key: str,
        name: str,
        senders: Senders,
        inline: bool,
        arguments: tuple[str, ...],
        above: tuple[str, ...] = (),
        *,
        moment: Moment | None = None,
    ) -> None:
        """Add the hand-over; one that a library makes on its own is worth telling only where somebody hears it."""
        units, confidence = self._reached(match.receivers, key, above, senders)
        if not units and moment is not None:
            return
        order, when, verbs, meant = moment or Moment()
        self._own_send(match, units, library)
        self.bench.found.dispatch(
            Dispatch(
                **called_at(match.site),
                edge="signal",
                library=library,
                targets=tuple(dict.fromkeys(units)),
                name=key if units or key not in self._receivers else "",
                channel=name,
                sender=next(iter(senders.own), ""),
                is_sender_given=senders.is_given and not senders.own,
                arguments=arguments,
                inline=inline,
                order=order,
                moment=when,
                verbs=verbs,
                meant=meant,
                confidence=confidence,
                evidence=match.path,
            )
        )

    def _meant(self, rule: spec.Emit, match: Match, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """For a call on the own object, by class: who hears it; nobody where a further method of the class sends."""
        function, call = match.site.function, match.site.call
        held = call.function.value if isinstance(call.function, ir.Attribute) else None
        if rule.sender is None or function.owner is None or held is None or not is_own_object(function, held):
            return ()
        running = self.program.running(function)
        if len(running) < 2:
            return ()
        found: list[tuple[str, tuple[str, ...]]] = []
        for cls in running:
            heard: list[str] = []
            if not self._within.leads_on(cls, function, call, rule):
                above = frozenset(one.id for one in cls.mro[1:] if one.is_project)
                heard, _ = self._reached(match.receivers, key, (), Senders((cls.id,), above))
            found.append((cls.id, tuple(dict.fromkeys(heard))))
        return tuple(found)

    def _reached(
        self, receivers: Values, key: str, above: tuple[str, ...], senders: Senders
    ) -> tuple[list[str], float]:
        """The receivers that the event reaches, by its own name or that of a class above it, and how surely."""
        units: list[str] = []
        confidence = _SURE
        places = site_keys(receivers)
        for entry in [entry for one in (key, *above) for entry in self._receivers.get(one, ())]:
            if places and not heard_at(entry, key, places):
                continue
            certainty = senders.certainty(entry)
            if certainty:
                confidence = min(confidence, certainty)
                units.append(entry.unit)
        return units, confidence

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

    def _sender_classes(self, pick: spec.Pick | None, given: Given, emit: spec.Emit | None = None) -> Senders:
        if pick is None:
            return NOBODY
        models: dict[Class, bool] = {}
        for value in self.picker.values(pick, given):
            is_exact = not isinstance(value, InstanceValue) or value.exact or bool(value.bindings)
            is_exact = is_exact and not (isinstance(value, ClassValue) and value.open)  # `type(self)`, or one below
            for cls in self._models(value):
                models[cls] = models.get(cls, True) and is_exact
        if len(models) != 1 and (about := self._about(given)):
            models = dict.fromkeys(about, False)
        below = {b for cls, is_exact in models.items() if not is_exact for b in cls.subclasses if b.is_project}
        own = list(models)
        if given.call is not None and len(own) + len(below) > 1:
            own, below = self._told(own, below, given.scope.unit, given.call, emit)
        if own and all(is_of_its_time(cls, given.scope) for cls in own):
            return HISTORICAL
        is_given = self.picker.expression(pick, given.call) is not None
        named = tuple(cls.id for cls in own)
        above = frozenset(one.id for cls in own for one in cls.mro[1:] if one.is_project)
        ids_below = frozenset(cls.id for cls in below)
        if len(own) > _MANY:
            return Senders(among=above.union(named, ids_below), is_given=is_given)
        return Senders(named, above, ids_below, is_given=is_given)

    def _about(self, given: Given) -> list[Class]:
        """`validator.object.save()`: what an object works on is of the model that its class's `Meta` names.

        The library's code, which all validators share, may put any model there.
        """
        called = given.call.function if given.call is not None else None
        held = called.value if isinstance(called, ir.Attribute) else None
        if not isinstance(held, ir.Attribute) or held.name not in _WORKED_ON:
            return []
        found: list[Class] = []
        for value in self.bench.contexts.values(given.scope, held.value, given.frame):
            metas = self.program.class_attribute(value.cls, "Meta") if isinstance(value, InstanceValue) else ()
            for meta in metas:
                named = self.program.class_attribute(meta.cls, "model") if isinstance(meta, ClassValue) else ()
                found += [one.cls for one in named if isinstance(one, ClassValue) and one.cls.is_project]
        return list(dict.fromkeys(found))

    def _of_relation(self, name: str, given: Given) -> Senders:
        """What stands between the two sides of the relation that the object before the dot was read from."""
        called = given.call.function if given.call is not None else None
        read = called.value if isinstance(called, ir.Attribute) else None
        known = relations_of(self.program, given.scope, read)
        return Senders(own=(*(f"{one}.{name}" for one in known), *between(self.program, given.scope, read, name)))

    def _told(
        self, own: list[Class], below: set[Class], function: Function, call: ir.Call, emit: spec.Emit | None
    ) -> tuple[list[Class], set[Class]]:
        """The classes that are left by what the code around the call says of the object."""
        read = fields_read(function, call)
        own = having(own, read) if read else own
        if is_of_super(call):
            running = set(self.program.running(function))
            if emit is not None:
                running = set(self._within.at_last(function, call, emit)) or running
            own = [cls for cls in own if cls in running] or own
            below = below & running
        return own, below

    def _models(self, value: Value) -> list[Class]:
        """The classes that a sender stands for: a model, a model's instance, or what a manager manages."""
        if isinstance(value, ClassValue):
            return [value.cls]
        if isinstance(value, InstanceValue):
            if value.cls.is_project and not value.bindings:
                return [value.cls]
            environment = self.program.engine.hierarchy.environment(value.cls, value.bindings)
            inner = [v for v in environment.get("M", NOTHING) if isinstance(v, InstanceValue)]
            return [v.cls for v in inner] or ([value.cls] if self._is_model(value.cls) else [])
        return []

    def _is_model(self, cls: Class) -> bool:
        """Whether an object of the class tells the sender: the project's, or of a library's model of its own table."""
        if cls.is_project:
            return True
        is_base = cls.path in _MODELS or cls.record.name.startswith(("Abstract", "Base"))
        return not is_base and any(self.program.is_below(cls, one) for one in _MODELS)


def is_of_its_time(cls: Class, scope: Scope) -> bool:
    """Whether a class in a migration came from `apps.get_model`: the module neither defines nor imports it."""
    module = scope.module
    if not module.is_migration or cls.module is module:
        return False
    if any(_takes_model(statement, cls.record.name) for statement in scope.unit.record.body):
        return True
    home, _, file = cls.module.name.rpartition(".")
    return not any(
        imported.name in (cls.record.name, "*") or (imported.name == file and home.endswith(statement.module or ""))
        for statement in (*module.facts.body, *scope.unit.record.body)
        if isinstance(statement, ir.Import)
        for imported in statement.names
    )


def _takes_model(statement: ir.Stmt, name: str) -> bool:
    """`Order = apps.get_model("shop", "Order")`, whatever the module imports under that name."""
    if not isinstance(statement, ir.Assign) or ir.Name(name) not in statement.targets:
        return False
    called = statement.value.function if isinstance(statement.value, ir.Call) else None
    return isinstance(called, ir.Attribute) and called.name == "get_model"
