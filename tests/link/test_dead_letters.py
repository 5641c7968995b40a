"""What a queue's consumers fail at for good goes where the queue's declaration says, and to who listens there."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan
from discover.model import Call, Graph, Guard, Hop, Node, Step, safeguard_text

HEAD = """
import json, os
import aio_pika, boto3, pika, requests
from faststream import FastStream
from faststream.rabbit import RabbitBroker, RabbitQueue
from kombu import Connection, Consumer, Exchange, Queue

def work(*given):
    requests.post("https://work.example.com", timeout=1)

def bury(*given):
    requests.post("https://bury.example.com", timeout=1)

"""
PIKA = """
def serve(channel=pika.BlockingConnection().channel()):
    channel.queue_declare("orders", arguments={ARGUMENTS})
    channel.queue_bind("graves", "dlx")
    channel.basic_consume("orders", work)
    channel.basic_consume("graves", bury)
"""
KEY = '"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "graves"'
POLICY = '{"deadLetterTargetArn": "arn:aws:sqs:x:1:graves", "maxReceiveCount": "4"}'
CASES = {
    "pika, by the exchange": (
        PIKA.replace("ARGUMENTS", '"x-dead-letter-exchange": "dlx"'),
        ["dead letters go to dlx", "bury"],
    ),
    "pika, by the queue's name": (PIKA.replace("ARGUMENTS", KEY), ["dead letters go to graves", "bury"]),
    "pika, to an exchange of which nothing is known": (
        PIKA.replace("ARGUMENTS", '"x-dead-letter-exchange": os.environ["X"]'),
        ["failures are kept as dead letters"],
    ),
    "pika, other arguments": (PIKA.replace("ARGUMENTS", '"x-max-length": 9'), []),
    "aio-pika": (
        (
            "async def serve():\n    channel = (await aio_pika.connect('')).channel()\n"
            f"    queue = await channel.declare_queue('orders', arguments={{{KEY}}})\n"
            "    graves = await channel.declare_queue('graves')\n"
            "    await queue.consume(work)\n    await graves.consume(bury)\n"
        ),
        ["dead letters go to graves", "bury"],
    ),
    "kombu": (
        (
            f"orders = Queue('orders', Exchange('shop'), queue_arguments={{{KEY}}})\ngraves = Queue('graves')\n"
            "def serve():\n    Consumer(Connection(), [orders], callbacks=[work])\n"
            "    Consumer(Connection(), [graves], callbacks=[bury])\n"
        ),
        ["dead letters go to graves", "bury"],
    ),
    "FastStream": (
        (
            "broker = RabbitBroker()\n"
            f"orders = RabbitQueue('orders', arguments={{{KEY}}})\n"
            "broker.subscriber(orders)(work)\nbroker.subscriber('graves')(bury)\n"
        ),
        ["dead letters go to graves", "bury"],
    ),
    "RQ, failed jobs that are sent back": (
        (
            "from rq import Queue\nfrom rq.registry import FailedJobRegistry\norders = Queue('orders')\n"
            "def place():\n    orders.enqueue(work)\n    Queue('other').enqueue(bury)\n"
            "def again():\n    registry = FailedJobRegistry(queue=orders)\n"
            "    for job in registry.get_job_ids():\n        registry.requeue(job)\n"
        ),
        ["dead letters go to the failed jobs of orders"],
    ),
    "RQ, failed jobs that nobody sends back": (
        "from rq import Queue\norders = Queue('orders')\ndef place():\n    orders.enqueue(work)\n",
        [],
    ),
    "Dramatiq, the queue that its brokers keep beside each": (
        "import dramatiq\n@dramatiq.actor(queue_name='mail')\ndef serve(order):\n    work(order)\n",
        ["dead letters go to mail.XQ"],
    ),
    "SQS, a policy in a literal": (
        (
            "sqs = boto3.client('sqs')\n"
            f"sqs.create_queue(QueueName='orders', Attributes={{'RedrivePolicy': '{POLICY}'}})\n"
            "def serve():\n    while True:\n        work(sqs.receive_message(QueueUrl='https://sqs/1/orders'))\n"
            "def graves():\n    while True:\n        bury(sqs.receive_message(QueueUrl='https://sqs/1/graves'))\n"
        ),
        ["dead letters go to graves", "bury"],
    ),
    "SQS, a policy put together": (
        (
            "sqs = boto3.client('sqs')\n"
            "def create(arn):\n    policy = json.dumps({'deadLetterTargetArn': arn, 'maxReceiveCount': 3})\n"
            "    sqs.create_queue(QueueName='orders', Attributes={'RedrivePolicy': policy})\n"
            "def serve():\n    while True:\n        work(sqs.receive_message(QueueUrl='https://sqs/1/orders'))\n"
        ),
        ["failures are kept as dead letters"],
    ),
}


def told(graph: Graph, *units: str) -> list[str]:
    """The safeguards of the consumer's run, and who receives what it fails at."""
    workflow = next(w for w in graph.workflows if w.unit in {f"app.py::{unit}" for unit in units})
    found: list[str] = []
    pending = list[Node](workflow.body)
    while pending:
        node = pending.pop(0)
        found += [safeguard_text(one) for one in node.safeguards]
        if isinstance(node, Hop):
            found += [run.rpartition("::")[2] for run in node.runs]
        pending += node.body if isinstance(node, (Call, Guard)) and not isinstance(node, Step) else ()
        pending += [n for branch in node.handlers for n in branch.body] if isinstance(node, Guard) else []
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_consumer_is_told_with_where_its_dead_letters_go(name: str, tmp_path: Path) -> None:
    code, expected = CASES[name]
    (tmp_path / "app.py").write_text(HEAD + code)
    assert told(scan(tmp_path, load_config(tmp_path)), "work", "serve") == expected


TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Globals: {Function: {Runtime: python3.12}}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: shop, RedrivePolicy: {deadLetterTargetArn: !GetAtt Graves.Arn, maxReceiveCount: 4}}
  Graves: {Type: "AWS::SQS::Queue"}
  Plain: {Type: "AWS::SQS::Queue"}
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.work, Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt QUEUE.Arn}}}}
  Bury:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.bury, Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Graves.Arn}}}}
"""
TERRAFORM = """
resource "aws_sqs_queue" "Orders" {
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.Graves.arn
    maxReceiveCount     = 4
  })
}
resource "aws_sqs_queue" "Graves" {}
resource "aws_sqs_queue" "Plain" {}
resource "aws_lambda_function" "work" {
  handler = "app.work"
}
resource "aws_lambda_function" "bury" {
  handler = "app.bury"
}
resource "aws_lambda_event_source_mapping" "one" {
  event_source_arn = aws_sqs_queue.QUEUE.arn
  function_name    = aws_lambda_function.work.arn
}
resource "aws_lambda_event_source_mapping" "two" {
  event_source_arn = aws_sqs_queue.Graves.arn
  function_name    = aws_lambda_function.bury.arn
}
"""


@pytest.mark.parametrize(("file", "text"), [("template.yaml", TEMPLATE), ("main.tf", TERRAFORM)])
def test_a_template_says_how_often_a_message_is_tried_and_where_it_goes_then(
    file: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(HEAD)
    (tmp_path / file).write_text(text.replace("QUEUE", "Orders"))
    graph = scan(tmp_path, load_config(tmp_path))
    assert told(graph, "work") == ["dead letters go to Graves", "bury"]
    retry = next(w for w in graph.workflows if w.unit == "app.py::work").retry
    assert retry is not None
    assert retry.attempts == 4
    (tmp_path / file).write_text(text.replace("QUEUE", "Plain"))
    assert told(scan(tmp_path, load_config(tmp_path)), "work") == []


FUNCTIONS = """
Globals: {Function: {Runtime: python3.12}}
Resources:
  Graves: {Type: "AWS::SQS::Queue"}
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.work, WHERE}
  Bury:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.bury, Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Graves.Arn}}}}
"""
BESIDE = """
  Invoked:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Work
      MaximumRetryAttempts: 1
      DestinationConfig: {OnFailure: {Destination: !GetAtt Bury.Arn}}
"""
TO_QUEUE = "!GetAtt Graves.Arn"
SERVERLESS = """
service: shop
provider: {name: aws, runtime: python3.12}
functions:
  work: {handler: app.work, WHERE}
  bury: {handler: app.bury, events: [{sqs: "arn:aws:sqs:x:1:Graves"}]}
"""
FUNCTION_TERRAFORM = """
resource "aws_sqs_queue" "Graves" {}
resource "aws_lambda_function" "work" {
  handler = "app.work"
WHERE
}
resource "aws_lambda_function" "bury" {
  handler = "app.bury"
}
resource "aws_lambda_event_source_mapping" "two" {
  event_source_arn = aws_sqs_queue.Graves.arn
  function_name    = aws_lambda_function.bury.arn
}
"""
INVOKED = """
resource "aws_lambda_function_event_invoke_config" "one" {
  function_name          = aws_lambda_function.work.function_name
  maximum_retry_attempts = 0
  destination_config {
    on_failure {
      destination = aws_lambda_function.bury.arn
    }
  }
}
"""
BURIED = ["dead letters go to Graves", "bury"]
OF_FUNCTIONS = {
    "SAM, a queue": (
        "template.yaml",
        FUNCTIONS,
        f"DeadLetterQueue: {{TargetArn: {TO_QUEUE}}}",
        BURIED,
        None,
    ),
    "CloudFormation": ("template.yaml", FUNCTIONS, f"DeadLetterConfig: {{TargetArn: {TO_QUEUE}}}", BURIED, None),
    "SAM, a destination": (
        "template.yaml",
        FUNCTIONS,
        f"EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: SQS, Destination: {TO_QUEUE}}}}}}}",
        BURIED,
        None,
    ),
    "a configuration beside the function": (
        "template.yaml",
        FUNCTIONS + BESIDE,
        "MemorySize: 128",
        ["dead letters go to Bury", "bury"],
        2,
    ),
    "SAM, another option": ("template.yaml", FUNCTIONS, "MemorySize: 128", [], None),
    "Serverless, on error": ("serverless.yml", SERVERLESS, 'onError: "arn:aws:sqs:x:1:Graves"', BURIED, None),
    "Serverless, a function": (
        "serverless.yml",
        SERVERLESS,
        "destinations: {onFailure: bury}",
        ["dead letters go to bury", "bury"],
        None,
    ),
    "Terraform": (
        "main.tf",
        FUNCTION_TERRAFORM,
        "  dead_letter_config {\n    target_arn = aws_sqs_queue.Graves.arn\n  }",
        BURIED,
        None,
    ),
    "Terraform, a destination": (
        "main.tf",
        FUNCTION_TERRAFORM + INVOKED,
        "",
        ["dead letters go to bury", "bury"],
        1,
    ),
}


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_a_cloud_function_is_told_with_where_its_failures_go(name: str, tmp_path: Path) -> None:
    file, text, where, expected, attempts = OF_FUNCTIONS[name]
    (tmp_path / "app.py").write_text(HEAD)
    (tmp_path / file).write_text(text.replace("WHERE", where))
    graph = scan(tmp_path, load_config(tmp_path))
    assert told(graph, "work") == expected
    retry = next(w for w in graph.workflows if w.unit == "app.py::work").retry
    assert (retry.attempts if retry is not None else None) == attempts


def test_a_cloud_function_hands_what_it_returns_to_its_destination(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(HEAD)
    (tmp_path / "serverless.yml").write_text(SERVERLESS.replace("WHERE", "destinations: {onSuccess: bury}"))
    assert told(scan(tmp_path, load_config(tmp_path)), "work") == ["bury"]


def test_a_queue_that_has_another_name_outside_its_template_keeps_its_dead_letters(tmp_path: Path) -> None:
    code = (
        "def serve():\n    sqs = boto3.client('sqs')\n    while True:\n"
        "        sqs.receive_message(QueueUrl='https://sqs/1/shop')\n"
        "        requests.post('https://shop.example.com', timeout=1)\n"
    )
    (tmp_path / "app.py").write_text(HEAD + code)
    (tmp_path / "template.yaml").write_text(TEMPLATE.replace("QUEUE", "Plain"))
    assert told(scan(tmp_path, load_config(tmp_path)), "serve") == ["dead letters go to Graves", "bury"]


STACK = """
from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as ends
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs

class Shop(Stack):
    def __init__(self, scope, id, **kwargs):
        super().__init__(scope, id, **kwargs)
        graves = sqs.Queue(self, "Graves", queue_name="graves")
        orders = sqs.Queue(self, "Orders", queue_name="orders"OF_QUEUE)
        code = lambda_.Code.from_asset(".")
        buries = lambda_.Function(self, "Bury", handler="app.bury", code=code)
        works = lambda_.Function(self, "Work", handler="app.work", code=codeOF_FUNCTION)
        works.add_event_source(sources.SqsEventSource(orders))
        TIE
"""
TIED = "buries.add_event_source(sources.SqsEventSource(graves))"


@pytest.mark.parametrize(
    ("of_queue", "of_function", "tie", "expected", "attempts"),
    [
        (
            ", dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=3, queue=graves)",
            "",
            TIED,
            ["dead letters go to graves", "bury"],
            3,
        ),
        ("", ", dead_letter_queue=graves", TIED, ["dead letters go to graves", "bury"], None),
        ("", ", dead_letter_queue=graves", "", ["dead letters go to graves"], None),
        (
            "",
            ", on_failure=ends.SqsDestination(graves), retry_attempts=1",
            TIED,
            ["dead letters go to graves", "bury"],
            2,
        ),
        ("", ", on_failure=ends.LambdaDestination(buries)", "", ["dead letters go to bury", "bury"], None),
        ("", ", on_success=ends.SqsDestination(graves)", TIED, [], None),
        ("", "", TIED, [], None),
    ],
)
def test_a_stack_says_where_the_failures_of_its_queues_and_functions_go(
    of_queue: str, of_function: str, tie: str, expected: list[str], attempts: int | None, tmp_path: Path
) -> None:
    stack = STACK.replace("OF_QUEUE", of_queue).replace("OF_FUNCTION", of_function).replace("TIE", tie)
    (tmp_path / "app.py").write_text(HEAD)
    (tmp_path / "stack.py").write_text(stack)
    graph = scan(tmp_path, load_config(tmp_path))
    assert told(graph, "work") == expected
    retry = next(one for one in graph.workflows if one.unit == "app.py::work").retry
    assert (retry.attempts if retry is not None else None) == attempts
