"""Resources of a cloud template: how they are referred to, and by which other names code knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.config.safe_yaml import Plain, YamlList, YamlMap
from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of

_NAMED = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Events::EventBus": "Name",
}
_REFERENCES = ("Ref", "Fn::GetAtt", "GetAtt", "Fn::Sub", "Sub", "Fn::ImportValue")


def name_of(node: Plain) -> str:
    """A queue's name in any of its forms: text, `{Ref: X}`, `{Fn::GetAtt: [X, Arn]}`, `!GetAtt X.Arn`."""
    if isinstance(node, YamlMap):
        for key in _REFERENCES:
            if key in node:
                return name_of(node[key]).partition(".")[0] if key.endswith("GetAtt") else name_of(node[key])
        return ""
    if isinstance(node, YamlList):
        return name_of(node[0]) if node else ""
    return text_of(node)


def short(name: str) -> str:
    """The last part of an ARN; other names as they are."""
    if not name.startswith("arn:"):
        return name.removesuffix(".Arn")
    table = re.search(r":table/([^/]+)", name)
    return table[1] if table else name.rpartition(":")[2].rpartition("/")[2]


def event_types(pattern: Plain) -> list[str]:
    """The `detail-type`s that an EventBridge pattern lets through; matchers by prefix and the like say no name."""
    return [text for item in items(get(pattern, "detail-type")) if (text := text_of(item))]


def event_sources(pattern: Plain) -> list[str]:
    """The `source`s that an EventBridge pattern lets through where it asks for no `detail-type`."""
    if get(pattern, "detail-type") is not None:
        return []
    return [text for item in items(get(pattern, "source")) if (text := text_of(item))]


def settings(file: TriggerFile, variables: Plain) -> Iterator[DeclaredTrigger]:
    """Environment variables that hold the address of a resource; `$NAME` is how a channel named by one is written."""
    declared = mapping(variables)
    for name, value in declared.items():
        resource = short(name_of(value)) if isinstance(value, YamlMap) else ""
        if resource:
            yield file.declare(line_of(declared, name), "alias", name=f"${name}", queue=resource.partition(".")[0])


def aliases(file: TriggerFile, resources: Plain) -> Iterator[DeclaredTrigger]:
    """The names that resources have outside the template, and the queues that topics forward to."""
    for label, resource in mapping(resources).items():
        kind, properties = text_of(get(resource, "Type")), mapping(get(resource, "Properties"))
        name = text_of(properties.get(_NAMED.get(kind, "")))
        if name and "$" not in name and name != label:
            yield file.declare(line_of(properties, _NAMED[kind]), "alias", name=name, queue=label)
        if kind == "AWS::SQS::Queue":
            yield from _dead_letters(file, label, mapping(properties.get("RedrivePolicy")))
        subscribed = [*items(properties.get("Subscription"))] if kind == "AWS::SNS::Topic" else []
        if kind == "AWS::SNS::Subscription":
            subscribed = [properties]
        for one in subscribed:
            topic = label if kind == "AWS::SNS::Topic" else short(name_of(get(one, "TopicArn")))
            queue = short(name_of(get(one, "Endpoint"))) if text_of(get(one, "Protocol")) == "sqs" else ""
            if topic and queue:
                yield file.declare(line_of(properties, "Protocol"), "alias", name=topic, queue=queue)


def _dead_letters(file: TriggerFile, queue: str, policy: YamlMap) -> Iterator[DeclaredTrigger]:
    """The queue that takes what another one's consumers have failed at for good."""
    target = short(name_of(policy.get("deadLetterTargetArn")))
    if target:
        count = text_of(policy.get("maxReceiveCount"))
        attempts = int(count) if count.isdigit() else None
        yield file.declare(
            line_of(policy, "deadLetterTargetArn"), "dead_letter", name=target, queue=queue, attempts=attempts
        )
