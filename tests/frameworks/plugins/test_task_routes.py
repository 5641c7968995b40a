"""Queues that a table of routes gives to tasks by name, wherever the table stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

TASKS = (
    "from celery import Celery\napp = Celery('shop')\n"
    "@app.task(name='shop.mail')\ndef mail(): ...\n"
    "@app.task(name='shop.bulk.one')\ndef one(): ...\n"
    "@app.task(name='shop.own', queue='own')\ndef own(): ...\n"
    "@app.task(name='other.mail')\ndef other(): ...\n"
)
ROUTES = "{'shop.mail': {'queue': 'slow'}, 'shop.bulk.*': {'queue': 'bulk'}, 'shop.own': {'queue': 'slow'}}"


@pytest.mark.parametrize(
    "code",
    [
        f"app.conf.task_routes = {ROUTES}\n",
        f"app.conf.update(task_routes={ROUTES})\n",
        f"def configure(celery):\n    celery.conf.task_routes = ({ROUTES},)\n",
        f"CELERY_TASK_ROUTES = {ROUTES}\n",
    ],
)
def test_a_task_has_the_queue_that_its_route_says(find: Find, code: str) -> None:
    found = find({"jobs.py": TASKS + code})
    queues = {entry.unit.partition("::")[2]: entry.detail.queue for entry in found.entry_points}
    assert queues == {"mail": "slow", "one": "bulk", "own": "own", "other": None}
