"""Schedules that a project keeps in a way of its own: its own decorator, tables that a loop fills."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]


def schedules(found: Findings) -> list[tuple[str, str, str]]:
    """Function, schedule and name of each schedule."""
    return sorted(
        (entry.unit.partition("::")[2], entry.detail.schedule or "", entry.detail.name or "")
        for entry in found.entry_points
        if entry.kind == "schedule"
    )


def test_a_decorator_that_gives_nothing_back_and_runs_its_function_in_a_pool_schedules_it(find: Find) -> None:
    code = (
        "from multiprocessing.pool import ThreadPool\nimport schedule\nfrom schedule import every\n"
        "class Scheduler:\n"
        "    def __init__(self):\n        self.pool = ThreadPool(processes=2)\n        self.tasks = []\n"
        "    def add(self, job, *args, **kwargs):\n"
        "        def decorator(func):\n"
        "            self.tasks.append({'func': func, 'job': job.do(self.pool.apply_async, func)})\n"
        "        return decorator\n"
        "scheduler = Scheduler()\n"
        "@scheduler.add(every(1).hours, name='sync')\ndef sync():\n    print(1)\n"
        "@scheduler.add(every().day.at('10:00'), name='report')\ndef report():\n    print(1)\n"
        "def never():\n    print(1)\n"
    )
    assert schedules(find({"app.py": code})) == [
        ("report", "every day at 10:00", ""),
        ("sync", "every 1 hours", ""),
    ]


def test_a_table_that_a_loop_fills_has_one_row_for_each_turn(find: Find) -> None:
    settings = (
        "def build():\n    table = {}\n"
        "    rows = [\n"
        "        {'name': 'Sync', 'task': 'tasks.sync', 'every': 10.0},\n"
        "        {'name': 'Clean', 'task': 'tasks.clean', 'every': 20.0},\n"
        "    ]\n"
        "    for row in rows:\n"
        "        table[row['name']] = {'task': row['task'], 'schedule': row['every']}\n"
        "    return table\n"
        "CELERY_BEAT_SCHEDULE = build()\n"
    )
    tasks = (
        "from celery import shared_task\n"
        "@shared_task\ndef sync():\n    print(1)\n@shared_task\ndef clean():\n    print(1)\n"
        "@shared_task\ndef never():\n    print(1)\n"
    )
    found = schedules(find({"settings.py": settings, "tasks.py": tasks}))
    assert found == [("clean", "every 20 s", "Clean"), ("sync", "every 10 s", "Sync")]


OF_CALLERS = """
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.cron import CronTrigger

    scheduler = BackgroundScheduler()

    def every(function, **options):
        scheduler.add_job(function, "cron", **options)

    def daily(function, hour, minute=0):
        scheduler.add_job(function, CronTrigger(hour=hour, minute=minute))

    def often(minutes):
        def wrap(function):
            scheduler.add_job(function, "interval", minutes=minutes)
            return function
        return wrap

    def later(**options):
        return scheduler.scheduled_job("cron", **options)

    def bill(): ...
    def ship(): ...
    def mail(): ...

    @often(5)
    def poll(): ...

    @often(minutes=10)
    def peek(): ...

    @later(hour=1)
    def clean(): ...

    every(bill, hour=3, minute=30)
    every(ship, day_of_week="mon")
    daily(bill, 4)
    daily(ship, hour=5, minute=15)
    for job, options in [(bill, {"hour": 20}), (ship, {"hour": 21})]:
        every(job, **options)
    every(mail, **load())
"""


def test_what_says_when_is_what_each_caller_gives(find: Find) -> None:
    found = find({"jobs.py": textwrap.dedent(OF_CALLERS)})
    schedules = {(one.unit.partition("::")[2], (one.detail.schedule or "").strip()) for one in found.entry_points}
    assert schedules == {
        ("bill", "cron minute=30 hour=3"),
        ("ship", "cron day_of_week=mon"),
        ("bill", "cron minute=0 hour=4"),
        ("ship", "cron minute=15 hour=5"),
        ("bill", "cron hour=20"),
        ("ship", "cron hour=21"),
        ("mail", "cron"),
        ("poll", "every 300 s"),
        ("peek", "every 600 s"),
        ("clean", "cron hour=1"),
    }
