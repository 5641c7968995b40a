from __future__ import annotations

import pytest

from exporters.canonical.schedules import cron


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("30 2 * * *", "30 2 * * *"),
        ("  */15  9-17 * * mon-fri ", "*/15 9-17 * * mon-fri"),
        ("*/5 * * * * *", "*/5 * * * * *"),
        ("cron 30 2 * * *", "30 2 * * *"),
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
        ("99 99 99 99 99", None),
        ("60 * * * *", None),
        ("0 24 * * *", None),
        ("0 0 0 * *", None),
        ("0 0 * 13 *", None),
        ("0 0 * * 8", None),
        ("0-99 * * * *", None),
        ("*/0 * * * *", None),
        ("0 0 * mon *", None),
        ("0 0 * * fri#2", "0 0 * * fri#2"),
        ("0,30 8-18/2 1-15 jan-jun 7", "0,30 8-18/2 1-15 jan-jun 7"),
        ("1 2 3", None),
        ("--- * * * *", None),
    ],
)
def test_a_schedule_is_said_as_cron_or_not_at_all(said: str, expected: str | None) -> None:
    assert cron(said) == expected


@pytest.mark.parametrize("field", range(5))
@pytest.mark.parametrize(
    "part",
    ["*", "?", "0", "1", "7", "8", "12", "13", "23", "24", "31", "32", "59", "60", "1-5", "*/2", "*/0", "1,99", "L"],
)
def test_every_text_that_passes_is_one_that_the_engine_takes(field: int, part: str) -> None:
    croniter = pytest.importorskip("croniter").croniter
    text = " ".join(part if index == field else "*" for index in range(5))
    assert cron(text) is None or croniter.is_valid(text, second_at_beginning=True)


def test_every_text_of_plain_numbers_passes_where_the_engine_takes_it() -> None:
    croniter = pytest.importorskip("croniter").croniter
    for field in range(5):
        for number in range(70):
            text = " ".join(str(number) if index == field else "*" for index in range(5))
            assert (cron(text) is not None) == croniter.is_valid(text, second_at_beginning=True)
