"""Kubernetes manifests, plain or as Helm templates: what containers run, and when."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from discover.config.safe_yaml import Plain, YamlError, YamlList, YamlMap, parse_yaml
from discover.sources.project import home_of
from discover.sources.records import DeclaredKind, DeclaredTrigger
from discover.sources.triggers.dockerfile import Image, read_image
from discover.sources.triggers.file import TriggerFile, get, items, joined, line_of, mapping, text_of, words_of

_KINDS: dict[str, DeclaredKind] = {
    "Deployment": "process",
    "StatefulSet": "process",
    "DaemonSet": "process",
    "ReplicaSet": "process",
    "Pod": "process",
    "Rollout": "process",
    "Job": "command",
    "CronJob": "schedule",
    "CronWorkflow": "schedule",
}
_ACTION = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}")
_VALUE = re.compile(
    r"(?:toYaml\s+|quote\s+|required\s+\"[^\"]*\"\s+)?\(?\$?\.(?P<kind>Values|Chart)\.(?P<path>[\w.]+)\b"
)
_QUOTE = re.compile(r"\bs?quote\b")
_DEFAULT = re.compile(r"\bdefault\s+\"?(?P<value>[^\s\"|]+)")


def read_kubernetes(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each container's command, in every document."""
    template = "{{" in file.text
    try:
        documents = parse_yaml(neutral(file) if template else file.text)
    except YamlError:
        if template:
            return
        raise
    for document in documents:
        objects = items(document.get("items")) if get(document, "kind") == "List" else [document]
        for item in objects:
            if isinstance(item, YamlMap) and text_of(item.get("kind")) in _KINDS:
                yield from _object(file, item)


def _object(file: TriggerFile, item: YamlMap) -> Iterator[DeclaredTrigger]:
    kind = _KINDS[text_of(item.get("kind"))]
    spec = mapping(item.get("spec"))
    schedule = text_of(spec.get("schedule")) or ", ".join(text_of(one) for one in items(spec.get("schedules")))
    name = text_of(get(item, "metadata", "name"))
    pod = spec if text_of(item.get("kind")) == "Pod" else mapping(get(spec, "template", "spec"))
    if kind == "schedule":
        pod = mapping(get(spec, "jobTemplate", "spec", "template", "spec"))
    containers = items(pod.get("containers"))
    for container in containers:
        yield from _container(file, container, kind, name, schedule, alone=len(containers) == 1)
    for container in items(pod.get("initContainers")):
        yield from _container(file, container, "command", name, "", alone=False)


def _container(
    file: TriggerFile, container: Plain, kind: DeclaredKind, name: str, schedule: str, *, alone: bool
) -> Iterator[DeclaredTrigger]:
    if not isinstance(container, YamlMap):
        return
    entry, arguments = words_of(container.get("command")), words_of(container.get("args"))
    base, image = _image_of(file, text_of(container.get("image")))
    words = joined(entry, arguments) if entry else joined(image.entry, arguments or image.command)
    if not words:
        return
    line = next((line_of(container, key) for key in ("command", "args") if container.get(key)), container.line)
    own = text_of(container.get("name"))
    shown = name if alone or not own else f"{name}/{own}"
    folder = text_of(container.get("workingDir")) or image.folder
    keep = kind == "schedule"
    yield from file.run(
        line,
        kind,
        words,
        folder=folder,
        base=base,
        environment=image.environment,
        name=shown,
        schedule=schedule,
        keep=keep,
    )


def _image_of(file: TriggerFile, image: str) -> tuple[str, Image]:
    """The folder whose Dockerfile likely builds this image, and what the image says.

    An image's last name, `registry/team/orders:1.2`, is compared with the folders that hold a Dockerfile; a single
    Dockerfile in the tree is taken in any case.
    """
    dockerfiles = [path for path in file.project.reader.paths if path.rpartition("/")[2] == "Dockerfile"]
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    named = [path for path in dockerfiles if (folder := home_of(path)) and name.endswith(folder.rpartition("/")[2])]
    chosen = named[0] if named else (dockerfiles[0] if len(dockerfiles) == 1 else "")
    if not chosen:
        return file.home, Image()
    return home_of(chosen), read_image(file.project.reader.text(chosen))


def neutral(file: TriggerFile) -> str:
    """A Helm template with its values filled in and every other action taken out, line for line."""
    values = {"Values": _chart_file(file, "values.yaml"), "Chart": _chart_file(file, "Chart.yaml")}
    lines: list[str] = []
    for line in file.text.splitlines():
        filled = _ACTION.sub(lambda match: _filled(match["inside"].strip("- \t"), values), line)
        lone = "{{" in line and not _ACTION.sub("", line).strip()
        inline = lone and not filled.strip().startswith(("{", "["))
        lines.append("" if inline or "{{" in filled or "}}" in filled else filled)
    return "\n".join(lines)


def _chart_file(file: TriggerFile, name: str) -> YamlMap:
    folder = file.folder
    while folder:
        path = f"{folder}/{name}"
        if path in file.project.reader:
            try:
                return mapping(next(iter(parse_yaml(file.project.reader.text(path))), None))
            except YamlError:
                return YamlMap(0)
        folder = folder.rpartition("/")[0]
    return YamlMap(0)


def _filled(inside: str, values: dict[str, YamlMap]) -> str:
    match = _VALUE.search(inside)
    value = None
    if match:
        path = match["path"].split(".")
        table = values[match["kind"]]
        value = get(table, *(path if match["kind"] == "Values" else [path[0][:1].lower() + path[0][1:]]))
    if isinstance(value, YamlList | YamlMap):
        return json.dumps(value)
    default = _DEFAULT.search(inside)
    text = text_of(value) or (default["value"] if default else "")
    if text and _QUOTE.search(inside):
        return json.dumps(text)
    return text or ("x" if match or inside.startswith(("include", "template", ".", "$")) else "")
