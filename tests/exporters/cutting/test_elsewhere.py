"""What the model tells once of a function, and runs that begin by themselves."""

from __future__ import annotations

import textwrap

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import build
from exporters.cutting.build import Built

FILE = """
from queues import later, mail

def job(x):
    first(x)
    later.delay(x)

def later(x):
    second(x)

def first(x):
    told(x)
    told(x)

def second(x):
    told(x)

def told(x):
    mail.delay(x)

def mail(x):
    send(x)

def night():
    send(1)
"""


def call(unit: str, line: int, callee: str, *body: model.Node) -> model.Call:
    told = f"app.py::{callee}"
    return model.Call(
        id=f"app.py::{unit}:{line}",
        name=callee,
        unit=f"app.py::{unit}",
        line=line,
        callee=told,
        body=body,
        seen=not body,
    )


def hop(unit: str, line: int, to: str, kind: str = "dispatch") -> model.Hop:
    place = f"app.py::{unit}"
    return model.Hop(id=f"{place}:{line}.h", name=to, unit=place, line=line, kind=kind, runs=(f"app.py::{to}",))


def step(unit: str, line: int) -> model.Step:
    return model.Step(id=f"app.py::{unit}:{line}.s", name="Send", unit=f"app.py::{unit}", line=line, kind="http")


def built(body: tuple[model.Node, ...], **runs: tuple[model.Node, ...]) -> Built:
    made = tuple(
        model.Run(id=f"app.py::{name}", unit=f"app.py::{name}", kind="task", name=name, body=nodes)
        for name, nodes in runs.items()
    )
    workflow = model.Workflow(
        id="workflow:app.py::job", name="job", triggers=(), unit="app.py::job", body=body, runs=made
    )
    return build(workflow, {}, {"app.py": textwrap.dedent(FILE)}.get)


def starts(run: records.Run) -> list[tuple[str, str, bool]]:
    return [(e.of, e.run, e.many) for e in all_elements(run) if isinstance(e, records.Start)]


def test_a_call_that_is_told_elsewhere_sends_what_it_sends_there():
    first = call("job", 4, "first", call("first", 11, "told", hop("told", 18, "mail")), call("first", 12, "told"))
    found = built(
        (first, hop("job", 5, "later")),
        later=(call("later", 8, "second", call("second", 15, "told")),),
        mail=(step("mail", 21),),
    ).definition
    job, later, _ = found.runs
    assert [(run, many) for _, run, many in starts(job)] == [("mail", True), ("later", False)]
    assert [(run, many) for _, run, many in starts(later)] == [("mail", False)]


def test_a_function_that_is_called_and_runs_too_is_told_in_both():
    found = built((call("job", 4, "mail", step("mail", 21)), hop("job", 5, "mail")), mail=()).definition
    _, mail = found.runs
    assert [e.effects[0].name for e in all_elements(mail) if isinstance(e, records.Step)] == ["Send"]


def test_a_call_of_what_is_around_it_is_not_told_again():
    recursive = call("job", 4, "told", hop("told", 18, "mail"), call("told", 18, "told"))
    found = built((recursive,), mail=(step("mail", 21),)).definition
    assert [run for _, run, _ in starts(found.runs[0])] == ["mail"]


def test_a_run_that_nothing_starts_is_no_part_of_the_definition():
    made = built((step("job", 4), hop("job", 5, "night", "poll")), night=(step("night", 24), hop("night", 24, "mail")))
    assert [run.id for run in made.definition.runs] == ["job"]
    (loss,) = made.losses
    assert loss.code == "hop-not-captured"
    assert loss.why == "what is stored here is found by `night`, which no step starts: it is a workflow of its own"


def test_work_that_others_find_by_themselves_is_no_second_thing_of_a_step():
    made = built((step("job", 5), hop("job", 5, "night", "poll")), night=(step("night", 24),)).definition
    assert [e.whole for e in all_elements(made.runs[0]) if isinstance(e, records.Step)] == [""]


def test_a_task_with_its_own_way_to_send_is_no_loss():
    unknown = model.Hop(id="app.py::job:4.0", name="a job", unit="app.py::send", line=9)
    known = model.Hop(id="app.py::job:4.1", name="later", unit="app.py::job", line=4, runs=("app.py::later",))
    made = built((unknown, known, step("job", 5)), later=(step("later", 8),))
    assert made.losses == ()
    alone = built((unknown, step("job", 5)))
    assert [loss.why for loss in alone.losses] == [
        "nobody is known to receive `a job`: it is held back, and nothing starts"
    ]


def test_receivers_of_a_signal_run_inside_whatever_else_starts_them():
    signal = model.Hop(
        id="app.py::job:4", unit="app.py::job", line=4, kind="signal", runs=("app.py::night",), inline=True
    )
    body = (hop("night", 24, "mail"),)
    workflow = built((signal, step("job", 5)), night=body, mail=(step("mail", 21),)).definition
    assert [run.id for run in workflow.runs] == ["job", "mail"]
    assert [run for _, run, _ in starts(workflow.runs[0])] == ["mail"]
