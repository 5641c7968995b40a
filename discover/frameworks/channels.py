"""The broker channels that a call or a decorator names: by constants, else by the setting that holds the name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.records import Binding, Channel
from discover.frameworks.setting_names import setting_name

if TYPE_CHECKING:
    from discover.frameworks.picks import Given
    from discover.frameworks.workbench import Workbench

UNKNOWN = "{}"
_CHANNELS = 24
_ADDRESSED = frozenset({"sqs", "sns", "pubsub", "cloudtasks"})
"""Their names come as URLs, ARNs or resource paths, of which the last part is the name."""


def channels(
    bench: Workbench, medium: str, name: Pick | str | None, exchange: Pick | str | None, given: Given
) -> tuple[Channel, ...]:
    """What the picks name; a channel whose name is not known is `{}`."""
    exchanges = _texts(bench, exchange, given)[:_CHANNELS] if exchange is not None else [""]
    found = [
        Channel(medium=medium, name=_short(medium, text), exchange=where)
        for text in _texts(bench, name, given)[:_CHANNELS]
        for where in exchanges
    ]
    return tuple(dict.fromkeys(found))[:_CHANNELS]


def bindings(
    bench: Workbench, medium: str, queue: Pick | str | None, exchange: Pick | str, key: Pick | str | None, given: Given
) -> list[Binding]:
    """The bindings that a call makes."""
    keys = bench.picker.texts(key, given) if key is not None else [""]
    exchanges = [text for text in _texts(bench, exchange, given) if text]
    return [
        Binding(medium=medium, exchange=_short(medium, where), key=text, queue=_short(medium, name))
        for name in _texts(bench, queue, given)[:_CHANNELS]
        for where in exchanges[:_CHANNELS]
        for text in (keys or [""])[:_CHANNELS]
    ]


def words(found: tuple[Channel, ...]) -> str:
    """The channels as a reader says them; empty when none is known."""
    said = dict.fromkeys(_word(channel) for channel in found)
    return ", ".join(word for word in said if word)


def _word(channel: Channel) -> str:
    name = "" if channel.name == UNKNOWN else channel.name
    exchange = "" if channel.exchange == UNKNOWN else channel.exchange
    return f"{exchange}/{name}" if exchange and name else name or exchange


def _texts(bench: Workbench, pick: Pick | str | None, given: Given) -> list[str]:
    found = bench.picker.texts(pick, given)
    if not found and isinstance(pick, Pick):
        expression = bench.picker.expression(pick, given.call)
        name = setting_name(bench, given.scope, expression, given.frame) if expression is not None else ""
        found = [name] if name else []
    return found or [UNKNOWN]


def _short(medium: str, name: str) -> str:
    if medium not in _ADDRESSED:
        return name
    return name.rstrip("/").rpartition("/")[2].rpartition(":")[2] or name
