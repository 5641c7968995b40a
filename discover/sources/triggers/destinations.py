"""Where a cloud function's result and its failures go, as its template says: dead letters and destinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from discover.config.safe_yaml import Plain, YamlMap
from discover.sources.records import Command, DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, line_of, mapping, text_of
from discover.sources.triggers.resources import name_of, short

_SIDES = {"OnSuccess": "success", "OnFailure": "failure"}


def of_template(
    file: TriggerFile, resources: Mapping[str, YamlMap], functions: Mapping[str, tuple[Command, int]]
) -> Iterator[DeclaredTrigger]:
    """What SAM and CloudFormation say of functions: in the function, or in a resource beside it."""
    for name, (starts, line) in functions.items():
        properties = mapping(get(resources[name], "Properties"))
        for key in ("DeadLetterQueue", "DeadLetterConfig"):
            yield from _destination(file, line, starts, "failure", get(properties, key, "TargetArn"))
        yield from _configured(file, line, starts, mapping(properties.get("EventInvokeConfig")))
    for resource in resources.values():
        properties = mapping(resource.get("Properties"))
        name = short(name_of(properties.get("FunctionName")))
        if text_of(resource.get("Type")) == "AWS::Lambda::EventInvokeConfig" and name in functions:
            yield from _configured(file, resource.line, functions[name][0], properties)


def of_serverless(file: TriggerFile, function: YamlMap, starts: Command) -> Iterator[DeclaredTrigger]:
    """What the Serverless Framework says of a function: `onError`, and `destinations`."""
    yield from _destination(file, line_of(function, "onError"), starts, "failure", function.get("onError"))
    destinations = mapping(function.get("destinations"))
    for key, side in (("onSuccess", "success"), ("onFailure", "failure")):
        said = destinations.get(key)
        target = said.get("arn") if isinstance(said, YamlMap) and "arn" in said else said
        yield from _destination(file, line_of(destinations, key), starts, side, target)


def _configured(file: TriggerFile, line: int, starts: Command, config: YamlMap) -> Iterator[DeclaredTrigger]:
    retries = text_of(config.get("MaximumRetryAttempts"))
    attempts = int(retries) + 1 if retries.isdigit() else None
    for key, side in _SIDES.items():
        target = get(config, "DestinationConfig", key, "Destination")
        yield from _destination(file, line, starts, side, target, attempts)


def _destination(
    file: TriggerFile, line: int, starts: Command, side: str, target: Plain, attempts: int | None = None
) -> Iterator[DeclaredTrigger]:
    name = short(name_of(target))
    if name:
        tries = attempts if side == "failure" else None
        yield file.declare(line, "destination", starts, name=name, service=side, attempts=tries)
