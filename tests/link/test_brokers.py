"""Which consumers a message reaches, by the names of channels alone."""

from __future__ import annotations

import pytest

from discover.frameworks.records import Binding, Channel, Dispatch, EntryPoint, Findings
from discover.link.brokers import NOBODY_CONSUMES, NOBODY_FEEDS, UNKNOWN_HEARD, UNKNOWN_SENT, Brokers


def consumer(unit: str, medium: str, *names: str) -> EntryPoint:
    listens = tuple(Channel(medium=medium, name=name) for name in names)
    return EntryPoint(id=unit, kind="consumer", framework="t", unit=unit, line=1, listens=listens)


def send(medium: str, name: str, exchange: str = "", *, stored: bool = False) -> Dispatch:
    sends = (Channel(medium=medium, name=name, exchange=exchange),)
    return Dispatch(unit="sender", number=1, line=7, edge="publish", library="t", sends=sends, stored=stored)


def bind(exchange: str, key: str, queue: str) -> Binding:
    return Binding(medium="amqp", exchange=exchange, key=key, queue=queue)


FOUND = Findings(
    entry_points=(
        consumer("k_orders", "kafka", "orders", "returns"),
        consumer("k_metrics", "kafka", "^metrics[.].*"),
        consumer("k_env", "kafka", "$TOPIC"),
        consumer("k_unknown", "kafka", "{}"),
        consumer("n_one", "nats", "orders.*"),
        consumer("n_rest", "nats", "orders.>"),
        consumer("m_level", "mqtt", "home/+/light"),
        consumer("r_glob", "redis", "news.*"),
        consumer("q_topic", "amqp", "by_topic"),
        consumer("q_fan", "amqp", "by_fan"),
        consumer("q_plain", "amqp", "plain"),
    ),
    bindings=(
        bind("shop", "order.*", "by_topic"),
        bind("shop", "audit.#", "by_topic"),
        bind("fan", "", "by_fan"),
        bind("shop", "exact", "by_fan"),
    ),
)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (send("kafka", "orders"), ["k_orders"]),
        (send("kafka", "order"), []),
        (send("nats", "returns"), []),
        (send("kafka", "metrics.cpu"), ["k_metrics"]),
        (send("kafka", "$TOPIC"), ["k_env"]),
        (send("kafka", "{}"), []),
        (send("kafka", "ord{}"), ["k_orders"]),
        (send("nats", "orders.new"), ["n_one", "n_rest"]),
        (send("nats", "orders.new.late"), ["n_rest"]),
        (send("mqtt", "home/hall/light"), ["m_level"]),
        (send("mqtt", "home/hall/lamp/light"), []),
        (send("redis", "news.sport.football"), ["r_glob"]),
        (send("amqp", "order.paid", "shop"), ["q_topic"]),
        (send("amqp", "order.paid.late", "shop"), []),
        (send("amqp", "audit", "shop"), ["q_topic"]),
        (send("amqp", "audit.a.b", "shop"), ["q_topic"]),
        (send("amqp", "exact", "shop"), ["q_fan"]),
        (send("amqp", "anything", "fan"), ["q_fan"]),
        (send("amqp", "plain"), ["q_plain"]),
        (send("amqp", "order.paid"), []),
        (send("amqp", "plain", "elsewhere"), ["q_plain"]),
        (send("amqp", "{}", "shop"), ["q_topic", "q_fan"]),
    ],
    ids=lambda value: str(value.sends[0].medium + " " + value.sends[0].name) if isinstance(value, Dispatch) else "",
)
def test_a_message_reaches_who_listens_to_its_channel(sent: Dispatch, expected: list[str]) -> None:
    assert sorted(target.unit for target in Brokers(FOUND).receivers(sent)) == sorted(expected)


def test_a_name_that_is_known_in_part_only_is_less_certain() -> None:
    brokers = Brokers(FOUND)
    sure = [brokers.receivers(send(*sent))[0].confidence for sent in [("kafka", "orders"), ("kafka", "ord{}")]]
    assert sure == [1.0, 0.6]


def test_both_kinds_of_open_ends_are_told_with_their_reasons() -> None:
    brokers = Brokers(
        Findings(
            entry_points=(
                consumer("fed", "kafka", "a"),
                consumer("hungry", "kafka", "b"),
                consumer("deaf", "kafka", "{}"),
            )
        )
    )
    sent = [send("kafka", "a"), send("kafka", "lost"), send("kafka", "{}"), send("redis list", "data", stored=True)]
    for dispatch in sent:
        brokers.receivers(dispatch)
    assert [(u.at, u.what, u.reason) for u in brokers.unresolved(sent)] == [
        ("sender", "kafka: lost", NOBODY_CONSUMES),
        ("sender", "kafka: an unknown channel", UNKNOWN_SENT),
        ("hungry", "kafka: b", NOBODY_FEEDS),
        ("deaf", "kafka: an unknown channel", UNKNOWN_HEARD),
    ]
