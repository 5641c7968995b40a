"""Terraform: functions on AWS and Google Cloud, with the schedules, queues, topics and rules that call them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.sources.records import Command, DeclaredTrigger
from discover.sources.triggers.file import TriggerFile
from discover.sources.triggers.hcl import Block, pairs, parse_hcl
from discover.sources.triggers.terraform_services import read_services

_REFERENCE = re.compile(r"(?:data\.)?(?P<kind>(?:aws|google)_\w+)\.(?P<name>[\w-]+)")
_QUEUES = {"aws_sqs_queue": "sqs", "aws_sns_topic": "sns"}
_TYPES = re.compile(r"[\"']?detail-type[\"']?\s*[=:]\s*\[(?P<types>[^\]]*)\]")
_RECEIVES = re.compile(r"maxReceiveCount\W+(?P<count>\d+)")
_FUNCTIONS = ("aws_lambda_function", "google_cloudfunctions_function", "google_cloudfunctions2_function")


def read_terraform(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each thing of this file that calls a function of the same folder's files."""
    own = [block for block in parse_hcl(file.text).blocks if block.kind == "resource" and len(block.labels) == 2]
    known = {block.labels: block for block in own}
    for path in file.project.reader.paths:
        if path.endswith(".tf") and path != file.path and path.rpartition("/")[0] == file.folder:
            for block in parse_hcl(file.project.reader.text(path)).blocks:
                known.setdefault(block.labels, block)
    called = {name for block in known.values() for name in _called(block)}
    for block in own:
        yield from _aliases(file, block)
        yield from _destinations(file, block, known)
        yield from read_services(file, block, known)
        kind, label = block.labels
        if kind in _FUNCTIONS:
            starts = _starts(file, block)
            if starts is not None and label not in called:
                yield file.declare(block.line, "hook", starts, name=label, service="invoke")
        else:
            for name in _called(block):
                function = next((known[one, name] for one in _FUNCTIONS if (one, name) in known), None)
                starts = _starts(file, function) if function is not None else None
                if starts is not None:
                    yield from _trigger(file, block, name, starts, known)


def _starts(file: TriggerFile, block: Block) -> Command | None:
    """What a function runs; None when that is not Python in this tree."""
    config = block.inner("build_config") or block
    handler = block.attributes.get("handler") or config.attributes.get("entry_point", "")
    runtime = block.attributes.get("runtime") or config.attributes.get("runtime", "")
    if not handler or "${" in handler or (runtime and "python" not in runtime and "." not in runtime):
        return None
    handler = handler if "." in handler else f"main.{handler}"
    for code in (*_folders(block), ""):
        starts = file.project.handler(handler, file.folder, code)
        if starts.path:
            return starts
    stem = handler.rpartition(".")[0].replace(".", "/")
    places = [path for path in file.project.reader.paths if f"/{path}".endswith(f"/{stem}.py")]
    home = places[0].removesuffix(f"{stem}.py").rstrip("/") if len(places) == 1 else ""
    starts = file.project.handler(handler, home)
    return starts if starts.path else None


def _folders(block: Block) -> Iterator[str]:
    for name in ("filename", "source_dir", "source_code_hash", "s3_key"):
        for match in re.finditer(r"\$\{path\.module\}/([\w./-]+)", block.attributes.get(name, "")):
            yield match[1]


def _called(block: Block) -> list[str]:
    """The functions that a resource calls, by their labels."""
    if len(block.labels) != 2 or block.labels[0] in _FUNCTIONS or block.labels[0] == "aws_lambda_permission":
        return []
    target = block.inner("target") or block.inner("lambda_function") or block
    texts = [block.attributes.get(name, "") for name in ("function_name", "arn", "endpoint", "integration_uri")]
    texts += [target.attributes.get(name, "") for name in ("arn", "lambda_function_arn")]
    found = [match for text in texts for match in _REFERENCE.finditer(text)]
    return list(dict.fromkeys(match["name"] for match in found if match["kind"] in _FUNCTIONS))


def _trigger(
    file: TriggerFile, block: Block, name: str, starts: Command, known: dict[tuple[str, ...], Block]
) -> Iterator[DeclaredTrigger]:
    kind = block.labels[0]
    rule = block
    if kind == "aws_cloudwatch_event_target":
        reference = _REFERENCE.search(block.attributes.get("rule", ""))
        rule = known.get((reference["kind"], reference["name"]), block) if reference else block
    schedule = rule.attributes.get("schedule_expression", "")
    if schedule:
        yield file.declare(block.line, "schedule", starts, name=name, schedule=schedule)
    elif kind == "aws_cloudwatch_event_target":
        types = _TYPES.search(rule.attributes.get("event_pattern", ""))
        for event in re.findall(r"[\"']([^\"']+)[\"']", types["types"]) if types else [""]:
            yield file.declare(block.line, "consumer", starts, name=name, queue=event, service="eventbridge")
    elif kind in ("aws_lambda_event_source_mapping", "aws_sns_topic_subscription"):
        source = block.attributes.get("event_source_arn") or block.attributes.get("topic_arn", "")
        reference = _REFERENCE.search(source)
        queue = reference["name"] if reference else source.rpartition(":")[2]
        service = _QUEUES.get(reference["kind"], "") if reference else ""
        yield file.declare(block.line, "consumer", starts, name=name, queue=queue, service=service)
    elif kind == "aws_s3_bucket_notification":
        reference = _REFERENCE.search(block.attributes.get("bucket", ""))
        bucket = reference["name"] if reference else block.attributes.get("bucket", "")
        yield file.declare(block.line, "consumer", starts, name=name, queue=bucket, service="s3")
    else:
        yield file.declare(block.line, "hook", starts, name=name, service=kind)


def _aliases(file: TriggerFile, block: Block) -> Iterator[DeclaredTrigger]:
    """Names of resources outside Terraform, environment variables that hold them, topics that forward to queues."""
    kind, label = block.labels
    name = block.attributes.get("function_name" if kind == "aws_lambda_function" else "name", "")
    if kind in (*_QUEUES, "aws_lambda_function") and name and "$" not in name and name != label:
        yield file.declare(block.line, "alias", name=name, queue=label)
    environment = block.inner("environment")
    for variable, value in pairs(environment.attributes.get("variables", "")).items() if environment else ():
        reference = _REFERENCE.search(value)
        if reference is not None:
            yield file.declare(block.line, "alias", name=f"${variable}", queue=reference["name"])
    yield from _dead_letters(file, block)
    if kind == "aws_sns_topic_subscription" and block.attributes.get("protocol") == "sqs":
        topic = _REFERENCE.search(block.attributes.get("topic_arn", ""))
        queue = _REFERENCE.search(block.attributes.get("endpoint", ""))
        if topic is not None and queue is not None:
            yield file.declare(block.line, "alias", name=topic["name"], queue=queue["name"])


def _destinations(file: TriggerFile, block: Block, known: dict[tuple[str, ...], Block]) -> Iterator[DeclaredTrigger]:
    """Where a function's result and its failures go: its dead letters, or a configuration of how it is called."""
    function: Block | None = block
    config = block.inner("dead_letter_config") if block.labels[0] == "aws_lambda_function" else None
    said = [("failure", config.attributes.get("target_arn", ""))] if config is not None else []
    retries = ""
    if block.labels[0] == "aws_lambda_function_event_invoke_config":
        named = _REFERENCE.search(block.attributes.get("function_name", ""))
        function = known.get((named["kind"], named["name"])) if named is not None else None
        retries = block.attributes.get("maximum_retry_attempts", "")
        config = block.inner("destination_config")
        for key, side in (("on_success", "success"), ("on_failure", "failure")):
            inner = config.inner(key) if config is not None else None
            said += [(side, inner.attributes.get("destination", ""))] if inner is not None else []
    starts = _starts(file, function) if function is not None and said else None
    for side, text in said if starts is not None else ():
        target = _REFERENCE.search(text)
        tries = int(retries) + 1 if side == "failure" and retries.isdigit() else None
        if target is not None:
            yield file.declare(block.line, "destination", starts, name=target["name"], service=side, attempts=tries)


def _dead_letters(file: TriggerFile, block: Block) -> Iterator[DeclaredTrigger]:
    """The queue that takes what another one's consumers have failed at for good."""
    kind, queue = block.labels
    policy = block.attributes.get("redrive_policy", "")
    target = _REFERENCE.search(policy.partition("deadLetterTargetArn")[2])
    if kind == "aws_sqs_queue_redrive_policy":
        source = _REFERENCE.search(block.attributes.get("queue_url", ""))
        queue = source["name"] if source is not None else ""
    if target is not None and queue and kind in ("aws_sqs_queue", "aws_sqs_queue_redrive_policy"):
        count = _RECEIVES.search(policy)
        attempts = int(count["count"]) if count is not None else None
        yield file.declare(block.line, "dead_letter", name=target["name"], queue=queue, attempts=attempts)
