"""Schedules of CI services: GitHub Actions, GitLab and CircleCI, with the project's commands that their jobs run."""

from __future__ import annotations

from collections.abc import Iterator

from discover.config.safe_yaml import Plain, YamlMap
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of


def read_github(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The `run` steps of a workflow that has a schedule."""
    content = file.mapping()
    crons = [text_of(get(item, "cron")) for item in items(get(content, "on", "schedule"))]
    schedule = ", ".join(cron for cron in crons if cron)
    if not schedule:
        return
    name = text_of(content.get("name")) or file.path.rpartition("/")[2]
    for job in mapping(content.get("jobs")).values():
        for step in items(get(job, "steps")):
            command = text_of(get(step, "run"))
            if command:
                line = line_of(step, "run")
                folder = text_of(get(step, "working-directory")) or text_of(
                    get(job, "defaults", "run", "working-directory")
                )
                yield from file.run(
                    line,
                    "schedule",
                    command,
                    folder=folder,
                    base="",
                    name=name,
                    schedule=schedule,
                    service="github actions",
                )


def read_gitlab(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The scripts of jobs that run only on schedules; GitLab keeps the times themselves outside the repository."""
    for name, job in file.mapping().items():
        if isinstance(job, YamlMap) and _is_scheduled(job):
            for key in ("before_script", "script"):
                lines = items(job.get(key)) or [job.get(key)]
                command = "\n".join(text_of(line) for line in lines if text_of(line))
                if key == "script" and command:
                    yield from file.run(
                        line_of(job, key),
                        "schedule",
                        command,
                        base="",
                        name=name,
                        schedule="by GitLab",
                        service="gitlab",
                    )


def _is_scheduled(job: YamlMap) -> bool:
    only = job.get("only")
    refs = items(only) or items(get(only, "refs")) or [only]
    if "schedules" in refs:
        return True
    rules = (text_of(get(rule, "if")) for rule in items(job.get("rules")))
    return any("CI_PIPELINE_SOURCE" in rule and "schedule" in rule and "!=" not in rule for rule in rules)


def read_circleci(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The `run` steps of jobs in workflows with a schedule trigger."""
    content = file.mapping()
    jobs = mapping(content.get("jobs"))
    for name, workflow in mapping(content.get("workflows")).items():
        crons = [text_of(get(item, "schedule", "cron")) for item in items(get(workflow, "triggers"))]
        schedule = ", ".join(cron for cron in crons if cron)
        if schedule:
            for item in items(get(workflow, "jobs")):
                job = item if isinstance(item, str) else next(iter(mapping(item)), "")
                yield from _circle_job(file, jobs.get(job), name, schedule)


def _circle_job(file: TriggerFile, job: Plain, name: str, schedule: str) -> Iterator[DeclaredTrigger]:
    for step in items(get(job, "steps")):
        run = get(step, "run")
        command = text_of(run) or text_of(get(run, "command"))
        if command:
            folder = text_of(get(run, "working_directory"))
            yield from file.run(
                line_of(step, "run"),
                "schedule",
                command,
                folder=folder,
                base="",
                name=name,
                schedule=schedule,
                service="circleci",
            )
