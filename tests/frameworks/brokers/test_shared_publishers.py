"""A publisher that all others share: where few exchanges may be meant they are told, where many are, none is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model.graph import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]
HEAD = """
from kombu import Connection, Consumer, Exchange, Producer, Queue
{exchanges}
seats = Queue("seats", exchange=x0, routing_key="#")
def sit(body, message): ...
def serve(connection: Connection):
    with Consumer(connection, queues=[seats], callbacks=[sit]):
        connection.drain_events()
class Publisher:
    def __init__(self, connection, exchange):
        self.producer = Producer(connection, exchange=exchange)
    def publish(self, body):
        self.producer.publish(body, routing_key="new")
{publishers}
"""


@pytest.mark.parametrize(("number", "told"), [(1, ["sit"]), (4, ["sit"]), (5, [])])
def test_of_many_exchanges_none_is_told(scan_source: Scan, number: int, told: list[str]) -> None:
    exchanges = "\n".join(f'x{n} = Exchange("exchange{n}", type="topic")' for n in range(number))
    publishers = "\n".join(f"p{n} = Publisher(Connection(), x{n})" for n in range(number))
    graph = scan_source({"shop.py": HEAD.format(exchanges=exchanges, publishers=publishers)})
    assert [edge.target.rpartition("::")[2] for edge in graph.edges if edge.kind == "publish"] == told
    reasons = [one.reason for one in graph.unresolved if one.at == "shop.py::Publisher.publish"]
    assert ("the name of the channel that it sends to is not known" in reasons) is (not told)
