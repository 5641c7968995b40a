from __future__ import annotations

import pytest

from discover.infer.workflows import infer_workflows

FANNED = """
def entry(x):
    effect.http.post("a")
    task_one.delay(x)
    task_two.delay(x)
    task_three.delay(x)
def task_one(x):
    effect.http.post("1")
    effect.http.post("2")
def task_two(x):
    effect.http.post("1")
    effect.http.post("2")
def task_three(x):
    effect.http.post("1")
    effect.http.post("2")
"""


@pytest.mark.parametrize(("limit", "shown"), [(1, 1), (2, 2), (3, 3), (9, 3)])
def test_a_workflow_has_no_more_runs_than_the_limit_and_none_is_hollow(linked, limit, shown):
    workflow = infer_workflows(linked(FANNED), runs=limit)[0][0].workflow
    assert len(workflow.runs) == shown
    assert all(run.body for run in workflow.runs)
    assert workflow.counts.runs == shown + 1
    assert workflow.truncated == (shown < 3)


def test_a_run_that_does_not_fit_is_named_but_not_counted(linked):
    workflow = infer_workflows(linked(FANNED), limit=6)[0][0].workflow
    assert [len(run.body) for run in workflow.runs] == [2, 0, 0]
    assert [run.closed for run in workflow.runs] == [False, True, True]
    assert workflow.counts.runs == 2
    assert workflow.truncated


FULL = """
def entry(x):
    check(x)
    first(x)
def check(x):
    effect.db_write.save("a")
    effect.db_write.save("b")
    effect.db_write.save("c")
    effect.db_write.save("d")
def first(x):
    effect.db_write.save("e")
    second(x)
def second(x):
    effect.db_write.save("f")
    third(x)
def third(x):
    effect.db_write.save("g")
    effect.http.post("h")
"""


def test_what_leads_outside_is_opened_before_what_only_writes(linked, outline):
    workflow = infer_workflows(linked(FULL), limit=8)[0][0].workflow
    assert outline(workflow.body) == [
        {"check": []},
        {
            "first": [
                "db_write e",
                {"second": ["db_write f", {"third": ["db_write g", "http h"]}]},
            ]
        },
    ]
    assert workflow.truncated


LATE = """
def entry(x):
    effect.http.post("a")
    helper(x)
    task_one.delay(x)
def helper(x):
    effect.http.post("b")
    effect.http.post("c")
    further(x)
def further(x):
    effect.http.post("d")
    effect.http.post("e")
    effect.http.post("f")
def task_one(x):
    work(x)
    task_two.delay(x)
def work(x):
    deeper(x)
def deeper(x):
    effect.http.post("g")
def task_two(x):
    finish(x)
def finish(x):
    send(x)
def send(x):
    deliver(x)
def deliver(x):
    effect.http.post("h")
"""


@pytest.mark.parametrize("limit", [6, 11])
def test_work_that_is_handed_on_is_followed_to_its_end_before_helpers_are_opened(linked, limit):
    workflow = infer_workflows(linked(LATE), limit=limit)[0][0].workflow
    assert workflow.truncated
    assert [(run.name, run.closed) for run in workflow.runs] == [("task_one", False), ("task_two", False)]
