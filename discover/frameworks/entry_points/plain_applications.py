"""Applications without a framework that a server is told to run: `uvicorn shop.app:application`.

ASGI and WSGI fix the parameters of such a function; the paths that it knows stand in its conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.entry_points.started import named_functions
from discover.frameworks.records import EntryPoint
from discover.frameworks.routing.request_paths import compared_paths
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Function

_SHAPES = (
    ("asgi", ("scope", "receive", "send"), "path"),
    ("wsgi", ("environ", "start_response"), "PATH_INFO"),
)
"""What each interface calls its parameters, and where the request's path is."""
_USUAL = "application"


def find_plain_applications(bench: Workbench) -> None:
    """Add the function that a server's command names, where the project wrote it itself."""
    for trigger in bench.declared:
        command = trigger.starts
        if command is None or command.kind != "server" or not command.app:
            continue
        target = command.app if ":" in command.app else f"{command.app}:{_USUAL}"
        for function in named_functions(bench, target, command.path):
            if not _is_plain(function):
                continue
            names = tuple(parameter.name for parameter in function.record.parameters)
            for framework, shape, key in _SHAPES:
                if names[-len(shape) :] != shape or len(names) > len(shape) + 1:
                    continue
                for path in compared_paths(function.record.body, (key,)) or ["/*"]:
                    bench.found.entry(
                        EntryPoint(
                            id="",
                            kind="http",
                            framework=framework,
                            unit=function.id,
                            line=function.record.line,
                            receiver=function.owner.id if function.owner is not None else "",
                            detail=TriggerDetail(path=path, source=trigger.source),
                            confidence=0.95,
                            evidence=f"declared {trigger.source}",
                        )
                    )


def _is_plain(function: Function) -> bool:
    """Whether it is a function, or what calls an object of the project's own class; not a framework's handler."""
    if function.owner is None:
        return True
    return function.record.name == "__call__" and all(
        level.is_project or level.path == "builtins.object" for level in function.owner.mro
    )
