from __future__ import annotations

import pytest

APP = """
from celery import Celery

class Shop(Celery):
    def gen_task_name(self, name, module):
        {body}

app = Shop("shop")
app.conf.beat_schedule = {{"sweep": {{"task": "{scheduled}", "schedule": 60.0}}}}
"""
TASKS = """
from celery import shared_task

@shared_task
def sweep(): ...

@shared_task(name="count all")
def count(): ...
"""


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return name", "sweep"),
        ('return f"shop:{name}"', "shop:sweep"),
        ('return ".".join([module, "x", name])', "shop.tasks.x.sweep"),
        ("return super().gen_task_name(name, module)", "shop.tasks.sweep"),
    ],
)
def test_a_task_has_the_name_that_its_application_gives_it(find, body: str, name: str) -> None:
    app = APP.format(body=body, scheduled=name)
    found = find({"shop/__init__.py": "", "shop/app.py": app, "shop/tasks.py": TASKS})
    tasks = {e.unit.rpartition("::")[2]: e.detail.name for e in found.entry_points if e.kind == "task"}
    assert tasks == {"sweep": name, "count": "count all"}
    assert [e.unit for e in found.entry_points if e.kind == "schedule"] == ["shop/tasks.py::sweep"]
