"""Classes that a backend gives its tasks, with a `__call__` of their own."""

from __future__ import annotations

import textwrap

import pytest

from discover import model
from exporters.canonical.walk import code_of
from exporters.cutting import build
from exporters.cutting.build import Built

FILE = """
from celery import Celery, Task
from outside import first, second

app = Celery()

class Timed(Task):
    def __call__(self, *args, **kwargs):
        begun = now()
        result = super().__call__(*args, **kwargs)
        told(begun)
        return result

class Given(Timed):
    def __call__(self, *args, **kwargs):
        {change}
        return super().__call__({passed})

class Counted(Timed):
    def on_success(self, retval, task_id, args, kwargs):
        saved(task_id)

class Sorry(Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        saved(task_id)

@app.task(base={base})
def job(order, **rest):
    first(order)
    second(order)
"""


def built(base: str, change: str = "pass", passed: str = "*args, **kwargs") -> Built:
    text = textwrap.dedent(FILE).replace("{base}", base).replace("{change}", change).replace("{passed}", passed)
    line = text.splitlines().index("    first(order)") + 1
    steps = tuple(
        model.Step(id=f"app.py::job:{n}", name=f"Call {n}", unit="app.py::job", line=n, kind="http")
        for n in (line, line + 1)
    )
    task = model.Trigger(id="task:job", handler="app.py::job", line=1, kind="task", framework="celery")
    workflow = model.Workflow(
        id="workflow:app.py::job", name="job", triggers=(task.id,), unit="app.py::job", body=steps
    )
    return build(workflow, {task.id: task}, {"app.py": text}.get)


@pytest.mark.parametrize("base", ["Timed", "Given"])
def test_a_class_that_passes_on_what_it_gets_stands_around_each_step(base: str):
    made = built(base)
    assert len(list(code_of(made.definition.runs[0]))) == 2
    assert [(loss.code, loss.why) for loss in made.losses] == [
        ("task-class", f"what `{base}.__call__` does around a task is done around each step of it")
    ]


@pytest.mark.parametrize(
    ("change", "passed"),
    [
        ("kwargs['order'] = read(kwargs['order'])", "*args, **kwargs"),
        ("del kwargs['tenant']", "*args, **kwargs"),
        ("tenant = kwargs.pop('tenant')", "*args, **kwargs"),
        ("args = [read(args[0]), *args[1:]]", "*args, **kwargs"),
        ("order = read(args[0])", "order, *args[1:], **kwargs"),
        ("pass", "*args"),
    ],
)
def test_a_class_that_changes_the_arguments_keeps_its_tasks_whole(change: str, passed: str):
    (step,) = code_of(built("Given", change, passed).definition.runs[0])
    assert getattr(step, "whole") == "`Given` calls `job` with arguments of its own"  # noqa: B009


def test_what_a_class_does_is_no_loss_of_a_task_that_stays_whole():
    assert not built("Given", "kwargs['order'] = 1").losses


def test_a_class_that_is_told_how_a_task_went_keeps_it_whole():
    run = built("Counted").definition.runs[0]
    (step,) = code_of(run)
    assert getattr(step, "whole") == "`on_success` of its class is told of `job` as a whole"  # noqa: B009
    assert not run.on_failure


def test_a_class_is_told_of_the_failure_of_a_task_in_steps():
    run = built("Sorry").definition.runs[0]
    assert len(run.steps) == 2
    assert [element.id for element in run.on_failure] == ["job_failed"]


def test_a_call_that_only_a_framework_makes_is_a_loss():
    workflow = model.Workflow(id="w", name="w", triggers=("t",), unit="app.py::job", body=())
    trigger = model.Trigger(id="t", handler="app.py::job", line=1, kind="graphql", framework="graphene")
    made = build(workflow, {"t": trigger}, {}.get)
    assert [(loss.code, loss.why) for loss in made.losses] == [
        ("framework-call", "no worker makes the call that graphene makes: its parameters are the input")
    ]
