"""The broker channels that a call or a decorator names: by constants, else by the setting that holds the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.reading.setting_names import setting_name
from discover.frameworks.records import Binding, Channel
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.rules.given import Given
    from discover.frameworks.workbench import Workbench

UNKNOWN = "{}"
_CHANNELS = 24
_EXCHANGES = 4
"""A call that may send to more exchanges than this does not tell where it sends: all others share it."""
_NAMING = frozenset({"name", "topic", "topics", "queue", "queue_name", "QueueName", "Name"})
_ADDRESSED = frozenset({"aws", "pubsub"})
"""Their names come as URLs, ARNs or resource paths, of which the last part is the name."""


def channels(
    bench: Workbench, medium: str, name: Pick | str | None, exchange: Pick | str | None, given: Given
) -> tuple[Channel, ...]:
    """What the picks name; a channel whose name is not known is `{}`."""
    exchanges = _texts(bench, exchange, given) if exchange is not None else [""]
    if len(set(exchanges)) > _EXCHANGES:
        return (Channel(medium=medium, name=UNKNOWN, exchange=UNKNOWN),)
    texts = _texts(bench, name, given)[:_CHANNELS]
    found = [
        Channel(medium=medium, name=_short(medium, text), exchange=where)
        for text in _prefixed(bench, given, texts)
        for where in exchanges
    ]
    return tuple(dict.fromkeys(found))[:_CHANNELS]


def heard_channels(bench: Workbench, medium: str, name: Pick | str | None, given: Given) -> tuple[Channel, ...]:
    """What a consumer listens to."""
    names = _prefixed(bench, given, _queues(bench, medium, name, given)[:_CHANNELS])
    return tuple(dict.fromkeys(Channel(medium=medium, name=_short(medium, text)) for text in names))


def bindings(
    bench: Workbench, medium: str, queue: Pick | str | None, exchange: Pick | str, key: Pick | str | None, given: Given
) -> list[Binding]:
    """The bindings that a call makes."""
    keys = bench.picker.texts(key, given) if key is not None else [""]
    exchanges = [text for text in _texts(bench, exchange, given) if text]
    return [
        Binding(medium=medium, exchange=_short(medium, where), key=text, queue=_short(medium, name))
        for name in _prefixed(bench, given, _queues(bench, medium, queue, given)[:_CHANNELS])
        for where in exchanges[:_CHANNELS]
        for text in _prefixed(bench, given, (keys or [""])[:_CHANNELS])
    ]


def _prefixed(bench: Workbench, given: Given, names: list[str]) -> list[str]:
    """The names as a router of messages gives them."""
    before = bench.routers.of_channels(given.receivers)
    if before == [""]:
        return names
    return [prefix + name if name and name != UNKNOWN else name for name in names for prefix in before]


def words(found: tuple[Channel, ...]) -> str:
    """The channels as a reader says them; empty when none is known."""
    said = dict.fromkeys(_word(channel) for channel in found)
    return ", ".join(word for word in said if word)


def _word(channel: Channel) -> str:
    name = "" if channel.name == UNKNOWN else channel.name
    exchange = "" if channel.exchange == UNKNOWN else channel.exchange
    return f"{exchange}/{name}" if exchange and name else name or exchange


def _texts(bench: Workbench, pick: Pick | str | None, given: Given) -> list[str]:
    if not isinstance(pick, Pick):
        return bench.picker.texts(pick, given) or [UNKNOWN]
    if pick.rest:
        return _each(bench, pick, given) or [UNKNOWN]
    expression = bench.picker.expression(pick, given.call)
    if expression is not None:
        # The default stands for an argument that is not given, not for one whose value is not known.
        pick = msgspec.structs.replace(pick, default=None)
    if isinstance(expression, ir.Sequence) and pick.bound is None and pick.pattern is None and pick.key is None:
        return _items(bench, expression, given) or [UNKNOWN]
    found = bench.picker.texts(pick, given)
    # `[("orders", 1)]`: a channel with its quality of service.
    found = [text for text in found if not text.isdigit()] or found
    # Beside a name, an empty one is a parameter's default.
    found = [text for text in found if text] or found
    found = found or _of_makers(bench, pick, given)
    if not found and expression is not None and pick.pattern is None:
        name = setting_name(bench, given.scope, expression, given.frame)
        found = [name] if name else []
    return found or [UNKNOWN]


def _items(bench: Workbench, expression: ir.Sequence, given: Given) -> list[str]:
    """The items of a list of channels, each by its value or its setting."""
    found: list[str] = []
    for item in expression.items:
        values = bench.contexts.values(given.scope, item, given.frame)
        texts = [text for text in bench.picker.texts_in(values, given) if not text.isdigit()]
        if not texts and (name := setting_name(bench, given.scope, item, given.frame)):
            texts = [name]
        found += texts
    return found


def _each(bench: Workbench, pick: Pick, given: Given) -> list[str]:
    """The positional arguments from the pick's on, each by its value or its setting."""
    arguments = given.call.arguments[pick.argument or 0 :] if given.call is not None else []
    if any(isinstance(argument, ir.Starred) for argument in arguments):
        return bench.picker.texts(pick, given)
    found: list[str] = []
    for number in range(len(arguments)):
        one = msgspec.structs.replace(pick, rest=False, argument=(pick.argument or 0) + number)
        found += _texts(bench, one, given)
    return found


def _of_makers(bench: Workbench, pick: Pick, given: Given) -> list[str]:
    """The setting that names an object such as `app.topic(os.environ["ORDERS"])`, by the call that made it."""
    if pick.bound is None and pick.type_argument is None:
        return []
    objects = given.receivers if pick.bound is None else ()
    if pick.bound is not None:
        objects = bench.picker.values(msgspec.structs.replace(pick, bound=None, default=None), given)
    found: list[str] = []
    for value in (one for held in objects for one in bench.contexts.flat(held)):
        for scope, call in bench.picker.creations.made(value) if isinstance(value, InstanceValue) else ():
            named = [*call.arguments[:1], *(k.value for k in call.keywords if k.name in _NAMING)][:1]
            for frame in bench.contexts.frames(scope.unit, named)[:_CHANNELS]:
                found += [name for one in named if (name := setting_name(bench, scope, one, frame))]
    return list(dict.fromkeys(found))


def _queues(bench: Workbench, medium: str, pick: Pick | str | None, given: Given) -> list[str]:
    """The queues; one that the broker names is its function's own."""
    found = _texts(bench, pick, given)
    if medium == "amqp" and found == [""]:
        return [f"own queue of {given.scope.unit.id}"]
    return found


def _short(medium: str, name: str) -> str:
    if medium not in _ADDRESSED:
        return name
    return name.rstrip("/").rpartition("/")[2].rpartition(":")[2] or name
