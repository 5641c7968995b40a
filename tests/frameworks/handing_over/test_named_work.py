"""A project's own queue: functions whose dotted names are stored, to be imported and run elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

MODELS = """
from django.db import models
class Task(models.Model):
    name = models.TextField()
    arguments = models.JSONField()
"""
QUEUE = """
import json
from shop.models import Task

def name_of(func):
    return f"{func.__module__}.{func.__qualname__}" if callable(func) else func

def payload(name, args):
    return {"name": name, "arguments": json.dumps(args)}

def dispatch(func, args=(), urgent=False):
    name = name_of(func)
    return Task.objects.create(**payload(name, args))

def later(func, *args):
    return dispatch(func, args)

def timed(func):
    Task.objects.create(name=name_of(func))
    return func()

def forget(func):
    Task.objects.filter(name=name_of(func)).delete()
"""
WORKER = """
import importlib
from shop.models import Task

def work():
    for task in Task.objects.all():
        module, name = task.name.rsplit(".", 1)
        getattr({loads}, name)()
"""
JOBS = "def clean(): ...\ndef mail(number): ...\ndef sweep(): ...\ndef count(): ...\ndef drop(): ...\n"
START = """
from shop.jobs import clean, count, drop, mail
from shop.queue import dispatch, forget, later, timed

def begin():
    dispatch(clean)
    later(mail, 1)
    dispatch("shop.jobs.sweep", urgent=True)
    timed(count)
    forget(drop)
"""


def _files(loads: str) -> dict[str, str]:
    return {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/queue.py": QUEUE,
        "shop/worker.py": WORKER.replace("{loads}", loads),
        "shop/jobs.py": JOBS,
        "shop/start.py": START,
    }


def _sent(found: Findings) -> dict[str, int]:
    return {
        target.rpartition("::")[2]: one.line
        for one in found.dispatches
        for target in one.targets
        if one.unit == "shop/start.py::begin"
    }


def test_a_function_whose_name_is_stored_is_handed_over_where_it_is_given(find: Find) -> None:
    found = find(_files("importlib.import_module(module)"))
    assert _sent(found) == {"clean": 6, "mail": 7, "sweep": 8}
    tasks = {entry.unit.rpartition("::")[2] for entry in found.entry_points if entry.kind == "task"}
    assert tasks == {"clean", "mail", "sweep"}


def test_a_stored_name_that_nothing_imports_hands_nothing_over(find: Find) -> None:
    assert _sent(find(_files('importlib.import_module("shop.jobs")'))) == {}
