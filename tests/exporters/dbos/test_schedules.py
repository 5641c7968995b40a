from __future__ import annotations

import pytest

from exporters.dbos.schedules import cron


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("30 2 * * *", "30 2 * * *"),
        ("  */15  9-17 * * mon-fri ", "*/15 9-17 * * mon-fri"),
        ("*/5 * * * * *", "*/5 * * * * *"),
        ("@daily", "0 0 * * *"),
        ("every 30 s", "*/30 * * * * *"),
        ("every 5 min", "*/5 * * * *"),
        ("60.0", "* * * * *"),
        ("3600", "0 * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("every 1 day", "0 0 * * *"),
        ("every 40 s", None),
        ("every 90 s", None),
        ("0.5", None),
        ("every 0 s", None),
        ("solar event sunset", None),
        ("each run of jobs tick", None),
        ("every day at two am", None),
        ("0 0 L * *", "0 0 L * *"),
        ("0 0 15W JAN,Jul ?", "0 0 15W JAN,Jul ?"),
        ("", None),
    ],
)
def test_a_schedule_is_said_as_cron_or_not_at_all(said: str, expected: str | None) -> None:
    assert cron(said) == expected
