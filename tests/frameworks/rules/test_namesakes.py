"""An unknown library's class that is named after a known one is taken to extend it, as a guess."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
APP = "from celery.signals import worker_init\nfrom company.queues import {name}\nqueue = {name}()\n"
TASK = "from app import queue\n@queue.task(name='send-mail')\ndef send(to): ...\ndef go():\n    send.delay(1)\n"


def test_a_class_that_ends_in_celery_makes_tasks_and_each_is_a_guess(find: Find) -> None:
    found = find({"app.py": APP.format(name="CompanyCelery"), "tasks.py": TASK})
    assert [(e.kind, e.unit, e.detail.name, e.confidence) for e in found.entry_points] == [
        ("task", "tasks.py::send", "send-mail", 0.7)
    ]
    assert [(d.unit, d.targets) for d in found.dispatches] == [("tasks.py::go", ("tasks.py::send",))]


def test_a_project_class_below_such_a_class_makes_tasks_too(find: Find) -> None:
    app = (
        "import celery\nfrom company.queues import CompanyCelery\n"
        "class Own(CompanyCelery):\n    def ready(self): ...\n"
        "queue = Own()\n"
    )
    found = find({"app.py": app, "tasks.py": TASK})
    assert [(e.unit, e.confidence) for e in found.entry_points] == [("tasks.py::send", 0.7)]


def test_a_class_of_another_name_makes_none(find: Find) -> None:
    found = find({"app.py": APP.format(name="CeleryDocs"), "tasks.py": TASK})
    assert [entry.framework for entry in found.entry_points] == ["unknown queue"]


def test_a_beat_schedule_inside_a_configuration_class_schedules_the_tasks_that_it_names(find: Find) -> None:
    config = (
        "from celery.schedules import crontab\n"
        "class Config:\n"
        "    CELERY = {'broker_url': 'x', 'beat_schedule': {\n"
        "        'nightly': {'task': 'send-mail', 'schedule': crontab(hour=3, minute=0)}}}\n"
    )
    found = find({"app.py": APP.format(name="CompanyCelery"), "tasks.py": TASK, "config.py": config})
    assert [(e.unit, e.detail.schedule) for e in found.entry_points if e.kind == "schedule"] == [
        ("tasks.py::send", "cron 0 3 * * *")
    ]


def test_a_beat_schedule_as_a_class_attribute_schedules_as_well(find: Find) -> None:
    config = "class Config:\n    CELERYBEAT_SCHEDULE = {'often': {'task': 'send-mail', 'schedule': 30}}\n"
    found = find({"app.py": APP.format(name="CompanyCelery"), "tasks.py": TASK, "config.py": config})
    assert [e.detail.schedule for e in found.entry_points if e.kind == "schedule"] == ["every 30 s"]
