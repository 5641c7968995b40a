"""One catalog file's text to a `Library`, or a `ConfigError` with the line, the key and a hint."""

from __future__ import annotations

import difflib
import re
from typing import Any, cast

import msgspec
import yaml
from msgspec import inspect

from discover.catalog.spec import Library, Pick, Rule
from discover.errors import ConfigError

_SafeLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """The safe loader without YAML 1.1's other words for booleans: `on` is a key here."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool"]
    for first, known in _SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_PLACE = re.compile(r" - at (?:`key` in )?`\$(?P<place>[^`]*)`")


def parse_library(file: str, text: str) -> Library:
    """The checked content of a catalog file; `file` is its name in messages."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ConfigError(file, mark.line + 1 if mark else 0, f"is not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(file, 0, f"is not YAML: {error}") from error
    if _has_alias(text):
        raise ConfigError(file, 0, "catalog files take no anchors and aliases; write the value out")
    content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, the C one where there is one
    try:
        library = msgspec.convert(content, Library)
    except msgspec.ValidationError as error:
        raise _explained(file, node, str(error)) from error
    _check_rules(file, node, library)
    return library


def _has_alias(text: str) -> bool:
    return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader))


def _check_rules(file: str, node: object, library: Library) -> None:
    for number, rule in enumerate(library.entry_points):
        given = [key for key in ("decorator", "subclass", "call", "table", "assigns") if getattr(rule, key) is not None]
        if len(given) != 1:
            message = "an entry point has exactly one of `decorator`, `subclass`, `call`, `table` and `assigns`"
            raise ConfigError(file, _line(node, ["entry_points", number]), message)
        if rule.call is not None and rule.handler is None and not rule.each_keyword and not rule.served_by:
            message = "an entry point with `call` needs `handler`, where the function stands in it, or `served_by`"
            raise ConfigError(file, _line(node, ["entry_points", number]), message)
        if rule.subclass is not None and rule.method is None:
            message = "an entry point with `subclass` needs `method`: what the framework calls"
            raise ConfigError(file, _line(node, ["entry_points", number]), message)
    for number, dispatch in enumerate(library.dispatches):
        if (dispatch.call is None) == (dispatch.decorator is None) or (dispatch.decorator and not dispatch.medium):
            message = "a dispatch has `call`, or `decorator` with `medium`"
            raise ConfigError(file, _line(node, ["dispatches", number]), message)
    for number, receive in enumerate(library.receives):
        if (receive.call is None) == (receive.iterates is None):
            raise ConfigError(file, _line(node, ["receives", number]), "it has either `call` or `iterates`")
    for number, emit in enumerate(library.emits):
        if sum((emit.call is not None, emit.decorated is not None, emit.assigned, bool(emit.methods))) != 1:
            message = "an emission has exactly one of `call`, `decorated`, `assigned` and `methods`"
            raise ConfigError(file, _line(node, ["emits", number]), message)
    for number, dispatch in enumerate(library.dispatches):
        if sum((dispatch.to != Pick(), dispatch.again, dispatch.failed is not None)) != 1:
            message = "a dispatch has exactly one of `to`, `again: true` and `failed`"
            raise ConfigError(file, _line(node, ["dispatches", number]), message)
    for number, router in enumerate(library.routers):
        if sum(key is not None for key in (router.create, router.subclass, router.decorator)) != 1:
            message = "a router has exactly one of `create`, `subclass` and `decorator`"
            raise ConfigError(file, _line(node, ["routers", number]), message)
    for number, mount in enumerate(library.mounts):
        if (mount.child is None) == (mount.every is None):
            raise ConfigError(file, _line(node, ["mounts", number]), "a mount has either `child` or `every`")
    for number, hook in enumerate(library.hooks):
        if sum(paths is not None for paths in (hook.call, hook.cls, hook.decorator)) != 1:
            message = "a hook has either `call`, or `class` and `on`, or `decorator`"
            raise ConfigError(file, _line(node, ["hooks", number]), message)
        if hook.call is not None and not hook.methods:
            raise ConfigError(file, _line(node, ["hooks", number]), "a hook with `call` needs `methods`")


def _explained(file: str, node: object, message: str) -> ConfigError:
    """The validator's message with the line of the place it names, and the nearest known key."""
    place = _PLACE.search(message)
    steps = _steps(place["place"]) if place else []
    text = _PLACE.sub("", message)
    unknown = _UNKNOWN.search(text)
    if unknown:
        key = unknown["key"]
        steps.append(key)
        near = difflib.get_close_matches(key, _known_keys(), n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "; docs/catalogs.md lists every key"
        text = f"unknown key `{key}`{hint}"
    elif text.startswith("Invalid enum value"):
        text = f"{text}; known are {', '.join(_allowed(steps))}"
    where = ".".join(str(step) for step in steps if step != unknown)
    line = _line(node, steps)
    return ConfigError(file, line, text if unknown or not where else f"{text} (at {where})")


def _allowed(steps: list[str | int]) -> list[str]:
    """The values that the format knows for the key at this place."""
    kinds: list[inspect.Type] = [inspect.type_info(Library)]
    for step in steps:
        kinds = [inner for kind in kinds for inner in _inside(kind, step)]
    return [
        str(value)
        for kind in kinds
        for one in _plain(kind)
        if isinstance(one, inspect.LiteralType)
        for value in one.values
    ]


def _inside(kind: inspect.Type, step: str | int) -> list[inspect.Type]:
    """The types of what stands under a key, or at a place of a list."""
    found: list[inspect.Type] = []
    for one in _plain(kind):
        if isinstance(one, inspect.StructType):
            found += [field.type for field in one.fields if field.encode_name == step]
        elif isinstance(one, inspect.ListType):
            found.append(one.item_type)
        elif isinstance(one, inspect.DictType):
            found.append(one.value_type)
    return found


def _plain(kind: inspect.Type) -> list[inspect.Type]:
    """The members of a union; any other type alone."""
    return list(kind.types) if isinstance(kind, inspect.UnionType) else [kind]


def _known_keys() -> list[str]:
    keys: set[str] = set()
    for record in [Library, Pick, *Rule.__subclasses__()]:
        keys.update(field.encode_name for field in msgspec.structs.fields(record))
    return sorted(keys)


def _steps(place: str) -> list[str | int]:
    found = cast("list[tuple[str, str]]", re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", place))
    return [name or (int(index) if index.isdigit() else index) for name, index in found]


def _line(node: object, steps: list[str | int]) -> int:
    """The line of the deepest part of the path that exists."""
    line = node.start_mark.line + 1 if isinstance(node, yaml.Node) else 0
    for step in steps:
        following = None
        if isinstance(node, yaml.MappingNode):
            for key, value in cast("list[tuple[Any, Any]]", node.value):
                if key.value == step:
                    following, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
            line = following.start_mark.line + 1
        if following is None:
            break
        node = following
    return line
