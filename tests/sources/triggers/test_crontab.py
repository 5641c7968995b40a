from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.sources.records import DeclaredTrigger
from discover.sources.triggers.crontab import parse_entry

Declared = Callable[[Mapping[str, str | bytes]], list[DeclaredTrigger]]


@pytest.mark.parametrize(
    ("line", "system", "entry"),
    [
        ("*/5 * * * * run", False, ("*/5 * * * *", "run")),
        ("  0\t4 1,15 jan-mar mon  run me", False, ("0 4 1,15 jan-mar mon", "run me")),
        ("@daily run", False, ("@daily", "run")),
        ("@reboot run", False, ("@reboot", "run")),
        ("0 4 * * * root run", True, ("0 4 * * *", "run")),
        ("0 4 * * * www-data cd /x && run", True, ("0 4 * * *", "cd /x && run")),
        ("0 4 * * * python job.py", True, ("0 4 * * *", "python job.py")),
        ("0 4 * * * root run", False, ("0 4 * * *", "root run")),
        ("0 4 * * * run --day $(date +\\%F)%input", False, ("0 4 * * *", "run --day $(date +%F)")),
        ("# 0 4 * * * run", False, None),
        ("MAILTO=ops@example.com", False, None),
        ("SHELL = /bin/bash", False, None),
        ("0 4 * * run", False, None),
        ("this is * not cron at all", False, None),
        ("", False, None),
    ],
)
def test_an_entry_is_a_schedule_and_a_command(line: str, system: bool, entry: tuple[str, str] | None):
    assert parse_entry(line, system=system) == entry


field = st.one_of(
    st.just("*"),
    st.integers(0, 59).map(str),
    st.tuples(st.integers(0, 20), st.integers(21, 59)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.integers(1, 30).map(lambda number: f"*/{number}"),
    st.lists(st.integers(0, 59).map(str), min_size=2, max_size=4).map(",".join),
)
schedules = st.one_of(
    st.tuples(field, field, field, field, field).map(" ".join), st.sampled_from(["@hourly", "@weekly"])
)
commands = st.text("abc/._-=&'\"$ ", min_size=1).map(str.strip).filter(lambda text: bool(text) and "%" not in text)


@given(schedules, commands, st.sampled_from([" ", "\t", "  "]))
def test_what_is_written_as_an_entry_is_read_back(schedule: str, command: str, blank: str):
    line = blank.join([*schedule.split(), command])
    assert parse_entry(line, system=False) == (schedule, command)


@given(st.text(max_size=100), st.booleans())
def test_no_line_raises(line: str, system: bool):
    parse_entry(line, system=system)


@pytest.mark.parametrize(
    "path", ["crontab", "deploy/crontab", "app.cron", "etc/cron.d/shop", "docker/crontab.prod", "my-crontab"]
)
def test_crontabs_are_known_by_their_names(declared: Declared, path: str):
    (trigger,) = declared({path: "\n0 4 * * * python -m jobs.nightly\n"})
    assert (trigger.source, trigger.kind, trigger.schedule) == (f"{path}:2", "schedule", "0 4 * * *")
    assert trigger.starts is not None
    assert trigger.starts.path == "jobs/nightly.py"


def test_one_entry_may_start_several_commands(declared: Declared):
    found = declared({"crontab": "@daily cd /app && ./manage.py close; python tools/report.py\n"})
    assert [t.starts.path for t in found if t.starts] == ["manage.py", "tools/report.py"]


def test_a_schedule_of_something_else_is_kept(declared: Declared):
    (trigger,) = declared({"crontab": "@daily pg_dump shop\n"})
    assert trigger.starts is not None
    assert (trigger.starts.kind, trigger.starts.path) == ("program", "")


def test_prose_about_cron_declares_nothing(declared: Declared):
    assert declared({"docs.crontab": "How to write a crontab\nRun it every * * day\n"}) == []
