"""kombu and pika: what goes to the definition's consumers is held back, what others read leaves, and consumers get
what their library gives them."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.conformance.children import Child, answers_on, wait_for
from tests.exporters.worker.conftest import Perform, context
from tests.ports import free_port

SHOP = """
import functools
from kombu import Connection, Exchange, Queue
from kombu.pools import producers
URL = "redis://127.0.0.1:%s/0"
work = Exchange("work", type="direct")
news = Exchange("news", type="topic")
paying = Queue("paying", work, routing_key="pay")
mails = Queue("mails", news, routing_key="order.*")
audit = Queue("audit", news, routing_key="order.#")
elsewhere = Queue("elsewhere", news, routing_key="invoice.*")
def tell(key, body, **options):
    with Connection(URL) as connection, producers[connection].acquire(block=True) as producer:
        producer.publish(body, exchange=news, routing_key=key, declare=[mails, audit, elsewhere], **options)
def hand_on(order):
    with Connection(URL) as connection:
        connection.Producer(exchange=work, routing_key="pay").publish({"order": order, "by": ("web", 1)})
def put(order):
    with Connection(URL) as connection:
        connection.SimpleQueue("simple").put({"order": order})
def acknowledged(handler):
    @functools.wraps(handler)
    def handle(body, message):
        result = handler(body)
        message.ack()
        return [result, message.headers, message.delivery_info["routing_key"], message.state if False else message.acknowledged]
    return handle
@acknowledged
def on_order(event):
    return event["order"]
def on_payment(body, message):
    if body["order"] == 1:
        message.requeue()
        return "back"
    if body["order"] == 2:
        message.reject()
        return "rejected"
    message.ack()
    return message.payload
"""
SHOP_RUNS = """
- id: first
  function: shop:tell
  steps:
  - {type: step, id: news, module: shop, code: 'tell("order.placed", {"order": 7}, headers={"trace": "t-1"})', sends: [on_order]}
  - {type: step, id: deep, module: shop, code: 'tell("order.item.gone", {"order": 7})', sends: [on_order]}
  - {type: step, id: foreign, module: shop, code: 'tell("invoice.paid", {"order": 7})'}
  - {type: step, id: work, module: shop, code: 'hand_on(7)', sends: [on_payment]}
  - {type: step, id: simple, module: shop, code: 'put(7)', sends: [on_simple]}
- id: on_order
  kind: consumer
  framework: kombu
  function: shop:on_order
  queue: mails
  parameters: [event]
  result: result
  steps:
  - {type: step, id: whole, call: "shop:on_order", inputs: {event: event}, outputs: {result: result}}
- id: on_payment
  kind: consumer
  framework: kombu
  function: shop:on_payment
  queue: paying
  parameters: [body]
  context: [message]
  steps:
  - {type: step, id: paid, call: "shop:on_payment", inputs: {body: body}, outputs: {result: result}}
  - {type: step, id: piece, module: shop, code: 'message.ack(); told = message.payload', outputs: {told: told}}
  - {type: step, id: gives_back, module: shop, code: 'message.reject(requeue=True)'}
- {id: on_simple, kind: consumer, framework: kombu, function: "shop:on_payment", queue: simple, parameters: [body], context: [message], steps: []}
"""
HERE = context()


@pytest.fixture
def broker(tmp_path: Path) -> Generator[redis.Redis]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = Child(command, environment={}, folder=tmp_path, log=tmp_path / "redis.log")
    wait_for(lambda: answers_on(port), "redis-server")
    client = redis.Redis(port=port)
    yield client
    client.close()
    server.stop()


def port_of(client: redis.Redis) -> int:
    return client.get_connection_kwargs()["port"]


def waiting(client: redis.Redis, queue: str) -> list[Any]:
    found: Any = client.lrange(queue, 0, -1)
    return [json.loads(base64.b64decode(json.loads(text)["body"])) for text in found]


def test_a_message_goes_to_the_runs_that_its_exchange_hands_it_to_and_to_nobody_twice(
    perform: Perform, broker: redis.Redis
) -> None:
    files = {"shop.py": SHOP % port_of(broker)}
    news, work, simple = perform(files, SHOP_RUNS, [("news", {}, HERE), ("work", {}, HERE), ("simple", {}, HERE)])
    (told,) = news["sent"]
    assert (told["run"], told["arguments"]) == ("on_order", {"event": {"order": 7}})
    assert told["beside"]["headers"] == {"trace": "t-1"}
    # As the consumer would have read it from JSON.
    assert [sent["arguments"] for sent in work["sent"]] == [{"body": {"order": 7, "by": ["web", 1]}}]
    assert [(sent["run"], sent["arguments"]) for sent in simple["sent"]] == [("on_simple", {"body": {"order": 7}})]
    assert waiting(broker, "mails") == waiting(broker, "paying") == waiting(broker, "simple") == []


def test_a_queue_that_no_run_listens_to_is_another_systems_and_really_gets_its_messages(
    perform: Perform, broker: redis.Redis
) -> None:
    files = {"shop.py": SHOP % port_of(broker)}
    done = perform(files, SHOP_RUNS, [("news", {}, HERE), ("deep", {}, HERE), ("foreign", {}, HERE)])
    assert [[sent["run"] for sent in one["sent"]] for one in done] == [["on_order"], [], []]
    assert waiting(broker, "audit") == [{"order": 7}, {"order": 7}]
    assert waiting(broker, "elsewhere") == [{"order": 7}]


def test_a_kombu_consumer_is_called_with_a_message_that_it_can_acknowledge(perform: Perform) -> None:
    told = context(
        arguments={"event": {"order": 7}}, beside={"headers": {"trace": "t-1"}, "routing_key": "order.placed"}
    )
    (done,) = perform({"shop.py": SHOP % 1}, SHOP_RUNS, [("whole", {"event": {"order": 7}}, told)])
    assert done["outputs"]["result"] == [7, {"trace": "t-1"}, "order.placed", True]


def test_a_message_that_is_given_back_is_tried_again_and_a_rejected_one_is_done(perform: Perform) -> None:
    calls: list[Any] = [("paid", {"body": {"order": n}}, context(arguments={"body": {"order": n}})) for n in (1, 2, 3)]
    here = context(arguments={"body": {"order": 4}})
    back, rejected, good, piece, gives_back = perform(
        {"shop.py": SHOP % 1}, SHOP_RUNS, [*calls, ("piece", {}, here), ("gives_back", {}, here)]
    )
    assert "retry" in back
    assert "retry" in gives_back
    assert rejected["outputs"]["result"] == "rejected"
    assert good["outputs"]["result"] == {"order": 3}
    assert piece["outputs"]["told"] == {"order": 4}


RABBIT = """
import json, pika
from pika.adapters.blocking_connection import BlockingChannel
class Channel(BlockingChannel):
    "A channel that has lost its connection: what is let go fails loudly."
    def __init__(self):
        self._delivery_confirmation = False
    def queue_bind(self, queue, exchange, routing_key=None, arguments=None):
        return super().queue_bind(queue, exchange, routing_key)
channel = Channel()
def publish(exchange, key, **options):
    properties = pika.BasicProperties(headers={"x-delay": 60000}, correlation_id="c-1") if options else None
    channel.basic_publish(exchange=exchange, routing_key=key, body=json.dumps({"order": 7}), properties=properties)
def on_order(ch, method, properties, body):
    order = json.loads(body)["order"]
    if order == 1:
        ch.basic_nack(delivery_tag=method.delivery_tag)
        return "back"
    if order == 2:
        ch.basic_nack(delivery_tag=method.delivery_tag, requeue=False)
        return "dead"
    if order == 3:
        ch.basic_publish(exchange="", routing_key="paying", body=body)
    ch.basic_ack(delivery_tag=method.delivery_tag)
    return [method.redelivered, method.routing_key, properties.correlation_id, properties.headers]
def on_payment(ch, method, properties, body):
    ch.queue_purge("paying")
"""
RABBIT_RUNS = """
- id: first
  function: rabbit:publish
  steps:
  - {type: step, id: direct, module: rabbit, code: 'publish("", "orders")', sends: [on_order]}
  - {type: start, id: s1, run: on_order, of: direct, kind: publish, channel: orders}
  - {type: step, id: later, module: rabbit, code: 'publish("", "orders", late=True)', sends: [on_order]}
  - {type: step, id: by_exchange, module: rabbit, code: 'publish("shop", "placed")', sends: [on_order, on_payment]}
  - {type: start, id: s2, run: on_payment, of: by_exchange, kind: publish, channel: "shop/placed, shop/paid"}
  - {type: step, id: unclear, module: rabbit, code: 'publish("other", "placed")', sends: [on_order, on_payment]}
- id: on_order
  kind: consumer
  framework: pika
  function: rabbit:on_order
  queue: orders
  parameters: [body]
  context: [ch, method, properties]
  steps:
  - {type: step, id: whole, call: "rabbit:on_order", inputs: {body: body}, outputs: {result: result}, sends: [on_payment]}
  - {type: step, id: piece, module: rabbit, code: 'key = method.routing_key; ch.basic_ack(method.delivery_tag)', outputs: {key: key}}
- id: on_payment
  kind: consumer
  framework: pika
  function: rabbit:on_payment
  queue: paying
  parameters: [body]
  context: [ch, method, properties]
  steps:
  - {type: step, id: purges, call: "rabbit:on_payment", inputs: {body: body}}
"""
BODY = {"$": "bytes", "value": base64.b64encode(b'{"order": 7}').decode()}


def body(order: int) -> dict[str, Any]:
    return {**BODY, "value": base64.b64encode(json.dumps({"order": order}).encode()).decode()}


def test_what_pika_publishes_goes_to_the_run_of_the_queue_or_of_the_exchange_that_the_definition_names(
    perform: Perform,
) -> None:
    direct, later, exchange, unclear = perform(
        {"rabbit.py": RABBIT}, RABBIT_RUNS, [(n, {}, HERE) for n in ("direct", "later", "by_exchange", "unclear")]
    )
    assert [(sent["run"], sent["arguments"], sent["due"]) for sent in direct["sent"]] == [
        ("on_order", {"body": BODY}, None)
    ]
    assert later["sent"][0]["due"] is not None
    assert later["sent"][0]["beside"]["properties"] == {"correlation_id": "c-1"}
    assert [sent["run"] for sent in exchange["sent"]] == ["on_payment"]
    assert "nothing tells which of on_order, on_payment" in unclear["error"]["message"]


def test_a_pika_consumer_is_called_with_its_channel_and_what_the_message_was_sent_with(perform: Perform) -> None:
    beside = {"routing_key": "placed", "headers": {"trace": "t-1"}, "properties": {"correlation_id": "c-1"}}

    def call(order: int) -> Any:
        return ("whole", {"body": body(order)}, context(attempt=1, arguments={"body": body(order)}, beside=beside))

    back, dead, publishes, good, piece, purges = perform(
        {"rabbit.py": RABBIT},
        RABBIT_RUNS,
        [
            *map(call, (1, 2, 3, 4)),
            ("piece", {}, context(arguments={"body": body(4)}, beside=beside)),
            ("purges", {"body": body(4)}, context(arguments={"body": body(4)})),
        ],
    )
    assert "retry" in back
    assert dead["outputs"]["result"] == "dead"
    assert [sent["run"] for sent in publishes["sent"]] == ["on_payment"]
    assert good["outputs"]["result"] == [True, "placed", "c-1", {"trace": "t-1"}]
    assert piece["outputs"] == {"key": "placed"}
    assert "queue_purge" in purges["error"]["message"]
