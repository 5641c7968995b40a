"""uWSGI configurations: the application, the daemons beside it, and its own cron."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile
from discover.sources.triggers.ini_text import settings

_FIELDS = ("minute", "hour", "day", "month", "week")
_CRON = re.compile(r"(?P<fields>(?:-?\d+\s+){5})(?P<command>\S.*)$")
_DAEMONS = frozenset({"attach-daemon", "attach-daemon2", "smart-attach-daemon", "legion-attach-daemon"})


def read_uwsgi(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """The server, each attached daemon, each cron line."""
    found = [setting for setting in settings(file.text) if setting.section == "uwsgi"]
    folder = next((setting.value for setting in found if setting.key in ("chdir", "chdir2")), "")
    attribute = next((setting.value for setting in found if setting.key == "callable"), "")
    for setting in found:
        line, value = setting.line, setting.value
        if setting.key in ("module", "wsgi", "wsgi-file", "file"):
            target = f"{value}:{attribute}" if attribute and ":" not in value else value
            yield from file.run(line, "process", ["uwsgi", "--module", target], folder=folder, name="uwsgi")
        elif setting.key in _DAEMONS:
            command = value.partition("cmd=")[2].partition(",")[0] if "cmd=" in value else value
            yield from file.run(line, "process", command, folder=folder, name="attached daemon")
        elif setting.key in ("cron", "unique-cron"):
            match = _CRON.match(value)
            if match:
                yield from _cron(file, line, match["fields"].split(), match["command"], folder)
        elif setting.key in ("cron2", "unique-cron2"):
            options, _, command = value.partition(" ")
            given: dict[str, str] = {}
            for option in options.split(","):
                name, equals, field = option.partition("=")
                if equals:
                    given[name] = field
            command = command if given else value
            yield from _cron(file, line, [given.get(name, "-1") for name in _FIELDS], command, folder)


def _cron(file: TriggerFile, line: int, fields: list[str], command: str, folder: str) -> Iterator[DeclaredTrigger]:
    """UWSGI writes `*` as -1 and `*/5` as -5."""
    schedule = " ".join("*" if field == "-1" else f"*/{field[1:]}" if field[:1] == "-" else field for field in fields)
    yield from file.run(line, "schedule", command, folder=folder, schedule=schedule, keep=True, service="uwsgi")
