"""Schedules that a project keeps in a way of its own: its own decorator, tables that a loop fills."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

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


KEPT = """
from dataclasses import dataclass
from typing import Callable, Optional
{imports}
@dataclass
class Job:
    func: Callable
    every: int
    name: str = "none"
class Made:
    def __init__(self, function, period):
        self.func = function
        self.every = period
class Register:
    jobs = []
    def add(self, func, every, name=None):
        {added}
register = Register()
def scheduled(every, name=None):
    def wrap(func):
        register.add(func, every, name=name)
        return func
    return wrap
@scheduled(60, name="sync")
def sync():
    print(1)
@scheduled(every=20)
def clean():
    print(1)
def never():
    print(1)
def start():
    jobs = register.jobs
    for job in jobs:
        {planned}
"""
IMPORTS = "from django_q.models import Schedule\nfrom django_q.tasks import schedule"
PLANNED = "schedule(job.func, schedule_type='I', minutes=job.every)"
EACH = [("clean", "every 1200 s", ""), ("sync", "every 3600 s", "")]


@pytest.mark.parametrize(
    ("added", "planned"),
    [
        ("self.jobs.append(Job(func, every))", PLANNED),
        ("self.jobs.append(Job(every=every, func=func))", PLANNED),
        ("self.jobs.append(Made(func, every))", PLANNED),
        ("job = Made(func, period=every)\n        self.jobs.append(job)", PLANNED),
        (
            "self.jobs.append({'func': func, 'every': every})",
            "schedule(job['func'], schedule_type='I', minutes=job['every'])",
        ),
        (
            "self.jobs.append(Job(func, every))",
            "schedule(job.func, schedule_type='I', minutes=period(job))\ndef period(job):\n    return job.every",
        ),
    ],
    ids=[
        "a data class",
        "a data class by its fields' names",
        "a class with a constructor",
        "an object with a name of its own",
        "a dict",
        "an object that a helper is asked of",
    ],
)
def test_what_a_decorator_puts_into_a_list_keeps_its_own_options_where_a_loop_plans_it(
    find: Find, added: str, planned: str
) -> None:
    code = KEPT.format(imports=IMPORTS, added=added, planned=planned)
    assert schedules(find({"jobs.py": code})) == EACH


def test_a_job_without_a_period_of_its_own_is_told_by_its_kind(find: Find) -> None:
    code = KEPT.format(
        imports=IMPORTS,
        added="self.jobs.append(Job(func, every))",
        planned="Schedule.objects.create(func=job.func, schedule_type='D', minutes=job.every)",
    )
    code = code.replace("@scheduled(every=20)", "@scheduled(None)")
    assert schedules(find({"jobs.py": code})) == [("clean", "D", ""), ("sync", "every 3600 s", "")]


def test_a_list_that_is_filled_in_other_ways_too_keeps_what_all_rows_may_be(find: Find) -> None:
    code = KEPT.format(
        imports=IMPORTS,
        added="self.jobs.append(Job(func, every))",
        planned=PLANNED,
    )
    code += "def more(job):\n    register.jobs.append(job)\nmore(Made(never, 5))\n"
    found = {unit for unit, *_ in schedules(find({"jobs.py": code}))}
    assert found >= {"clean", "sync", "never"}


def test_a_table_in_the_module_that_a_setting_names_is_the_one_that_is_scheduled(find: Find) -> None:
    table = "from shop import jobs\nTABLE = {{'{name}': {{'job': jobs.{name}, 'seconds': {seconds}}}}}\n"
    worker = """
        import importlib
        from apscheduler.schedulers.blocking import BlockingScheduler
        from shop import settings

        def main():
            scheduler = BlockingScheduler()
            module = importlib.import_module(settings.TIMETABLE)
            for name, row in module.TABLE.items():
                scheduler.add_job(row["job"], "interval", seconds=row["seconds"], id=name)
            scheduler.start()
    """
    code = {
        "shop/__init__.py": "",
        "shop/settings.py": "TIMETABLE = 'shop.tables.nightly'\n",
        "shop/jobs.py": "def bill(): ...\ndef never(): ...\n",
        "shop/tables/__init__.py": "",
        "shop/tables/nightly.py": table.format(name="bill", seconds=3600),
        "shop/tables/hourly.py": table.format(name="never", seconds=60),
        "shop/worker.py": textwrap.dedent(worker),
    }
    assert schedules(find(code)) == [("bill", "every 3600 s", "bill")]
