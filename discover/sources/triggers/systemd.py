"""systemd units: services, and the timers that start them."""

from __future__ import annotations

from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile
from discover.sources.triggers.ini_text import Setting, settings

_TIMES = ("OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec", "OnBootSec", "OnStartupSec", "OnActiveSec")


def read_service(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """What a service runs. One that a timer beside it starts is that timer's to declare."""
    if _has_timer(file):
        return
    oneshot = any(s.key == "Type" and s.value == "oneshot" for s in settings(file.text))
    yield from run_service(file, file.text, "", oneshot=oneshot)


def _has_timer(file: TriggerFile) -> bool:
    reader = file.project.reader
    unit = file.path.rpartition("/")[2]
    timers = (path for path in reader.paths if path.endswith(".timer") and path.rpartition("/")[0] == file.folder)
    return any(_unit(path, reader.text(path)) == unit for path in timers)


def _unit(path: str, text: str) -> str:
    """The service that a timer starts: the one it names, else the one that is named like it."""
    named = _last([setting for setting in settings(text) if setting.section == "Timer"], "Unit")
    return named or path.rpartition("/")[2].removesuffix(".timer") + ".service"


def read_timer(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A schedule for the timer's service."""
    found = [s for s in settings(file.text) if s.section == "Timer"]
    times = [s for s in found if s.key in _TIMES and s.value]
    if not times:
        return
    schedule = ", ".join(s.value if s.key == "OnCalendar" else f"{s.key}={s.value}" for s in times)
    name = _unit(file.path, file.text).removesuffix(".service")
    path = f"{file.folder}/{name}.service".lstrip("/")
    text = file.project.reader.text(path)
    if not text and "@" in name:
        text = file.project.reader.text(f"{file.folder}/{name.partition('@')[0]}@.service".lstrip("/"))
    declared = list(run_service(file, text, schedule, line=times[0].line, name=name))
    yield from declared or [file.declare(times[0].line, "schedule", name=name, schedule=schedule, service="systemd")]


def run_service(
    file: TriggerFile, text: str, schedule: str, *, line: int = 0, name: str = "", oneshot: bool = False
) -> Iterator[DeclaredTrigger]:
    """The records for a unit's `ExecStart` lines."""
    found = list(settings(text))
    folder = _last(found, "WorkingDirectory").lstrip("-")
    kind = "schedule" if schedule else ("command" if oneshot else "process")
    name = name or file.path.rpartition("/")[2].removesuffix(".service")
    for setting in found:
        if setting.key == "ExecStart" and setting.value:
            command = setting.value.lstrip("-@:+!").replace("%i", "").replace("%%", "%")
            place = line or setting.line
            yield from file.run(
                place,
                kind,
                command,
                folder=folder,
                name=name,
                schedule=schedule,
                keep=bool(schedule),
                service="systemd",
            )


def _last(found: list[Setting], key: str) -> str:
    return next((setting.value for setting in reversed(found) if setting.key == key), "")
