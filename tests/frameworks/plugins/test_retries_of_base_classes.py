"""A task class whose hook tries its task again."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

CODE = """
from celery import Celery, Task
app = Celery("shop")

class Limited(Task):
    def before_start(self, task_id, args, kwargs):
        self.check()

    def check(self):
        if busy():
            self.retry(exc=OSError())

class Other(Task): ...

@app.task(base=Limited, bind=True)
def build(self, order): ...

@app.task(base=Other)
def tell(order): ...
"""


def test_a_class_that_tries_again_hands_over_to_the_tasks_of_it(find: Callable[[dict[str, str]], Findings]) -> None:
    found = find({"tasks.py": CODE})
    tried = [(one.unit, one.targets) for one in found.dispatches if one.channel == "retry"]
    assert tried == [("tasks.py::Limited.check", ("tasks.py::build",))]
