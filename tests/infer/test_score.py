"""What ranks a workflow: what is its own counts, what half of the backend leads through hardly does."""

from __future__ import annotations

import pytest

from discover.infer.score import Part, score_of, weights
from discover.model import Counts

ONE = Counts(runs=1, hops=2, steps=3, decisions=1)


def rank(parts: list[Part], weight: dict[str, float]) -> float:
    return score_of(parts, weight, 0, scheduled=False, received=False)


def test_a_unit_counts_by_how_rare_it_is_among_the_workflows() -> None:
    found = weights([["mail", "order"], ["mail", "refund"], ["mail"], ["mail", "order", "order"]])
    assert found == {"refund": 1.0, "order": 0.5, "mail": 0.05}


@pytest.mark.parametrize("workflows", [[], [["mail"]]])
def test_with_one_workflow_or_none_everything_counts_in_full(workflows: list[list[str]]) -> None:
    assert set(weights(workflows).values()) <= {1.0}


def test_the_same_counts_rank_higher_where_they_are_the_workflows_own() -> None:
    weight = weights([["mail", "order"], ["mail", "check"], ["mail"]])
    assert rank([Part("order", ONE)], weight) > rank([Part("mail", ONE)], weight) > 0
    assert rank([Part("order", ONE), Part("mail", ONE)], weight) > rank([Part("order", ONE)], weight)


def test_what_only_sends_what_all_send_ranks_below_what_has_work_of_its_own(scan_source):
    handlers = "".join(f"@app.post('/ask{n}')\ndef ask{n}():\n    tell.delay({n})\n" for n in range(6))
    graph = scan_source(
        {
            "app.py": f"""
import requests
from celery import shared_task
from fastapi import FastAPI
app = FastAPI()
@shared_task
def tell(n):
    if n > 1:
        requests.post("https://example.com/a", timeout=1)
    if n > 2:
        requests.post("https://example.com/b", timeout=1)
    log.delay(n)
@shared_task
def log(n):
    requests.post("https://example.com/c", timeout=1)
{handlers}
@shared_task
def bill(n):
    requests.post("https://example.com/d", timeout=1)
@app.post('/order')
def order():
    bill.delay(1)
"""
        }
    )
    names = [workflow.name for workflow in graph.workflows]
    assert names.index("POST /order") < names.index("POST /ask0")
