"""A decorator that a library's call makes, and that code gives a name before it decorates with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

MADE = "from celery import shared_task\nretried = shared_task(queue='slow', autoretry_for=(OSError,))\n"
TASKS = "@{name}\ndef bill(order): ...\n@{name}\ndef ship(order): ...\n"


def queues(found: Findings) -> list[tuple[str, str]]:
    return sorted((entry.unit, entry.detail.queue or "") for entry in found.entry_points if entry.kind == "task")


@pytest.mark.parametrize(
    ("files", "module"),
    [
        ({"tasks.py": MADE + TASKS.format(name="retried")}, "tasks.py"),
        ({"own.py": MADE, "jobs.py": "from own import retried as again\n" + TASKS.format(name="again")}, "jobs.py"),
        ({"own.py": MADE, "jobs.py": "import own\n" + TASKS.format(name="own.retried")}, "jobs.py"),
    ],
    ids=["in the same module", "imported", "of a module"],
)
def test_each_function_below_the_name_is_registered_with_the_options_of_the_call(
    find: Find, files: dict[str, str], module: str
) -> None:
    found = find(files)
    assert queues(found) == [(f"{module}::bill", "slow"), (f"{module}::ship", "slow")]
    assert {entry.retry.on for entry in found.entry_points if entry.retry is not None} == {("OSError",)}


def test_a_name_that_is_given_two_results_registers_nothing_by_itself(find: Find) -> None:
    code = MADE + "if DEBUG:\n    retried = print(1)\n" + TASKS.format(name="retried")
    assert queues(find({"tasks.py": code})) == []


def test_an_object_that_a_library_makes_is_no_decorator_of_its_class(find: Find) -> None:
    code = "from celery import Celery\napp = Celery('shop')\n@app\ndef bill(order): ...\n"
    assert queues(find({"tasks.py": code})) == []
