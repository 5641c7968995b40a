"""Protocol Buffers: the services and methods that gRPC, Twirp and their like generate code for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\""
    r"|\bpackage\s+(?P<package>[\w.]+)\s*;|\bservice\s+(?P<service>\w+)\s*\{|\brpc\s+(?P<method>\w+)\s*\(|[{}]",
    re.DOTALL,
)


def read_proto(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record named `package.Service/Method` for each method; what handles it stands in Python code."""
    package = service = ""
    depth = 0
    for match in _TOKEN.finditer(file.text):
        if match["package"]:
            package = match["package"] + "."
        elif match["service"]:
            service, depth = match["service"], 1
        elif match["method"] and service:
            line = file.text.count("\n", 0, match.start()) + 1
            yield file.declare(line, "rpc", name=f"{package}{service}/{match['method']}")
        elif match[0] in "{}" and service:
            depth += 1 if match[0] == "{" else -1
            service = service if depth else ""
