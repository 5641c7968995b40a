"""A bound task's first argument is the task, in its body and wherever the body hands it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


TRIES = """
from celery import shared_task
@shared_task(bind=True, max_retries=5, default_retry_delay=300)
def send(self, number):
    try:
        print(number)
    except OSError:
        if self.request.retries == 0:
            self.retry({first})
        else:
            self.retry({later})
"""


@pytest.mark.parametrize(
    ("first", "later", "delays", "policy", "told"),
    [
        ("countdown=0", "", [0.0, 300.0], 300.0, ["countdown=0"]),
        ("countdown=5", "countdown=60", [5.0, 60.0], 60.0, ["countdown=5"]),
        ("countdown=60", "countdown=60", [60.0, 60.0], 60.0, []),
        ("", "countdown=2 ** self.request.retries", [300.0, None], 300.0, ["countdown=2 ** self.request.retries"]),
        ("", "", [None, None], 300.0, []),
    ],
)
def test_each_way_to_try_again_has_its_own_delay(
    find: Find, first: str, later: str, delays: list[float | None], policy: float, told: list[str]
) -> None:
    found = find({"jobs.py": TRIES.format(first=first, later=later)})
    assert [delay for *_, delay in retries(found)] == delays
    (retry,) = [entry.retry for entry in found.entry_points]
    assert retry is not None
    assert (retry.delay, [one.text for one in retry.unsaid]) == (policy, told)
    assert all(one.at in {"jobs.py:9", "jobs.py:11"} for one in retry.unsaid)
