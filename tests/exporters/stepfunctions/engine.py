"""Step Functions, as moto plays it: the machines of a definition, with their function in this process."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import boto3
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
from jsonata import Jsonata
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

_CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
_ACCOUNT, _REGION = "123456789012", "us-east-1"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/any"
_ARN = f"arn:aws:states:{_REGION}:{_ACCOUNT}:stateMachine:"


class Engine:
    """Machines by the placeholder of their name."""

    def __init__(self, machines: dict[str, dict[str, Any]]) -> None:
        self._client: Any = boto3.client("stepfunctions", region_name=_REGION)
        for name, document in machines.items():
            text = json.dumps(document).replace("${Workers}", "workers")
            for other in machines:
                text = text.replace(f"${{{other}}}", f"{_ARN}{other}")
            self._client.create_state_machine(name=name, definition=text, roleArn=_ROLE)

    def run(self, name: str, given: object, seconds: float = 30, *, alone: bool = True) -> dict[str, Any]:
        """Start a machine and wait until it has ended (`alone`: until nothing runs any more); what became of it."""
        execution = self.begin(name, given)
        end = time.monotonic() + seconds
        while execution in (running := self.running()) or (alone and running):
            if time.monotonic() > end:
                break
            time.sleep(0.02)
        return self._client.describe_execution(executionArn=execution)

    def begin(self, name: str, given: object) -> str:
        """Start a machine; the execution's ARN."""
        # AWS makes a name up where none is given; moto calls each such execution "None".
        arguments = {"stateMachineArn": f"{_ARN}{name}", "name": uuid.uuid4().hex, "input": json.dumps(given)}
        return self._client.start_execution(**arguments)["executionArn"]

    def running(self) -> set[str]:
        """The executions that are under way, from moto itself: by its API, each look would be hundreds of requests."""
        machines = stepfunctions_parser_backends[_ACCOUNT][_REGION].state_machines
        found: list[Any] = [execution for machine in machines for execution in [*machine.executions]]
        # One that is about to begin has no status yet.
        return {one.exec_arn for one in found if one.exec_status in {None, ExecutionStatus.RUNNING}}

    def stop(self) -> None:
        """End what is under way."""
        for execution in self.running():
            self._client.stop_execution(executionArn=execution)


class FunctionError(Exception):
    """What a function elsewhere has told of its error."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told)
        self.told = told


@contextmanager
def engine(machines: dict[str, dict[str, Any]], handle: Callable[..., Any]) -> Generator[Engine]:
    """moto with the function that serves the states.

    What moto lacks is given to it: an evaluator of JSONata, AWS's `$parse`, and the spelling of two integrations.
    """

    def invoke(
        _self: object, name: str, _qualifier: str, body: str, _headers: object, response_headers: dict[str, str]
    ) -> bytes:
        try:
            told = handle(json.loads(body), name.rpartition(":")[2])
        except Exception as error:  # noqa: BLE001 - whatever the backend raises
            response_headers["x-amz-function-error"] = "Unhandled"
            told = {"errorMessage": str(error), "errorType": type(error).__name__}
            told = error.told if isinstance(error, FunctionError) else told
        return json.dumps(told).encode()

    before: Any = LambdaSimpleBackend.invoke
    starts: Any = StateTaskServiceSfn._eval_service_task
    looks: Any = StateTaskServiceAwsSdk._eval_service_task
    os.environ.setdefault("AWS_DEFAULT_REGION", _REGION)
    moto_jsonata._eval_jsonata = _evaluated  # type: ignore[attr-defined]
    LambdaSimpleBackend.invoke = invoke  # type: ignore[method-assign]
    StateTaskServiceSfn._eval_service_task = _as_boto_spells(starts)  # type: ignore[method-assign]
    StateTaskServiceAwsSdk._eval_service_task = _as_aws_spells(_as_boto_spells(looks))  # type: ignore[method-assign]
    try:
        with mock_aws(config=_CONFIG):
            yield Engine(machines)
    finally:
        LambdaSimpleBackend.invoke = before
        StateTaskServiceSfn._eval_service_task = starts
        StateTaskServiceAwsSdk._eval_service_task = looks


def _as_boto_spells(service: Callable[..., None]) -> Callable[..., None]:
    """An integration with its parameters as boto3 spells them: `stateMachineArn`."""

    def called(self: object, *, normalised_parameters: dict[str, Any], **others: object) -> None:
        spelt = {name[0].lower() + name[1:]: value for name, value in normalised_parameters.items()}
        service(self, normalised_parameters=spelt, **others)

    return called


def _as_aws_spells(service: Callable[..., None]) -> Callable[..., None]:
    """An integration with AWS's SDK whose answer is spelt as AWS does (`Status`), with times as texts."""

    def called(self: object, *, env: Any, **others: object) -> None:
        service(self, env=env, **others)
        answer = env.stack.pop()
        spelt = {name[0].upper() + name[1:]: value for name, value in answer.items()}
        env.stack.append(json.loads(json.dumps(spelt, default=str)))

    return called


def _evaluated(expression: str) -> object:
    made = Jsonata(expression)
    made.register_lambda("parse", json.loads)
    return made.evaluate(None)
