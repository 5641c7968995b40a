"""A bound task's first argument is the task, in its body and wherever the body hands it."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]


def retries(found: Findings) -> list[tuple[str, tuple[str, ...], float | None]]:
    return [(d.unit, d.targets, d.delay) for d in found.dispatches if d.channel == "retry"]


def test_a_helper_that_is_given_the_task_tries_it_again(find: Find) -> None:
    text = (
        "from celery import shared_task\n"
        "def later(job, seconds):\n    job.retry(countdown=30)\n"
        "def outer(job):\n    later(job, 1)\n"
        "@shared_task(bind=True)\ndef first(self):\n    outer(self)\n"
        "@shared_task(bind=True)\ndef second(task):\n    later(job=task, seconds=2)\n"
        "@shared_task\ndef third(task):\n    other(task)\n"
        "def other(job):\n    job.retry(countdown=5)\n"
    )
    found = find({"jobs.py": text})
    assert retries(found) == [("jobs.py::later", ("jobs.py::first", "jobs.py::second"), 30.0)]
    policies = {entry.unit: entry.retry for entry in found.entry_points}
    first, third = policies["jobs.py::first"], policies["jobs.py::third"]
    assert (first and first.delay, third and third.delay) == (30.0, None)


def test_a_task_that_sends_itself_through_its_own_argument_is_known(find: Find) -> None:
    text = (
        "from celery import shared_task\n"
        "@shared_task(bind=True)\ndef page(self, number):\n    self.apply_async(args=(number + 1,), countdown=3)\n"
    )
    found = find({"jobs.py": text})
    assert [(d.unit, d.targets, d.delay) for d in found.dispatches] == [("jobs.py::page", ("jobs.py::page",), 3.0)]
