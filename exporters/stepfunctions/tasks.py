"""States that call the workers' function, and the policy of their retries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from exporters.canonical.records import Decision, Retry, Step, While
from exporters.stepfunctions.jsonata import embedded, key
from exporters.stepfunctions.scope import State

WORKERS = "${Workers}"
"""The function's name; the template puts it in."""
_INVOKE = "arn:aws:states:::lambda:invoke"
_SERVICE_ERRORS: State = {
    "ErrorEquals": [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
        "Lambda.Unknown",
        "Runtime.ExitError",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 3,
    "BackoffRate": 2,
}
"""What the manual of Step Functions asks every state with a function to try again; and a function that has died."""


def invoke(payload: Mapping[str, Any]) -> State:
    """A state that calls the workers' function."""
    return {
        "Type": "Task",
        "Resource": _INVOKE,
        "Arguments": {"FunctionName": WORKERS, "Payload": dict(payload)},
        "Retry": [_SERVICE_ERRORS],
    }


def perform(element: Step | Decision | While, variables: str) -> State:
    """A state that does a step or asks a condition."""
    inputs = {name: embedded(f"${variables}.{key(variable)}") for name, variable in element.inputs.items()}
    return invoke({"step": element.id, "inputs": inputs, "context": embedded("$context")})


def native_retry(retry: Retry, names: list[str]) -> State | None:
    """The policy as Step Functions itself keeps it: whole seconds, a known number of tries. None where it can't."""
    delay = 1.0 if retry.delay is None else retry.delay
    backoff = retry.backoff or 1.0
    limit = retry.max_delay
    if retry.attempts is None or delay < 1 or delay != int(delay) or backoff < 1:
        return None
    if limit is not None and (limit != int(limit) or limit <= delay):
        return None
    state: State = {
        "ErrorEquals": names,
        "IntervalSeconds": int(delay),
        "MaxAttempts": max(0, retry.attempts - 1),
        "BackoffRate": backoff,
    }
    if limit is not None:
        state["MaxDelaySeconds"] = int(limit)
    if retry.jitter:
        state["JitterStrategy"] = "FULL"
    return state


def delay_of(retry: Retry, tries: str, asked: str) -> str:
    """Seconds until the next try as JSONata: what the code asked for, else what the policy says."""
    first = 1.0 if retry.delay is None else retry.delay
    told = f"{first:g} * $power({retry.backoff:g}, ${tries})" if retry.backoff not in {None, 1.0} else f"{first:g}"
    if retry.max_delay is not None:
        told = f"$min([{retry.max_delay:g}, {told}])"
    if retry.jitter:
        told = f"$random() * {told}"
    return f"($asked := {asked}; $type($asked) = 'number' ? $asked : {told})"


def whole_seconds(seconds: float) -> int:
    """A limit of time, for fields that know whole seconds only."""
    return max(1, math.ceil(seconds))
