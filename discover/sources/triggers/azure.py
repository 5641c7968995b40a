"""Azure Functions of the first Python model: a folder per function, with its binding in `function.json`."""

from __future__ import annotations

from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, text_of

_SOURCES = {
    "queueTrigger": "queueName",
    "blobTrigger": "path",
    "eventHubTrigger": "eventHubName",
    "cosmosDBTrigger": "containerName",
    "kafkaTrigger": "topic",
}


def read_function(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The one trigger among the bindings."""
    content = file.mapping()
    script = text_of(content.get("scriptFile")) or "__init__.py"
    entry = text_of(content.get("entryPoint")) or "main"
    if not script.endswith(".py"):
        return
    starts = file.project.handler(f"{script.removesuffix('.py')}.{entry}", file.folder)
    name = file.folder.rpartition("/")[2]
    for binding in items(content.get("bindings")):
        kind = text_of(get(binding, "type"))
        line = line_of(binding, "type")
        if kind == "httpTrigger":
            route = text_of(get(binding, "route")) or name
            methods = tuple(text_of(method).upper() for method in items(get(binding, "methods")))
            yield file.declare(line, "http", starts, name=name, path="/api/" + route.lstrip("/"), methods=methods)
        elif kind == "timerTrigger":
            schedule = text_of(get(binding, "schedule"))
            yield file.declare(line, "schedule", starts, name=name, schedule=schedule)
        elif kind == "serviceBusTrigger":
            queue = text_of(get(binding, "queueName")) or text_of(get(binding, "topicName"))
            yield file.declare(line, "consumer", starts, name=name, queue=queue, service="service bus")
        elif kind in _SOURCES:
            queue = text_of(get(binding, _SOURCES[kind]))
            yield file.declare(line, "consumer", starts, name=name, queue=queue, service=kind)
        elif kind.endswith("Trigger"):
            yield file.declare(line, "hook", starts, name=name, service=kind)
