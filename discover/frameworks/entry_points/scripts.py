"""Files that are run as scripts: what stands below `if __name__ == "__main__"`.

Only files of the backend itself count: those of its packages, and those beside them. A file in a folder without any
package (`bin/`, `tools/`) is a maintainer's tool, unless something that is read says that it is started.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail
from discover.resolve.values import FunctionValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function, Module

_GUARD = re.compile(r"""__name__ == ['"]__main__['"]|['"]__main__['"] == __name__""")
_MAIN = "__main__.py"
_WAITING = frozenset(
    """
    aiohttp apscheduler bottle celery cherrypy cleo click connexion django eventlet fastapi faust flask flask_socketio
    gevent grpc gunicorn http hypercorn litestar nameko quart robyn sanic socketio socketserver starlette tornado
    twisted typer uvicorn waitress websockets werkzeug wsgiref xmlrpc
    """.split()  # noqa: SIM905 - a list of words is read better than a list of strings
)
"""Libraries that wait for requests or commands."""
_WAIT = re.compile(r"(execute_from_command_line|listen|quickstart|run\w*|serve\w*|start|worker_main|__call__)")
"""Their calls that do: the routes and commands are the entry points then, not the script."""


def find_scripts(bench: Workbench) -> None:
    """An entry point for each script that calls a function of the project which is none yet."""
    entered = {entry.unit for entry in bench.found.entry_points.values()}
    packages = {path.rpartition("/")[0] for path in bench.program.by_path if path.endswith("/__init__.py")}
    beside = {folder.rpartition("/")[0] for folder in packages} | {""}
    for path, module in bench.program.by_path.items():
        guard = next((s for s in module.facts.body if isinstance(s, ir.If) and _GUARD.fullmatch(s.text)), None)
        folder = path.rpartition("/")[0]
        if guard is None or not (folder in packages or folder in beside):
            continue
        called = _called(module, guard)
        if called and entered.isdisjoint({function.id for function in called} | {module.body.id}):
            _emit(bench, module, called[0] if len(called) == 1 else module.body, guard.line, folder in packages)


def _called(module: Module, guard: ir.If) -> list[Function]:
    """The project's functions that the guarded lines call."""
    last = guard.otherwise[0].line - 1 if guard.otherwise else guard.end_line
    found: dict[Function, None] = {}
    for site in module.body.sites.values():
        if guard.line <= site.line <= last:
            if _is_waiting(site):
                return []
            # an object that is called, such as a group of commands, is no function that runs here
            plain = (value.function for value in site.callee if isinstance(value, FunctionValue))
            found.update((function, None) for function in plain if function.is_project)
    return [] if any(_is_waiting(site) for function in found for site in function.sites.values()) else list(found)


def _is_waiting(site: CallSite) -> bool:
    paths = [external.path.split(".") for external in site.externals]
    return any(parts[0] in _WAITING and _WAIT.fullmatch(parts[-1]) for parts in paths)


def _emit(bench: Workbench, module: Module, unit: Function, line: int, is_packaged: bool) -> None:
    name = module.name.removesuffix(".__main__") if module.path.endswith(_MAIN) else module.name
    command = f"python -m {name}" if is_packaged else f"python {module.path}"
    bench.found.entry(
        EntryPoint(
            id="",
            kind="command",
            framework="python",
            unit=unit.id,
            line=unit.record.line or line,
            detail=TriggerDetail(command=command),
            names=(command,),
            confidence=0.9,
            evidence=f"script {module.path}:{line}",
        )
    )
