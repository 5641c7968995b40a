"""Zappa's settings: per stage the functions that schedules and events call."""

from __future__ import annotations

from collections.abc import Iterator

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.file import TriggerFile, get, items, line_of, mapping, text_of
from discover.sources.triggers.resources import short


def read_zappa(file: TriggerFile) -> Iterator[DeclaredTrigger]:
    """A record for each event of each stage; the same event of several stages is one."""
    seen: set[tuple[str, str, str]] = set()
    for settings in file.mapping().values():
        for event in items(get(settings, "events")):
            name = text_of(get(event, "function"))
            expressions = [text_of(get(event, "expression")), *map(text_of, items(get(event, "expressions")))]
            arn = text_of(get(event, "event_source", "arn"))
            for schedule in [one for one in expressions if one] or [""]:
                key = (name, schedule, arn)
                if name and key not in seen:
                    seen.add(key)
                    starts = file.project.handler(name, file.folder)
                    line = line_of(event, "function")
                    if schedule:
                        yield file.declare(line, "schedule", starts, name=name, schedule=schedule)
                    else:
                        service = arn.split(":")[2] if arn.count(":") > 2 else ""
                        yield file.declare(line, "consumer", starts, name=name, queue=short(arn), service=service)
    for settings in file.mapping().values():
        handler = text_of(get(settings, "exception_handler"))
        if handler and ("", handler, "") not in seen:
            seen.add(("", handler, ""))
            starts = file.project.handler(handler, file.folder)
            yield file.declare(line_of(mapping(settings), "exception_handler"), "hook", starts, name=handler)
