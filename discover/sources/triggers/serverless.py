"""The Serverless Framework's `serverless.yml`: functions and the events that call them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from discover.config.safe_yaml import Plain, YamlError, YamlList, YamlMap, parse_yaml
from discover.sources.packaging import join_folder
from discover.sources.records import Command, DeclaredTrigger
from discover.sources.triggers.destinations import of_serverless
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of
from discover.sources.triggers.resources import aliases, event_sources, event_types, name_of, settings, short

_INCLUDE = re.compile(r"\$\{file\((?P<path>[^)]+)\)(?::(?P<key>[\w.]+))?\}")
_VARIABLE = re.compile(r"\$\{(?:self:(?P<self>[\w.]+)|\w+:[\w.]+)(?:,\s*(?P<default>[^{}$]+))?\}")
_QUEUES = {
    "sqs": ("arn", "queueName"),
    "sns": ("arn", "topicName"),
    "s3": ("bucket",),
    "stream": ("arn",),
    "kafka": ("topic",),
    "msk": ("topic",),
    "activemq": ("queue",),
    "rabbitmq": ("queue",),
    "eventBridge": ("eventBus", "pattern"),
    "cloudwatchLog": ("logGroup",),
    "iot": ("sql",),
    "pubsub": ("topic",),
}


def read_serverless(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each event of each function; a function without events is called by others."""
    content = file.mapping()
    yield from aliases(file, get(content, "resources", "Resources"))
    yield from settings(file, get(content, "provider", "environment"))
    declared = content.get("functions")
    for part in declared if isinstance(declared, YamlList) else [declared]:
        for name, function in mapping(_included(file, part)).items():
            yield from settings(file, get(function, "environment"))
            starts = _starts(file, content, function) if isinstance(function, YamlMap) else None
            if starts is not None:
                yield from of_serverless(file, mapping(function), starts)
                yield _expanded(_called(file, content, name, mapping(function)), content)
                for trigger in _function(file, name, mapping(function), starts):
                    yield _expanded(trigger, content)


def _called(file: TriggerFile, content: YamlMap, name: str, function: YamlMap) -> DeclaredTrigger:
    """The name by which the platform knows a function, where code calls it by that."""
    service = text_of(content.get("service")) or text_of(get(content, "service", "name"))
    stage = text_of(get(content, "provider", "stage")) or "dev"
    called = text_of(function.get("name")) or f"{service}-{stage}-{name}"
    return file.declare(line_of(function, "handler"), "alias", name=called, queue=name)


def _starts(file: TriggerFile, content: YamlMap, function: YamlMap) -> Command | None:
    """What the function runs; None when that is not Python."""
    handler = text_of(function.get("handler"))
    runtime = text_of(function.get("runtime")) or text_of(get(content, "provider", "runtime"))
    if not handler or (runtime and "python" not in runtime and "${" not in runtime):
        return None
    application = text_of(get(content, "custom", "wsgi", "app"))
    if application and handler in ("wsgi_handler.handler", "wsgi.handler"):
        module, _, attribute = application.rpartition(".")
        module = module.replace("/", ".")
        path = file.project.handler(application, file.folder).path
        return Command(
            kind="server", text=handler, name="wsgi", app=f"{module}:{attribute}", folder=file.folder, path=path
        )
    starts = file.project.handler(handler, file.folder)
    return starts if starts.path or "python" in runtime else None


def _expanded(trigger: DeclaredTrigger, content: YamlMap) -> DeclaredTrigger:
    """The record with `${self:custom.queue}` and the defaults of `${opt:stage, 'dev'}` filled in."""

    def value(match: re.Match[str]) -> str:
        found = text_of(get(content, *match["self"].split("."))) if match["self"] else ""
        return found or (match["default"] or "").strip(" '\"") or match[0]

    change: dict[str, str] = {}
    for name in ("queue", "schedule", "path", *(["name"] if trigger.kind == "alias" else [])):
        text: str = getattr(trigger, name)
        if "${" in text:
            change[name] = _VARIABLE.sub(value, _VARIABLE.sub(value, text))
    queue = change.get("queue", trigger.queue)
    if queue != short(queue):
        change["queue"] = short(queue)
    return msgspec.structs.replace(trigger, **change) if change else trigger


def _included(file: TriggerFile, node: Plain) -> Plain:
    """`${file(functions/orders.yml):key}` as the other file's content."""
    match = _INCLUDE.fullmatch(node.strip()) if isinstance(node, str) else None
    if match is None:
        return node
    path = join_folder(file.folder, match["path"])
    try:
        content = next(iter(parse_yaml(file.project.reader.text(path or ""))), None)
    except YamlError:
        return None
    return get(content, *match["key"].split(".")) if match["key"] else content


def _function(file: TriggerFile, name: str, function: YamlMap, starts: Command) -> Iterator[DeclaredTrigger]:
    events = items(_included(file, function.get("events")))
    line = line_of(function, "handler")
    if not events:
        yield file.declare(line, "hook", starts, name=name, service="invoke")
    for event in events:
        if isinstance(event, str):
            event_map = YamlMap(line)
            event_map[event] = None
        else:
            event_map = mapping(event)
        kind = next(iter(event_map), "")
        detail = event_map.get("route", name) if event_map.get(kind) is True else event_map.get(kind)
        if kind:
            yield from _event(file, line_of(event_map, kind) or line, name, kind, detail, starts)


def _event(
    file: TriggerFile, line: int, name: str, kind: str, detail: Plain, starts: Plain
) -> Iterator[DeclaredTrigger]:
    if kind in ("http", "httpApi", "alb", "url"):
        path, methods = _route(detail)
        yield file.declare(line, "http", starts, name=name, path=path, methods=methods, service=kind)
    elif kind == "schedule":
        rates = detail.get("rate") if isinstance(detail, YamlMap) else detail
        for rate in items(rates) or [rates]:
            yield file.declare(line, "schedule", starts, name=name, schedule=text_of(rate), service=kind)
    elif kind == "websocket":
        route = text_of(detail) or text_of(get(detail, "route"))
        yield file.declare(line, "websocket", starts, name=name, path=route, service=kind)
    elif kind == "eventBridge" and text_of(get(detail, "schedule")):
        yield file.declare(line, "schedule", starts, name=name, schedule=text_of(get(detail, "schedule")), service=kind)
    elif kind == "eventBridge" and event_types(get(detail, "pattern")):
        for event in event_types(get(detail, "pattern")):
            yield file.declare(line, "consumer", starts, name=name, queue=event, service=kind)
    elif kind == "eventBridge" and event_sources(get(detail, "pattern")):
        for source in event_sources(get(detail, "pattern")):
            yield file.declare(line, "consumer", starts, name=name, queue=source, service="eventsource")
    elif kind in _QUEUES:
        queue = text_of(detail) or next((found for key in _QUEUES[kind] if (found := name_of(get(detail, key)))), "")
        yield file.declare(line, "consumer", starts, name=name, queue=queue, service=kind)
    else:
        yield file.declare(line, "hook", starts, name=name, service=kind)


def _route(detail: Plain) -> tuple[str, tuple[str, ...]]:
    if isinstance(detail, YamlMap):
        method = text_of(detail.get("method"))
        path = text_of(detail.get("path")) or text_of(get(detail, "conditions", "path"))
    else:
        method, _, path = text_of(detail).strip().partition(" ")
        if not path:
            method, path = "*", method
    path = path.strip() or "/"
    every = method.upper() in ("", "*", "ANY")
    return (path if path.startswith(("/", "*", "$")) else "/" + path), (() if every else (method.upper(),))
