"""OpenAPI and Swagger documents whose `operationId` names the function that answers, as Connexion reads them.

An operation counts only when its name leads to a module of the tree: elsewhere an `operationId` is just a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from discover.config.safe_yaml import Plain
from discover.sources.records import Command, DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")


def read_openapi(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each operation that a function of the project answers."""
    content = file.mapping()
    base = _base(content)
    for path, methods in mapping(content.get("paths")).items():
        for verb in _VERBS:
            operation = get(methods, verb)
            name = _handler(operation, methods)
            module, _, function = name.rpartition(".")
            # the name may be that of a method: then its class stands between it and the module
            found = file.project.module(name, file.home) or file.project.module(module, file.home) if module else ""
            if found:
                starts = Command(kind="handler", text=name, name=_target(name, found), folder=file.home, path=found)
                yield file.declare(
                    line_of(operation, "operationId") or line_of(methods, verb),
                    "http",
                    starts,
                    name=function,
                    path=base + path,
                    methods=(verb.upper(),),
                )


def _handler(operation: Plain, path: Plain) -> str:
    """The dotted name of the function: the operation's own, below the module that a controller key names."""
    name = text_of(get(operation, "operationId"))
    for node in (operation, path):
        for key in _CONTROLLERS:
            controller = text_of(get(node, key))
            if controller and name:
                return f"{controller}.{name}"
    return name


def _base(content: Plain) -> str:
    """What stands before every path: `basePath`, or the path of the first server's URL."""
    given = text_of(get(content, "basePath"))
    servers = items(get(content, "servers"))
    url = text_of(get(servers[0], "url")) if servers and not given else ""
    return (given or urlsplit(url).path).rstrip("/") if "{" not in url else ""


def _target(name: str, path: str) -> str:
    """`pkg.module.Class.method` as `pkg.module:Class.method`, where the file ends the module's name."""
    parts = name.split(".")
    stem = path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    for size in range(len(parts) - 1, 0, -1):
        if parts[size - 1] == stem:
            return f"{'.'.join(parts[:size])}:{'.'.join(parts[size:])}"
    return name
