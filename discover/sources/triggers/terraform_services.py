"""Terraform: containers that run on a schedule or for ever, and schedules that call an address of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from discover.sources.records import DeclaredKind, DeclaredTrigger
from discover.sources.triggers.containers import quoted_words, written_commands
from discover.sources.triggers.file import TriggerFile
from discover.sources.triggers.hcl import Block

_REFERENCE = re.compile(r"(?P<kind>(?:aws|google)_\w+)\.(?P<name>[\w-]+)")
_JOBS = ("google_cloud_run_v2_job",)
_HOST = re.compile(r"^(?:\w+://)?(?:\$\{[^}]*\}|[^/]*)")


def read_services(file: TriggerFile, block: Block, known: Mapping[tuple[str, ...], Block]) -> Iterator[DeclaredTrigger]:
    """What one resource runs or calls, as far as that is no function of the cloud's."""
    kind, label = block.labels
    if kind == "aws_cloudwatch_event_target":
        rule = _referred(block.attributes.get("rule", ""), known)
        schedule = rule.attributes.get("schedule_expression", "") if rule is not None else ""
        task = block.inner("ecs_target")
        if task is not None:
            yield from _task(file, block, label, schedule, task, block.attributes.get("input", ""), known)
    elif kind == "aws_scheduler_schedule":
        target = block.inner("target")
        task = target.inner("ecs_parameters") if target is not None else None
        if target is not None and task is not None:
            schedule = block.attributes.get("schedule_expression", "")
            yield from _task(file, block, label, schedule, task, target.attributes.get("input", ""), known)
    elif kind == "aws_ecs_service":
        definition = _referred(block.attributes.get("task_definition", ""), known)
        yield from _run(file, block, "process", label, "", _commands(definition))
    elif kind == "google_cloud_scheduler_job":
        yield from _calls(file, block, known)


def _task(
    file: TriggerFile,
    block: Block,
    name: str,
    schedule: str,
    task: Block,
    given: str,
    known: Mapping[tuple[str, ...], Block],
) -> Iterator[DeclaredTrigger]:
    definition = _referred(task.attributes.get("task_definition_arn", ""), known)
    kind: DeclaredKind = "schedule" if schedule else "command"
    yield from _run(file, block, kind, name, schedule, written_commands(given) or _commands(definition))


def _calls(file: TriggerFile, block: Block, known: Mapping[tuple[str, ...], Block]) -> Iterator[DeclaredTrigger]:
    """Cloud Scheduler: an HTTP address, a path of App Engine, or a job of Cloud Run."""
    schedule = block.attributes.get("schedule", "")
    name = block.attributes.get("name") or block.labels[1]
    target = block.inner("http_target") or block.inner("app_engine_http_target")
    if target is None or not schedule:
        return
    uri = target.attributes.get("uri") or target.attributes.get("relative_uri", "")
    job = next((one for one in _all_referred(uri, known) if one.labels[0] in _JOBS), None)
    if job is not None:
        yield from _run(file, block, "schedule", name, schedule, _commands(job))
        return
    host = _HOST.match(uri)
    path = uri[host.end() :].partition("?")[0] if host else uri
    is_own = host is None or "${" in host[0] or not host[0]
    if path.startswith("/") and is_own and "googleapis.com" not in uri:
        method = target.attributes.get("http_method", "POST")
        yield file.declare(block.line, "schedule", name=name, path=path, methods=(method,), schedule=schedule)


def _run(
    file: TriggerFile, block: Block, kind: DeclaredKind, name: str, schedule: str, commands: list[list[str]]
) -> Iterator[DeclaredTrigger]:
    for words in commands:
        keep = kind == "schedule" and len(commands) == 1
        yield from file.run(block.line, kind, words, name=name, schedule=schedule, keep=keep)


def _commands(block: Block | None) -> list[list[str]]:
    """What the containers of a definition run."""
    if block is None:
        return []
    found = written_commands(block.attributes.get("container_definitions", ""))
    for inner in block.blocks:
        if inner.kind == "containers":
            words = [word for key in ("command", "args") for word in quoted_words(inner.attributes.get(key, ""))]
            found += [words] if words else []
        else:
            found += _commands(inner)
    return found


def _referred(text: str, known: Mapping[tuple[str, ...], Block]) -> Block | None:
    return next(iter(_all_referred(text, known)), None)


def _all_referred(text: str, known: Mapping[tuple[str, ...], Block]) -> list[Block]:
    found = [known.get((match["kind"], match["name"])) for match in _REFERENCE.finditer(text)]
    return [block for block in found if block is not None]
