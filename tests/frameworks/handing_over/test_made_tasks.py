"""Tasks that are classes, which the project's own decorator makes anew by `type()` with methods that send them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

QUEUE = """
import inspect, json, redis
broker = redis.Redis()

class task:
    def __init__(self, queue="default"):
        self.queue = queue
    def __call__(self, fn):
        queue = self.queue
        class Sendable:
            @classmethod
            def delay(cls, *args):
                return cls.apply_async(args)
            @classmethod
            def apply_async(cls, args=None):
                {sends}
            @classmethod
            def told(cls):
                return cls.name
        bases, namespace = [], {{"name": f"{{fn.__module__}}.{{fn.__name__}}"}}
        if inspect.isclass(fn):
            bases = list(fn.__bases__)
            namespace.update(fn.__dict__)
        made = type(fn.__name__, tuple(bases + [Sendable]), namespace)
        if inspect.isclass(fn):
            return made
        fn.delay = made.delay
        return fn
"""
JOBS = """
from queue_of_ours import task

class Base:
    def run(self, number): return self.work(number)

@task()
class Report(Base):
    def work(self, number): return number

@task(queue="slow")
class Bill:
    def run(self, number): return number

@task()
def sweep(): return 1

class Plain:
    def run(self, number): return number
"""
START = """
from jobs import Bill, Plain, Report, sweep

class Order:
    def task_class(self): return Bill

def begin(order: Order):
    Report.delay(1)
    order.task_class().apply_async((2,))
    sweep.delay()
    Bill.told()
    Bill().run(3)
    Plain().run(4)
"""
KEPT = 'broker.rpush("jobs", json.dumps({"task": cls.name, "args": args}))'


@pytest.fixture
def found(find: Find) -> Callable[[str], Findings]:
    return lambda sends: find({"queue_of_ours.py": QUEUE.format(sends=sends), "jobs.py": JOBS, "start.py": START})


def test_what_sends_a_class_hands_over_to_what_a_worker_runs_of_it(found: Callable[[str], Findings]) -> None:
    findings = found(KEPT)
    sent = {(d.line, d.targets, d.arguments) for d in findings.dispatches if d.unit == "start.py::begin"}
    assert sent == {
        (8, ("jobs.py::Base.run",), ("1",)),
        (9, ("jobs.py::Bill.run",), ("(2,)",)),
        (10, ("jobs.py::sweep",), ()),
    }
    tasks = {(e.detail.name, e.unit, e.receiver) for e in findings.entry_points if e.kind == "task"}
    assert tasks == {
        ("jobs.Report", "jobs.py::Base.run", "jobs.py::Report"),
        ("jobs.Bill", "jobs.py::Bill.run", "jobs.py::Bill"),
        ("jobs.sweep", "jobs.py::sweep", ""),
    }


def test_a_class_whose_new_methods_only_run_it_is_no_task(found: Callable[[str], Findings]) -> None:
    findings = found("return cls().run(*args)")
    assert not [entry for entry in findings.entry_points if entry.kind == "task"]
    assert not [d for d in findings.dispatches if d.unit == "start.py::begin"]


def test_a_decorator_that_only_registers_puts_nothing_to_a_class(find: Find) -> None:
    code = (
        "known = []\n"
        "def register(cls):\n"
        "    known.append(cls)\n"
        "    return cls\n"
        "class Other:\n"
        "    def delay(self): print(1)\n"
        "register(Other)\n"
        "@register\n"
        "class Job:\n"
        "    def run(self): print(2)\n"
        "def begin(): Job().delay()\n"
    )
    assert not find({"jobs.py": code}).dispatches
