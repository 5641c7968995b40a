"""A schedule is told alike, under whatever name what says it was imported and however its number is worked out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

CASES = {
    "crontab under another name": (
        (
            "from celery import Celery\nfrom celery.schedules import crontab as at\napp = Celery('x')\n"
            "@app.task(name='tidy')\ndef tidy(): ...\n"
            "app.conf.beat_schedule = {'t': {'task': 'tidy', 'schedule': at(minute=0, hour='2')}}\n"
        ),
        "cron 0 2 * * *",
    ),
    "a trigger under another name": (
        (
            "from apscheduler.schedulers.background import BackgroundScheduler\n"
            "from apscheduler.triggers.interval import IntervalTrigger as Every\n"
            "def tidy(): ...\nBackgroundScheduler().add_job(tidy, Every(hours=2))\n"
        ),
        "every 7200 s",
    ),
    "keywords beside a function's name": (
        (
            "from arq import cron\nasync def tidy(ctx): ...\n"
            "class WorkerSettings:\n    cron_jobs = [cron('app.tidy', weekday='mon', hour=1)]\n"
        ),
        "cron hour=1 weekday=mon",
    ),
    "a product in the library's own unit": (
        "from tornado.ioloop import PeriodicCallback\ndef tidy(): ...\nPeriodicCallback(tidy, 1000 * 60).start()\n",
        "every 60 s",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_says_when(find: Find, name: str) -> None:
    text, when = CASES[name]
    assert [e.detail.schedule for e in find({"app.py": text}).entry_points if e.kind == "schedule"] == [when]
