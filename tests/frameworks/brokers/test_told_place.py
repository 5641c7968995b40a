"""A hand-over through a project's own way to send stands at the call that names the channel, and no further out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discover.model import Graph

BUS = """
    from kombu import Connection, Exchange, Producer, Queue

    shop = Exchange("shop", type="topic")
    paid = Queue("paid", shop, routing_key="order.paid")
    sent = Queue("sent", shop, routing_key="order.sent")
    connection = Connection("redis://")

    def tell(event, order):
        Producer(connection.channel()).publish({"order": order}, exchange=shop, routing_key=event)
"""
WORKER = """
    from functools import wraps
    from kombu.mixins import ConsumerMixin
    from bus import paid, sent, tell

    def acknowledged(handler):
        @wraps(handler)
        def handle(body, message):
            handler(body)
            message.ack()
        return handle

    def ship(order):
        tell("order.sent", order)

    @acknowledged
    def on_paid(body):
        ship(body["order"])

    @acknowledged
    def on_sent(body):
        print(body["order"])

    class Worker(ConsumerMixin):
        def get_consumers(self, Consumer, channel):
            return [Consumer(queues=[paid], callbacks=[on_paid]), Consumer(queues=[sent], callbacks=[on_sent])]

    def pay(order):
        tell("order.paid", order)
"""


def test_a_callers_caller_and_a_decorator_do_not_send_what_the_caller_names(
    scan_source: Callable[[Mapping[str, str | bytes]], Graph],
):
    graph = scan_source({"bus.py": BUS, "worker.py": WORKER})
    sent = {(edge.source, edge.target) for edge in graph.edges if edge.kind == "publish"}
    assert {pair for pair in sent if pair[0] != "bus.py::tell"} == {
        ("worker.py::ship", "worker.py::on_sent"),
        ("worker.py::pay", "worker.py::on_paid"),
    }
