"""Management commands: their name is the file's, which no call and no class attribute says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.frameworks.records import EntryPoint
from discover.model import TriggerDetail

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench
    from discover.resolve.symbols import Class

_FOLDER = "/management/commands/"


def register(bench: Workbench) -> None:
    """Every `Command` class below a `management/commands` folder."""
    for module in bench.program.modules.values():
        path = "/" + module.path
        if _FOLDER not in path or path.endswith("__init__.py") or "/" in path.partition(_FOLDER)[2]:
            continue
        name = path.rpartition("/")[2].removesuffix(".py")
        command = next(
            (c for c in bench.program.all_classes if c.module is module and c.record.qualname == "Command"), None
        )
        if command is not None and not name.startswith("_"):
            _emit(bench, name, command)


def _emit(bench: Workbench, name: str, command: Class) -> None:
    handle = bench.program.find_method(command, "handle")
    found = None
    for method in (handle, bench.program.find_method(command, "handle_noargs")):
        if method is not None and method.is_project:
            found = method
            break
    bench.found.entry(
        EntryPoint(
            id="",
            kind="command",
            framework="django",
            unit=found.id if found is not None else command.id,
            line=found.record.line if found is not None else command.record.line,
            detail=TriggerDetail(command=f"manage.py {name}", name=name),
            names=(name, f"manage.py {name}"),
            evidence=f"management command {command.module.path}",
        )
    )
