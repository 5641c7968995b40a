"""Crontab files: `crontab`, `*.cron`, and the style of /etc/cron.d with a column for the user."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile

_FIELD = r"(?:\*|[0-9A-Za-z]+(?:-[0-9A-Za-z]+)?)(?:/\d+)?"
_FIELDS = rf"{_FIELD}(?:,{_FIELD})*"
_ENTRY = re.compile(
    rf"\s*-?(?P<schedule>@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly|every\s+\S+)"
    rf"|{_FIELDS}(?:[ \t]+{_FIELDS}){{4}})[ \t]+(?P<rest>\S.*)$"
)
_NUMERIC = re.compile(r"[\d*/,\-]+[ \t]+[\d*/,\-]+[ \t]+[\d*/,\-]+[ \t]+\S+[ \t]+\S+")
_ASSIGNMENT = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*)$")
_USER = re.compile(r"(?P<user>[a-z_][\w.-]*)[ \t]+(?P<command>\S.*)$")
_NOT_USERS = re.compile(
    r"cd|python|python3|python2|bash|sh|env|flock|nice|timeout|curl|wget|docker|poetry|uv|"
    r"pipenv|php|node|npm|sudo|test|export|source|exec|echo|celery|flask|django-admin|manage\.py|"
    r"make|run-parts|find|psql|pg_dump|rm|nohup|root_command|kubectl|aws|certbot|mysqldump|rsync|"
    r"tar"
)


def read_crontab(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A schedule for each entry."""
    system = "cron.d" in file.path.split("/") or file.path.rpartition("/")[2] == "crontab"
    for line, text in file.lines():
        entry = parse_entry(text, system=system)
        if entry is not None:
            schedule, command = entry
            yield from file.run(line, "schedule", command, schedule=schedule, keep=True, service="cron")


def parse_entry(text: str, *, system: bool) -> tuple[str, str] | None:
    """Schedule and command of a crontab line; None for comments, assignments and what is no entry.

    `system` tells that a user may stand before the command.
    """
    stripped = text.strip()
    if not stripped or stripped.startswith("#") or _is_assignment(stripped):
        return None
    match = _ENTRY.match(stripped)
    if match is None:
        return None
    schedule, command = " ".join(match["schedule"].split()), match["rest"].strip()
    if not schedule.startswith("@") and not _NUMERIC.match(schedule):
        return None
    user = _USER.match(command) if system else None
    if user and not _NOT_USERS.fullmatch(user["user"]):
        command = user["command"]
    return schedule, _without_input(command)


def _is_assignment(text: str) -> bool:
    match = _ASSIGNMENT.match(text)
    return match is not None and not text[:1].isdigit()


def _without_input(command: str) -> str:
    """Cron sends what follows an unescaped `%` to the command's standard input."""
    head = re.split(r"(?<!\\)%", command, maxsplit=1)[0]
    return head.replace("\\%", "%").strip()
