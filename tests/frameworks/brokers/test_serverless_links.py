"""A cloud template says which queue calls which function; the code says what it sends: both ends meet by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover import load_config, scan

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Globals: {Function: {Runtime: python3.12, Environment: {Variables: {QUEUE_URL: !Ref Orders, MAILER: !Ref Mail}}}}
Resources:
  Orders: {Type: "AWS::SQS::Queue", Properties: {QueueName: shop-orders}}
  Placed:
    Type: AWS::SNS::Topic
    Properties: {TopicName: placed, Subscription: [{Protocol: sqs, Endpoint: !GetAtt Orders.Arn}]}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
  Audit:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.audit
      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {detail-type: [OrderPlaced]}}}}
  Log:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.log
      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop.log]}}}}
  Mail: {Type: "AWS::Serverless::Function", Properties: {Handler: app.mail, FunctionName: shop-mail}}
  Web: {Type: "AWS::Serverless::Function", Properties: {Handler: app.web}}
"""
CODE = """
import os
import boto3
from mangum import Mangum
def work(event, context): ...
def audit(event, context): ...
def mail(event, context): ...
def log(event, context): ...
web = Mangum(object())
def send():
    CALL
"""
CALLS = {
    'boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="")': ("publish", "work"),
    'boto3.client("sqs").send_message(QueueUrl="https://sqs.x/1/shop-orders", MessageBody="")': ("publish", "work"),
    'boto3.client("sns").publish(TopicArn="arn:aws:sns:x:1:placed", Message="")': ("publish", "work"),
    'boto3.client("events").put_events(Entries=[{"DetailType": "OrderPlaced"}])': ("publish", "audit"),
    'boto3.client("events").put_events(Entries=[{"Source": "shop.log", "DetailType": "Any"}])': ("publish", "log"),
    'boto3.client("events").put_events(Entries=[{"Source": "shop.other", "DetailType": "Any"}])': None,
    'boto3.client("lambda").invoke(FunctionName="shop-mail")': ("dispatch", "mail"),
    'boto3.client("lambda").invoke(FunctionName=os.environ["MAILER"])': ("dispatch", "mail"),
    'boto3.client("lambda").invoke(FunctionName="other-mail")': None,
    'boto3.client("sqs").send_message(QueueUrl="https://sqs.x/1/others", MessageBody="")': None,
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_sent_reaches_the_function_that_the_template_ties_to_it(call: str, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "app.py").write_text(CODE.replace("CALL", call))
    graph = scan(tmp_path, load_config(tmp_path, None))
    hops = {(e.kind, e.target.rpartition("::")[2]) for e in graph.edges if e.kind != "call"}
    assert hops == ({CALLS[call]} if CALLS[call] else set())


def test_a_handler_made_of_a_library_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "app.py").write_text(CODE.replace("CALL", "pass"))
    graph = scan(tmp_path, load_config(tmp_path, None))
    assert [u.what for u in graph.unresolved if u.at == "template.yaml"] == []


SERVERLESS = """
service: shop
provider: {name: aws, runtime: python3.12, stage: "${opt:stage, 'live'}"}
functions:
  work: {handler: app.work, name: "orders-${opt:stage, 'live'}"}
  mail: {handler: app.mail}
  audit: {handler: app.audit, events: [{eventBridge: {schedule: "rate(1 hour)"}}]}
"""


@pytest.mark.parametrize(
    ("name", "reached"), [("orders-live", ["app.py::work"]), ("shop-live-mail", ["app.py::mail"]), ("mail-live", [])]
)
def test_a_function_is_called_by_its_name_on_the_platform(tmp_path: Path, name: str, reached: list[str]) -> None:
    (tmp_path / "serverless.yml").write_text(SERVERLESS)
    call = f'boto3.client("lambda").invoke(FunctionName="{name}")'
    (tmp_path / "app.py").write_text(CODE.replace("CALL", call))
    graph = scan(tmp_path, load_config(tmp_path), workers=1)
    assert [edge.target for edge in graph.edges if edge.kind == "dispatch"] == reached
    assert [(t.handler, t.detail.schedule) for t in graph.triggers if t.kind == "schedule"] == [
        ("app.py::audit", "rate(1 hour)")
    ]
