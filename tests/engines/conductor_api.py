"""What the tests ask a Conductor server over HTTP."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
_LONGEST_AWAY = 240
"""Seconds that a server which was killed may need to be back."""


def call(url: str, given: object = None, method: str = "") -> Any:
    """One request; the answer as JSON, or as text where it is none. It waits for a server that was killed."""
    data = None if given is None else json.dumps(given).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method or ("POST" if data else "GET"))
    text = _answered(request)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _answered(request: urllib.request.Request) -> str:
    end = time.monotonic() + _LONGEST_AWAY
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException) as error:
            was_sent = not isinstance(getattr(error, "reason", error), ConnectionRefusedError)
            if (was_sent and request.method != "GET") or time.monotonic() > end:
                raise
            time.sleep(0.1)


def started(address: str, workflow: str, given: object) -> str:
    """Start a workflow with a user's input; its id."""
    request = {"name": workflow, "version": 1, "input": {"input": given}}
    return str(call(f"{address}/api/workflow", request))


def ended(address: str, identifier: str, seconds: float) -> Json:
    """Wait for a workflow's end."""
    end = time.monotonic() + seconds
    while (found := call(f"{address}/api/workflow/{identifier}?includeTasks=false"))["status"] == "RUNNING":
        assert time.monotonic() < end, call(f"{address}/api/workflow/{identifier}?includeTasks=true")
        time.sleep(0.05)
    return found


def running(address: str, workflow: str) -> set[str]:
    """The ids of a workflow's executions that have not ended."""
    return set(call(f"{address}/api/workflow/running/{quote(workflow)}?version=1"))


def all_ended(address: str, workflows: Sequence[str], seconds: float) -> None:
    """Wait until no execution of these workflows is left."""
    end = time.monotonic() + seconds
    while left := {one for name in workflows for one in running(address, name)}:
        assert time.monotonic() < end, [call(f"{address}/api/workflow/{one}?includeTasks=true") for one in left]
        time.sleep(0.1)


def terminate(address: str, identifier: str) -> None:
    """End an execution."""
    call(f"{address}/api/workflow/{identifier}", method="DELETE")
