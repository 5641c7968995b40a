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
        environment = environment_of(service)
        yield from _with_environment(
            file.run(line, "process", words, folder=folder, base=base, name=name), environment
        )


def _with_environment(triggers: Iterator[DeclaredTrigger], environment: dict[str, str]) -> Iterator[DeclaredTrigger]:
    """The application that `FLASK_APP` names, where the command itself names none."""
    import msgspec

    application = environment.get("FLASK_APP", "")
    for trigger in triggers:
        starts = trigger.starts
        if application and starts and not starts.app and (starts.kind == "flask" or starts.name == "flask"):
            module = application.removesuffix(".py").replace("/", ".")
            trigger = msgspec.structs.replace(trigger, starts=msgspec.structs.replace(starts, app=module))
        yield trigger


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


def environment_of(service: Plain) -> dict[str, str]:
    """The service's environment, from either of its two forms."""
    node = get(service, "environment")
    if isinstance(node, YamlMap):
        return {name: text_of(value) for name, value in node.items()}
    pairs = (text_of(item).partition("=") for item in items(node))
    return {name: value for name, _, value in pairs}
