"""SAM and CloudFormation templates: functions, their events, rules and event source mappings."""

from __future__ import annotations

from collections.abc import Iterator

from discover.config.safe_yaml import YamlMap
from discover.sources.records import Command, DeclaredKind, DeclaredTrigger
from discover.sources.triggers.containers import written_commands
from discover.sources.triggers.destinations import of_template
from discover.sources.triggers.file import TriggerFile, get, items, joined, line_of, mapping, text_of, words_of
from discover.sources.triggers.resources import aliases, event_sources, event_types, name_of, settings, short

_SOURCES = {
    "SQS": ("Queue",),
    "SNS": ("Topic",),
    "S3": ("Bucket",),
    "DynamoDB": ("Stream",),
    "Kinesis": ("Stream",),
    "MSK": ("Topics", "Stream"),
    "MQ": ("Queues", "Broker"),
    "SelfManagedKafka": ("Topics",),
    "DocumentDB": ("Collection", "Cluster"),
    "CloudWatchLogs": ("LogGroupName",),
    "EventBridgeRule": ("EventBusName",),
    "CloudWatchEvent": ("EventBusName",),
}


def read_cloudformation(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each event of each function that runs Python."""
    content = file.mapping()
    shared = mapping(get(content, "Globals", "Function"))
    resources = {name: node for name, node in mapping(content.get("Resources")).items() if isinstance(node, YamlMap)}
    functions: dict[str, tuple[Command, int]] = {}
    for name, resource in resources.items():
        if text_of(resource.get("Type")) in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
            properties = mapping(resource.get("Properties"))
            runtime = text_of(properties.get("Runtime") or shared.get("Runtime"))
            handler = text_of(properties.get("Handler") or shared.get("Handler"))
            if handler and (not runtime or "python" in runtime):
                code = text_of(properties.get("CodeUri") or shared.get("CodeUri") or properties.get("Code"))
                starts = file.project.handler(handler, file.folder, code.strip("/") if "://" not in code else "")
                functions[name] = (starts, line_of(properties, "Handler") or resource.line)
        yield from settings(file, get(resource, "Properties", "Environment", "Variables"))
    yield from settings(file, get(content, "Globals", "Function", "Environment", "Variables"))
    yield from aliases(file, content.get("Resources"))
    yield from _containers(file, resources)
    yield from of_template(file, resources, functions)
    called: set[str] = set()
    for trigger, name in _events(file, resources, functions, shared):
        called.add(name)
        yield trigger
    for name, (starts, line) in functions.items():
        if name not in called:
            yield file.declare(line, "hook", starts, name=name, service="invoke")


def _containers(file: TriggerFile, resources: dict[str, YamlMap]) -> Iterator[DeclaredTrigger]:
    """Tasks of ECS that a rule or a schedule starts, and services, which run for ever."""
    for label, resource in resources.items():
        kind, properties = text_of(resource.get("Type")), mapping(resource.get("Properties"))
        if kind == "AWS::ECS::Service":
            definition = short(name_of(properties.get("TaskDefinition")))
            for words in _commands(resources.get(definition)):
                yield from file.run(resource.line, "process", words, name=label)
        elif kind in ("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
            schedule = text_of(properties.get("ScheduleExpression"))
            for target in items(properties.get("Targets")) or [properties.get("Target")]:
                definition = short(name_of(get(target, "EcsParameters", "TaskDefinitionArn")))
                given = written_commands(name_of(get(target, "Input")))
                commands = given or _commands(resources.get(definition)) if definition else []
                for words in commands:
                    way: DeclaredKind = "schedule" if schedule else "command"
                    yield from file.run(resource.line, way, words, name=label, schedule=schedule)


def _commands(definition: YamlMap | None) -> list[str | list[str]]:
    """What the containers of a task definition run."""
    found: list[str | list[str]] = []
    for container in items(get(definition, "Properties", "ContainerDefinitions")):
        words = joined(words_of(get(container, "EntryPoint")), words_of(get(container, "Command")))
        found += [words] if words else []
    return found


def _events(
    file: TriggerFile, resources: dict[str, YamlMap], functions: dict[str, tuple[Command, int]], shared: YamlMap
) -> Iterator[tuple[DeclaredTrigger, str]]:
    for name, (starts, _) in functions.items():
        events = mapping(get(resources[name], "Properties", "Events") or shared.get("Events"))
        for label, event in events.items():
            properties = mapping(get(event, "Properties"))
            line = line_of(events, label)
            kind = text_of(get(event, "Type"))
            for trigger in _event(file, line, name, kind, properties, starts):
                yield trigger, name
    for label, resource in resources.items():
        kind, properties = text_of(resource.get("Type")), mapping(resource.get("Properties"))
        if kind in ("AWS::Events::Rule", "AWS::Scheduler::Schedule"):
            targets = items(properties.get("Targets")) or [properties.get("Target")]
            schedule = text_of(properties.get("ScheduleExpression"))
            for target in targets:
                name = short(name_of(get(target, "Arn")))
                if name in functions:
                    starts = functions[name][0]
                    if schedule:
                        yield file.declare(resource.line, "schedule", starts, name=label, schedule=schedule), name
                    pattern = properties.get("EventPattern")
                    sources = event_sources(pattern)
                    service = "eventsource" if sources else "eventbridgerule"
                    for event in () if schedule else sources or event_types(pattern) or [""]:
                        fields = {"name": label, "queue": event, "service": service}
                        yield file.declare(resource.line, "consumer", starts, **fields), name
        elif kind == "AWS::Lambda::EventSourceMapping":
            name = short(name_of(properties.get("FunctionName")))
            if name in functions:
                queue = short(name_of(properties.get("EventSourceArn")))
                service = "sqs" if text_of(get(resources.get(queue), "Type")) == "AWS::SQS::Queue" else ""
                starts = functions[name][0]
                yield file.declare(resource.line, "consumer", starts, name=label, queue=queue, service=service), name


def _event(
    file: TriggerFile, line: int, name: str, kind: str, properties: YamlMap, starts: Command
) -> Iterator[DeclaredTrigger]:
    service = kind.lower()
    schedule = text_of(properties.get("Schedule")) or text_of(properties.get("ScheduleExpression"))
    if kind in ("Api", "HttpApi"):
        method = text_of(properties.get("Method")).upper()
        methods = () if method in ("", "ANY", "*", "X-AMAZON-APIGATEWAY-ANY-METHOD") else (method,)
        path = text_of(properties.get("Path")) or "/"
        yield file.declare(line, "http", starts, name=name, path=path, methods=methods, service=service)
    elif kind in ("Schedule", "ScheduleV2") or schedule:
        yield file.declare(line, "schedule", starts, name=name, schedule=schedule, service=service)
    elif kind in _SOURCES:
        for source in event_sources(properties.get("Pattern")):
            yield file.declare(line, "consumer", starts, name=name, queue=source, service="eventsource")
        if event_sources(properties.get("Pattern")):
            return
        queue = next((found for key in _SOURCES[kind] if (found := short(name_of(properties.get(key))))), "")
        for one in event_types(properties.get("Pattern")) or [queue]:
            yield file.declare(line, "consumer", starts, name=name, queue=one, service=service)
    else:
        yield file.declare(line, "hook", starts, name=name, service=service)
