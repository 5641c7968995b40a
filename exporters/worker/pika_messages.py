"""pika without a broker: what is published for the definition's consumers is held back, and they get real records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exporters.worker import brokers
from exporters.worker.brokers import Publication
from exporters.worker.consuming import ConsumerHost, Settled
from exporters.worker.errors import RefusedError
from exporters.worker.messages import Context

_bindings: dict[str, list[tuple[str, str]]] = {}
"""By exchange: the queues that this process has bound to it, and with which keys."""


def install_channel() -> None:
    """Record what channels publish, and what they bind."""
    from pika.channel import Channel

    _stand_in(Channel)


def install_blocking() -> None:
    """The same for blocking ones, which would wait for the broker's word."""
    from pika.adapters.blocking_connection import BlockingChannel

    _stand_in(BlockingChannel)


def _stand_in(channel: Any) -> None:
    if not getattr(channel.basic_publish, "holds_back", False):
        publish: Any = _holding_back(channel.basic_publish)
        publish.holds_back = True
        channel.basic_publish = publish
        channel.queue_bind = _noting(channel.queue_bind)


def _holding_back(original: Callable[..., Any]) -> Callable[..., Any]:
    def basic_publish(
        channel: Any, exchange: str, routing_key: str, body: Any, properties: Any = None, mandatory: bool = False
    ) -> Any:
        """Stands in for `basic_publish`."""
        told = {
            name: value for name, value in vars(properties or object).items() if value is not None and name[0] != "_"
        }
        publication = Publication(
            exchange=exchange,
            key=routing_key,
            body=body.encode() if isinstance(body, str) else bytes(body),
            headers=dict(getattr(properties, "headers", None) or {}),
            properties={name: value for name, value in told.items() if name != "headers"} if properties else {},
        )
        others = brokers.held_back(publication, _bound(exchange, routing_key))
        if others is None:
            return original(channel, exchange, routing_key, body, properties, mandatory)
        for queue in sorted(others):
            original(channel, "", queue, body, properties, mandatory)
        return None

    return basic_publish


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    def queue_bind(
        channel: Any, queue: str, exchange: str, routing_key: str | None = None, *args: Any, **more: Any
    ) -> Any:
        """Stands in for `queue_bind`."""
        _bindings.setdefault(exchange, []).append((queue, queue if routing_key is None else routing_key))
        return original(channel, queue, exchange, routing_key, *args, **more)

    return queue_bind


def _bound(exchange: str, key: str) -> set[str] | None:
    """What this process knows of the exchange's queues; of its type it knows nothing, so a key may be a pattern."""
    found = {queue for queue, pattern in _bindings.get(exchange, ()) if brokers.may_get(pattern, key)}
    return found or None


class _Channel:
    """Hears what a consumer says of its message; what it publishes is held back as anywhere."""

    def __init__(self, settled: Settled) -> None:
        self._settled = settled
        self.is_open = True

    def basic_ack(self, delivery_tag: Any = 0, multiple: bool = False) -> None:
        """The message is done."""

    def basic_nack(self, delivery_tag: Any = 0, multiple: bool = False, requeue: bool = True) -> None:  # noqa: ARG002
        """It is not, or shall come again."""
        self._settled.is_back = requeue

    def basic_reject(self, delivery_tag: Any = 0, requeue: bool = True) -> None:  # noqa: ARG002
        """It is not, or shall come again."""
        self._settled.is_back = requeue

    def basic_publish(self, *args: Any, **options: Any) -> None:
        """Publish on this channel."""
        _holding_back(_refuse)(self, *args, **options)

    def __getattr__(self, name: str) -> Any:
        raise RefusedError(f"the consumer asks its channel for `{name}`, which needs the broker that is not there")


def _refuse(_channel: Any, exchange: str, routing_key: str, *_args: Any) -> None:
    where = f"exchange {exchange} with the key {routing_key}" if exchange else f"queue {routing_key}"
    raise RefusedError(f"no run receives what the consumer publishes to the {where} on its own channel")


class PikaHost(ConsumerHost):
    """A consumer's callback: `(channel, method, properties, body)`."""

    def given(self, body: Any, context: Context, settled: Settled) -> tuple[list[Any], int]:
        """A channel that hears of the message, how it was delivered, its properties, and the body."""
        from pika.spec import Basic, BasicProperties

        told = brokers.beside(context)
        method = Basic.Deliver(
            consumer_tag=self._run.id,
            delivery_tag=1,
            redelivered=context["attempt"] > 0,
            exchange=told.get("exchange", ""),
            routing_key=told.get("routing_key", self._run.queue),
        )
        properties = BasicProperties(headers=told.get("headers") or None, **(told.get("properties") or {}))
        return [_Channel(settled), method, properties, _as_bytes(body)], 3


def _as_bytes(body: Any) -> Any:
    return body.encode() if isinstance(body, str) else body
