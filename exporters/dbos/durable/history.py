"""What has happened, as the database tells it: the runs of a workflow, and each element that they came to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from exporters.dbos.durable.engine import ACTIVE, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One element, once."""

    element: str
    run: str
    """The id of the run that it belongs to, as the database has it."""
    status: str
    """`taken`, `retried` (it failed, another try follows), `failed`, `waiting`."""
    tries: int = 1
    """The number of the try."""
    started: float | None = None
    """Seconds since 1970."""
    ended: float | None = None
    error: str = ""
    said: str = ""
    """A condition's answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """One run of a workflow: the first one, or one that another has started."""

    id: str
    run: str
    """The id of the run in the definition."""
    status: str
    """`done`, `failed`, `running`, `waiting` (for its time), `dropped` (what it comes after has failed)."""
    tries: int = 1
    started: float | None = None
    ended: float | None = None
    due: float | None = None
    result: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a workflow's run came to, in the order in which things happened."""

    id: str
    ok: bool
    status: str
    """`done`, `failed` or `running`."""
    result: Any = None
    error: str = ""
    runs: tuple[RunState, ...] = ()
    events: tuple[Happened, ...] = ()
    unheard: tuple[str, ...] = field(default_factory=tuple)
    """Work that was sent and that no run of the definition receives."""


def report(dbos: Any, run_id: str) -> RunReport | None:
    """A run, read from `DBOS` itself or from a client; None when the database does not know it."""
    rows = sorted(rows_of(dbos, run_id), key=lambda row: _order(row.workflow_id[len(run_id) :]))
    states = [_state(row) for row in rows if _is_run(row)]
    if not states:
        return None
    events: list[Happened] = []
    unheard: list[str] = []
    owners = {row.workflow_id: row for row in rows}
    for row in rows:
        found = list(dbos.list_workflow_steps(row.workflow_id))
        events += _events(found, active=row.status in ACTIVE, owner=_owner(row, owners))
        unheard += [message["name"] for step in found for message in _sent(step) if not message["run"]]
    events.sort(key=lambda event: event.started or 0.0)
    first = states[0]
    running = any(state.status in {"running", "waiting"} for state in states)
    failed = any(state.status == "failed" for state in states)
    return RunReport(
        id=run_id,
        ok=not running and not failed,
        status="running" if running else "failed" if failed else "done",
        result=first.result,
        error=next((state.error for state in states if state.error), ""),
        runs=tuple(states),
        events=tuple(events),
        unheard=tuple(dict.fromkeys(unheard)),
    )


def kept(row: Any) -> dict[str, str]:
    """What a run keeps of its definition: `digest` and `definition`."""
    return row.input["args"][3]


def first_runs(dbos: Any) -> Iterator[Any]:
    """The records of all runs that were started from outside, in the order of their start."""
    for row in dbos.list_workflows():
        if _is_run(row) and kept(row):
            yield row


def _is_run(row: Any) -> bool:
    return row.name.endswith(".run") and row.input is not None and len(row.input["args"]) == 4


def _owner(row: Any, rows: dict[str, Any]) -> str:
    """A part that happens side by side belongs to the run around it."""
    name = row.workflow_id
    while name in rows and not _is_run(rows[name]) and "." in name:
        name = name.rpartition(".")[0]
    return name


def _order(path: str) -> list[int]:
    return [int(part) for part in path.split(".") if part.isdigit()]


def _state(row: Any) -> RunState:
    run, context = row.input["args"][0], row.input["args"][1]
    output: dict[str, Any] = row.output or {}
    due = context["origin"].get("due")
    status = {"ended": "done", "failed": "failed", "dropped": "dropped"}.get(output.get("kind", ""), "failed")
    if row.status in ACTIVE:
        status = "waiting" if due and due > time.time() else "running"
    error: dict[str, Any] | None = output.get("error")
    told = f"{error['types'][0].removeprefix('builtins.')}: {error['message']}" if error else ""
    return RunState(
        id=row.workflow_id,
        run=run,
        status=status,
        tries=output.get("tries", 1),
        started=_seconds(row.created_at),
        ended=None if row.status in ACTIVE else _seconds(row.updated_at),
        due=due,
        result=output.get("result"),
        error=told or (str(row.error) if row.error is not None else ""),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


_OF_THE_LIBRARY = "DBOS."
"""How the steps begin that the library itself notes, such as asking a branch for its end."""


def _sent(step: Any) -> list[Any]:
    output = step["output"]
    sent = output.get("sent") if isinstance(output, dict) else None
    return sent if isinstance(sent, list) else []  # the end of a branch repeats what its own steps have sent


def _events(steps: list[Any], *, active: bool, owner: str) -> Iterator[Happened]:
    for number, step in enumerate(steps):
        output = step["output"]
        name = step["function_name"]
        if not isinstance(output, dict) or "kind" not in output or name in {"retry", "now"} or name.endswith(".answer"):
            continue
        if name.startswith(_OF_THE_LIBRARY):
            continue
        if output["kind"] == "again" and "tries" not in output:
            continue
        later = any(other["function_name"] == name for other in steps[number + 1 :])
        status = _status(output, later=later, active=active)
        error = output.get("error")
        yield Happened(
            element=name,
            run=owner,
            status=status,
            tries=output.get("attempt", 0) + output.get("tries", 1),
            started=_seconds(step["started_at_epoch_ms"]),
            ended=output["until"] if output["kind"] == "wait" else _seconds(step["completed_at_epoch_ms"]),
            error=error["message"] if error else "",
            said=_said(output),
        )


def _status(output: dict[str, Any], *, later: bool, active: bool) -> str:
    match output["kind"]:
        case "wait":
            if active and output["until"] > time.time():
                return "waiting"
            return "failed" if output.get("late") else "taken"
        case "again":
            return "retried" if later or active else "failed"
        case "failed" | "overdue":
            return "retried" if later else "failed"
        case "refused":
            return "failed"
        case _:
            return "taken"


def _said(output: dict[str, Any]) -> str:
    case = (output.get("outputs") or {}).get("case")
    return {True: "yes", False: "no"}.get(case, "") if isinstance(case, bool) else ""
