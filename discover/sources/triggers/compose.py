"""docker-compose files: what each service's container runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.config.safe_yaml import Plain, YamlMap
from discover.sources.packaging import join_folder
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.dockerfile import Image, read_image
from discover.sources.triggers.file import (
    TriggerFile,
    get,
    items,
    joined,
    line_of,
    mapping,
    text_of,
    words_of,
)

_SWARM_SCHEDULE = "swarm.cronjob.schedule"
_JOB = re.compile(r"(?:ofelia|chadburn)\.(?:job-(?:exec|run|local|service-run))\.(?P<job>[^.]+)\.(?P<field>\w+)")


def read_compose(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A process for each service that starts something of the project."""
    services = mapping(file.mapping().get("services"))
    built = {
        text_of(service["image"]): service
        for service in services.values()
        if isinstance(service, YamlMap) and service.get("build") and service.get("image")
    }
    for name, service in services.items():
        if isinstance(service, YamlMap):
            yield from _service(file, name, service, built, line_of(services, name))


def _service(
    file: TriggerFile, name: str, service: YamlMap, built: dict[str, YamlMap], line: int
) -> Iterator[DeclaredTrigger]:
    base_service = service if service.get("build") else built.get(text_of(service.get("image")), service)
    base, image = build_of(file, base_service)
    entry: str | list[str] = words_of(service.get("entrypoint")) or image.entry
    command: str | list[str] = words_of(service.get("command"))
    if not command and not service.get("entrypoint"):
        command = image.command
    line = next((line_of(service, key) for key in ("command", "entrypoint") if service.get(key)), line)
    folder = text_of(service.get("working_dir")) or image.folder
    words = joined(entry, command)
    environment = (*image.environment, *environment_of(service))
    labels = _labels(service)
    schedule, _ = labels.get(_SWARM_SCHEDULE, ("", 0))
    if words:
        kind = "schedule" if schedule else "process"
        yield from file.run(
            line, kind, words, folder=folder, base=base, environment=environment, name=name, schedule=schedule
        )
    for job, (command_line, every, at) in _scheduled(labels).items():
        yield from file.run(
            at, "schedule", command_line, folder=folder, base=base, environment=environment, name=job, schedule=every
        )


def _labels(service: YamlMap) -> dict[str, tuple[str, int]]:
    """A service's labels with their lines, its own and those of its deployment, from either form."""
    found: dict[str, tuple[str, int]] = {}
    for node in (service.get("labels"), get(service, "deploy", "labels")):
        if isinstance(node, YamlMap):
            found.update((key, (text_of(value), line_of(node, key))) for key, value in node.items())
        for item in items(node) if not isinstance(node, YamlMap) else ():
            key, _, value = text_of(item).partition("=")
            found[key] = (value, line_of(service, "labels"))
    return found


def _scheduled(labels: dict[str, tuple[str, int]]) -> dict[str, tuple[str, str, int]]:
    """What Ofelia runs in the container by its labels: command, schedule and line of each job."""
    jobs: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for key, (value, line) in labels.items():
        match = _JOB.fullmatch(key)
        if match:
            jobs.setdefault(match["job"], {})[match["field"]] = value
            lines.setdefault(match["job"], line)
    return {
        job: (fields["command"], fields["schedule"], lines[job])
        for job, fields in jobs.items()
        if fields.get("command") and fields.get("schedule")
    }


def build_of(file: TriggerFile, service: YamlMap) -> tuple[str, Image]:
    """The build context's folder, and the image built there."""
    build = service.get("build")
    context = text_of(build) if isinstance(build, str) else text_of(get(build, "context"))
    base = join_folder(file.folder, context or ".")
    base = file.folder if base is None else base
    if build is None:
        return base, Image()
    dockerfile = text_of(get(build, "dockerfile")) or "Dockerfile"
    path = join_folder(base, dockerfile)
    text = file.project.reader.text(path) if path else ""
    return base, read_image(text, text_of(get(build, "target")))


def environment_of(service: Plain) -> tuple[str, ...]:
    """What the service sets that tells where its code is, from either form of `environment`."""
    node = get(service, "environment")
    if isinstance(node, YamlMap):
        pairs = [f"{name}={text_of(value)}" for name, value in node.items()]
    else:
        pairs = [text_of(item) for item in items(node)]
    return tuple(pair for pair in pairs if pair.startswith(("FLASK_APP=", "PYTHONPATH=")))
