"""Schedules of libraries that no catalog describes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

CODE = """
from datetime import timedelta
import foreman
from foreman import cron, periodic, recurring_task, retry

NIGHTLY = timedelta(days=1)

{decorator}
def sweep(): ...
"""


@pytest.mark.parametrize(
    ("decorator", "schedule"),
    [
        ("@recurring_task(run_every=timedelta(hours=1))", ["every 3600 s"]),
        ("@recurring_task(NIGHTLY)", ["every 86400 s"]),
        ("@cron('0 3 * * *')", ["cron 0 3 * * *"]),
        ("@foreman.scheduled(at='30 4 * * 1')", ["cron 30 4 * * 1"]),
        ("@recurring_task(timeout=timedelta(hours=1))", []),
        ("@retry(every=timedelta(hours=1))", []),
        ("@periodic(size=7)", []),
        ("@periodic", []),
    ],
)
def test_a_decorator_that_says_by_its_name_and_an_option_that_it_repeats_plans_what_it_decorates(
    find: Find, decorator: str, schedule: list[str]
) -> None:
    found = find({"jobs.py": CODE.replace("{decorator}", decorator)})
    assert [entry.detail.schedule for entry in found.entry_points if entry.kind == "schedule"] == schedule
