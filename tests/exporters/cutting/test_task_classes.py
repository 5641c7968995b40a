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
from django.db import models
from outside import first, second

app = Celery()

class Order(models.Model):
    code = models.CharField()

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
        return super().on_success(retval, task_id, args, kwargs)

class Resulting(Counted):
    def on_success(self, retval, task_id, args, kwargs):
        saved(retval)

class Keeping(Counted):
    def before(self):
        self.begun = now()

class Waiting(Task):
    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        saved(status)

class Sorry(Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        saved(task_id)

@app.task(base={base})
def job(order, **rest):
    first(order)
    {second}
"""
LOOKED_UP = "order = Order.objects.select_related('shop').get(pk=kwargs['order']); kwargs['order'] = order"


def built(
    base: str,
    change: str = "pass",
    passed: str = "*args, **kwargs",
    second: str = "second(order, rest)",
    kind: str = "http",
) -> Built:
    text = textwrap.dedent(FILE).replace("{base}", base).replace("{change}", change).replace("{passed}", passed)
    text = text.replace("{second}", second)
    line = text.splitlines().index("    first(order)") + 1
    steps = tuple(
        model.Step(id=f"app.py::job:{n}", name=f"Call {n}", unit="app.py::job", line=n, kind=does, target="Order")
        for n, does in ((line, "http"), (line + 1, kind))
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
        ("kwargs['order'] = Order.objects.first()", "*args, **kwargs"),
        ("kwargs['order'] = Order.objects.get(code=kwargs['order'])", "*args, **kwargs"),
        ("kwargs.update(order=Order.objects.get(pk=1))", "*args, **kwargs"),
        ("kwargs = {'order': 1}", "*args, **kwargs"),
        ("args = [read(args[0]), *args[1:]]", "*args, **kwargs"),
        ("order = read(args[0])", "order, *args[1:], **kwargs"),
        ("pass", "*args"),
        ("shown(kwargs)", "*args, **kwargs"),
        ("kwargs['order']['code'] = 1", "*args, **kwargs"),
        ("kwargs['order'].code = 1", "*args, **kwargs"),
        ("args[0].append(1)", "*args, **kwargs"),
        ("fill(kwargs.get('order'))", "*args, **kwargs"),
        ("order = kwargs['order']; order['code'] = 1", "*args, **kwargs"),
        ("order = kwargs.get('order') or {}; order['code'] = 1", "*args, **kwargs"),
    ],
)
def test_a_class_that_changes_the_arguments_keeps_its_tasks_whole(change: str, passed: str):
    (step,) = code_of(built("Given", change, passed).definition.runs[0])
    assert getattr(step, "whole") == "`Given` calls `job` with arguments of its own"  # noqa: B009


@pytest.mark.parametrize(
    "change",
    [
        "if args: return None",
        "if is_off(): return",
        "return [super().__call__(*args, **kwargs)]",
        "result = super().__call__(*args, **kwargs); result = result or {}; return result",
        "super().__call__(*args, **kwargs)",
        "while is_on(): super().__call__(*args, **kwargs)",
        "return super().__call__(*args, **kwargs) or 1",
        "return later(lambda: self.run(*args, **kwargs))",
    ],
)
def test_a_class_that_ends_a_task_its_own_way_keeps_it_whole(change: str):
    (step,) = code_of(built("Given", change).definition.runs[0])
    assert getattr(step, "whole") == "`Given.__call__` does not just call `job` once and give back what it gave"  # noqa: B009


@pytest.mark.parametrize(
    "change",
    [
        "if is_off(): raise ValueError(1)",
        "if 'order' in kwargs: return super().__call__(*args, **kwargs)",
        "if isinstance(args[0], int) and kwargs.get('order') != 3: shown(1)",
    ],
)
def test_a_class_that_only_asks_for_the_arguments_leaves_its_tasks_to_be_cut(change: str):
    assert len(list(code_of(built("Given", change).definition.runs[0]))) == 2


@pytest.mark.parametrize("change", ["del kwargs['tenant']", "tenant = kwargs.pop('tenant')"])
def test_arguments_that_the_class_takes_are_not_those_of_the_message(change: str):
    (step,) = code_of(built("Given", change).definition.runs[0])
    assert getattr(step, "whole") == "`job` asks for all arguments, of which its class takes some"  # noqa: B009
    assert len(built("Given", change, second="second(order)").definition.runs[0].steps) == 2


@pytest.mark.parametrize(
    "change", [LOOKED_UP, "args = list(args); args[0] = Order.objects.get(id=args[0])", "del kwargs['order']"]
)
def test_a_parameter_that_the_class_looks_up_by_its_key_is_made_anew_for_each_step(change: str):
    run = built("Given", change).definition.runs[0]
    assert [step.inputs for step in code_of(run)] == [{}, {"rest": "rest"}]
    assert (run.parameters, run.context) == (("order", "rest"), ("order",))


@pytest.mark.parametrize(
    ("second", "kind", "why"),
    [
        ("order.code = second(order)", "http", "it changes `order`, which its class looks up for each step"),
        ("second(order, rest)", "db_write", "it changes what its class looks up for each step"),
    ],
)
def test_what_is_changed_is_not_looked_up_anew(second: str, kind: str, why: str):
    (step,) = code_of(built("Given", LOOKED_UP, second=second, kind=kind).definition.runs[0])
    assert getattr(step, "whole") == why  # noqa: B009


def test_what_a_class_does_is_no_loss_of_a_task_that_stays_whole():
    assert not built("Given", "kwargs['order'] = 1").losses


@pytest.mark.parametrize(("base", "inputs"), [("Counted", {}), ("Resulting", {"retval": "result"})])
def test_a_class_is_told_of_the_success_of_a_task_in_steps_behind_the_last_one(base: str, inputs: dict[str, str]):
    run = built(base, second="return len(second(order))").definition.runs[0]
    *steps, told = code_of(run)
    assert len(steps) == 2
    assert (told.id, told.call, told.inputs) == ("job_succeeded", "app:job.on_success", inputs)
    assert not run.on_failure


@pytest.mark.parametrize(
    ("base", "second", "why"),
    [
        ("Waiting", "second(order)", "`after_return` of its class is told of `job` as a whole"),
        ("Keeping", "second(order)", "`self.begun` of its class is kept from one part of `job` to the next"),
        (
            "Resulting",
            "return second(order)",
            "`on_success` of its class asks for what `job` returns (what `second` gives)",
        ),
    ],
)
def test_a_class_that_is_told_what_only_the_whole_knows_keeps_it_whole(base: str, second: str, why: str):
    (step,) = code_of(built(base, second=second).definition.runs[0])
    assert getattr(step, "whole") == why  # noqa: B009


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
