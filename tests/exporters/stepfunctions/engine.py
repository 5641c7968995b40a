"""Step Functions, as moto plays it: the machines of a definition, with their function in this process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import boto3
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
from jsonata import Jsonata
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend

_CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
_ROLE = "arn:aws:iam::123456789012:role/any"
_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:"


class Engine:
    """Machines by the placeholder of their name."""

    def __init__(self, machines: dict[str, dict[str, Any]]) -> None:
        self._client: Any = boto3.client("stepfunctions", region_name="us-east-1")
        for name, document in machines.items():
            text = json.dumps(document).replace("${Workers}", "workers")
            for other in machines:
                text = text.replace(f"${{{other}}}", f"{_ARN}{other}")
            self._client.create_state_machine(name=name, definition=text, roleArn=_ROLE)

    def run(self, name: str, given: object, seconds: float = 30) -> dict[str, Any]:
        """Start a machine and wait until nothing runs any more; what became of the execution."""
        started = self._client.start_execution(stateMachineArn=f"{_ARN}{name}", input=json.dumps(given))
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._is_busy():
            time.sleep(0.02)
        return self._client.describe_execution(executionArn=started["executionArn"])

    def _is_busy(self) -> bool:
        machines = self._client.list_state_machines()["stateMachines"]
        return any(
            self._client.list_executions(stateMachineArn=m["stateMachineArn"], statusFilter="RUNNING")["executions"]
            for m in machines
        )


@contextmanager
def engine(machines: dict[str, dict[str, Any]], handle: Callable[[Any], Any]) -> Generator[Engine]:
    """moto with the function that serves the states; it lacks an evaluator of JSONata and AWS's `$parse`."""

    def invoke(
        _self: object, _name: str, _qualifier: str, body: str, _headers: object, response_headers: dict[str, str]
    ) -> bytes:
        try:
            told = handle(json.loads(body))
        except Exception as error:  # noqa: BLE001 - whatever the backend raises
            response_headers["x-amz-function-error"] = "Unhandled"
            told = {"errorMessage": str(error), "errorType": type(error).__name__}
        return json.dumps(told).encode()

    before: Any = LambdaSimpleBackend.invoke
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    moto_jsonata._eval_jsonata = _evaluated  # type: ignore[attr-defined]
    LambdaSimpleBackend.invoke = invoke  # type: ignore[method-assign]
    try:
        with mock_aws(config=_CONFIG):
            yield Engine(machines)
    finally:
        LambdaSimpleBackend.invoke = before


def _evaluated(expression: str) -> object:
    made = Jsonata(expression)
    made.register_lambda("parse", json.loads)
    return made.evaluate(None)
