"""Commands that Celery's workers are sent, and tasks that are named by their own function's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

COMMANDS = """
from celery import Celery
from celery.worker.control import control_command
app = Celery("shop")

@control_command(args=[("number", int)])
def reload_prices(state, number): ...

@control_command(name="forget")
def drop(state): ...

def broadcast(function, **arguments):
    app.control.broadcast(function.__name__, arguments=arguments)

def by_function():
    broadcast(reload_prices, number=1)

def by_name():
    app.control.broadcast("forget")

def built_in():
    app.control.broadcast("pool_restart", arguments={"reload": True})

def unknown():
    app.control.broadcast("nobody_has_it")
"""


def test_a_command_for_the_workers_reaches_the_function_that_is_registered_for_it(scan_source: Scan) -> None:
    graph = scan_source({"shop.py": COMMANDS})
    hops = {(edge.source, edge.target) for edge in graph.edges if edge.kind == "dispatch"}
    assert {target for _, target in hops} == {"shop.py::reload_prices", "shop.py::drop"}
    assert ("shop.py::by_name", "shop.py::drop") in hops
    assert [one.what for one in graph.unresolved] == ["nobody_has_it"]


TASKS = """
from celery import shared_task

@shared_task
def sweep(): ...

@shared_task(name="count")
def count(): ...
"""
PLANNED = """
from django_celery_beat.models import PeriodicTask
from tasks import {task}

def plan(when):
    PeriodicTask.objects.update_or_create(name="it", task={name}, defaults={{"crontab": when}})
"""


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("sweep", 'f"{sweep.__module__}.{sweep.__name__}"'),
        ("sweep", '"%s.%s" % (sweep.__module__, sweep.__name__)'),
        ("count", 'f"{count.__name__}"'),
        ("count", "count.__name__"),
    ],
)
def test_a_schedule_that_names_a_task_by_its_functions_own_name_runs_it(
    scan_source: Scan, task: str, name: str
) -> None:
    graph = scan_source({"tasks.py": TASKS, "plans.py": PLANNED.format(task=task, name=name)})
    assert [one.handler for one in graph.triggers if one.kind == "schedule"] == [f"tasks.py::{task}"]
    assert graph.unresolved == ()
