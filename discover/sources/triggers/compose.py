"""docker-compose files: what each service's container runs."""

from __future__ import annotations

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
    if words:
        environment = (*image.environment, *environment_of(service))
        yield from file.run(line, "process", words, folder=folder, base=base, environment=environment, name=name)


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
