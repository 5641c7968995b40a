"""kombu without a broker: what is published for the definition's consumers is held back, and they get real messages."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from exporters.worker import brokers
from exporters.worker.brokers import Publication
from exporters.worker.consuming import ConsumerHost, Settled
from exporters.worker.messages import Context


def install() -> None:
    """Record what producers publish; `SimpleQueue.put` goes through them as well."""
    from kombu.messaging import Producer

    if getattr(Producer.publish, "holds_back", False):
        return
    publish = _holding_back(Producer.publish)
    publish.holds_back = True  # type: ignore[attr-defined]
    Producer.publish = publish  # type: ignore[method-assign]


def _holding_back(original: Callable[..., Any]) -> Callable[..., Any]:
    def publish(
        producer: Any, body: Any, routing_key: str | None = None, *args: Any, exchange: Any = None, **options: Any
    ) -> Any:
        """Stands in for `Producer.publish`."""
        target = exchange if exchange is not None else producer.exchange
        name = target if isinstance(target, str) else target.name
        key = (producer.routing_key if routing_key is None else routing_key) or ""
        publication = Publication(
            exchange=name or "",
            key=key,
            body=_as_received(producer, body, options),
            headers=dict(options.get("headers") or {}),
            properties={word: options[word] for word in ("correlation_id", "reply_to") if word in options},
        )
        others = brokers.held_back(publication, _bound(name, key) if name else None)
        if others is None:
            return original(producer, body, routing_key, *args, exchange=exchange, **options)
        for queue in sorted(others):
            original(producer, body, queue, *args, exchange="", **options)
        return None

    return publish


def _as_received(producer: Any, body: Any, options: dict[str, Any]) -> Any:
    """As the consumer would read it: what the serializer refuses or changes is refused or changed here as well."""
    from kombu.serialization import loads

    given = (options.get("serializer"), options.get("content_type"), options.get("content_encoding"))
    data, content_type, encoding = producer._prepare(body, *given)
    return loads(data, content_type, encoding, accept={content_type})


def _bound(exchange: str, key: str) -> set[str] | None:
    """The queues that the backend has bound to the exchange and that get this key; None when it knows no such queue."""
    from kombu.entity import Exchange, Queue, binding

    found: set[str] = set()
    known = False
    for queue in [one for one in gc.get_objects() if issubclass(type(one), Queue)]:
        own = [binding(queue.exchange, queue.routing_key)] if queue.exchange else []
        for bound in (*own, *(queue.bindings or ())):
            if isinstance(bound.exchange, Exchange) and bound.exchange.name == exchange:
                known = True
                if _gets(bound.exchange.type, bound.routing_key or "", key):
                    found.add(queue.name)
    return found if known else None


def _gets(kind: str, pattern: str, key: str) -> bool:
    """Whether an exchange of that kind hands the key on to a queue that is bound with the pattern."""
    if kind == "topic":
        return brokers.may_get(pattern, key)
    return kind in {"fanout", "headers"} or pattern == key


class _Channel:
    """Hears what a consumer says of its message."""

    no_ack_consumers: frozenset[str] = frozenset()

    def __init__(self, settled: Settled) -> None:
        self._settled = settled

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        """The message is done."""

    def basic_reject(self, delivery_tag: Any, requeue: bool = False) -> None:  # noqa: ARG002
        """It is not, or shall come again."""
        self._settled.is_back = requeue


class KombuHost(ConsumerHost):
    """A consumer's callback: `(body, message)`."""

    def given(self, body: Any, context: Context, settled: Settled) -> tuple[list[Any], int]:
        """The body, and a message that can be acknowledged, rejected and given back."""
        from kombu.message import Message
        from kombu.serialization import dumps

        told = brokers.beside(context)
        content_type, encoding, data = dumps(body)
        message = Message(
            body=data,
            delivery_tag=context["id"],
            content_type=content_type,
            content_encoding=encoding,
            delivery_info={
                "exchange": told.get("exchange", ""),
                "routing_key": told.get("routing_key", self._run.queue),
                "redelivered": context["attempt"] > 0,
            },
            headers=told.get("headers") or {},
            properties=told.get("properties") or {},
            accept={content_type},
            channel=_Channel(settled),
        )
        return [body, message], 0
