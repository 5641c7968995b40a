"""Manifests of hosting platforms: Heroku's and Dokku's app.json, Render's render.yaml, App Engine's cron.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from discover.sources.records import DeclaredKind, DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of


def read_app_json(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """Scripts around a deployment, and Dokku's cron entries."""
    content = file.mapping()
    scripts = mapping(content.get("scripts"))
    for name, command in scripts.items():
        text = text_of(command) or text_of(get(command, "command"))
        yield from file.run(line_of(scripts, name), "command", text, name=name)
    for entry in items(content.get("cron")):
        schedule = text_of(get(entry, "schedule"))
        yield from file.run(
            line_of(entry, "command"), "schedule", text_of(get(entry, "command")), schedule=schedule, keep=True
        )


def read_render(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """Render's services, workers and cron jobs."""
    for service in items(file.mapping().get("services")):
        kind: DeclaredKind = "schedule" if text_of(get(service, "type")) in ("cron", "cron_job") else "process"
        key = next((key for key in ("startCommand", "dockerCommand") if text_of(get(service, key))), "")
        if key:
            yield from file.run(
                line_of(service, key),
                kind,
                text_of(get(service, key)),
                folder=text_of(get(service, "rootDir")),
                name=text_of(get(service, "name")),
                schedule=text_of(get(service, "schedule")),
                keep=kind == "schedule",
            )


def read_app_engine_cron(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """App Engine calls a URL of the application on a schedule."""
    for entry in items(file.mapping().get("cron")):
        url, schedule = text_of(get(entry, "url")), text_of(get(entry, "schedule"))
        if url and schedule:
            name = text_of(get(entry, "description"))
            line = line_of(entry, "url")
            yield file.declare(line, "schedule", name=name, path=url, methods=("GET",), schedule=schedule)
