"""What a queue keeps and the code does not is a loss of every target that runs; what the code keeps is none."""

from __future__ import annotations

import pytest

import exporters
from discover import load_config, scan

CODE = """
import signal
import redis, requests
from celery import shared_task
from ratelimit import limits

store = redis.Redis()

def a():
    requests.get("https://a.example.com", timeout=1)

def b():
    requests.get("https://b.example.com", timeout=1)

@shared_task(rate_limit="10/m")
def limited(order):
    a()

@shared_task
@limits(calls=15)
def decorated(order):
    a()

@shared_task
def locked(order):
    with store.lock("rates"):
        a()
        b()

@shared_task
def alarmed(order):
    signal.alarm(7)
    a()
    b()
    signal.alarm(0)
"""


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Per exporter, the safeguards that it loses: the workflow's function, and the words."""
    root = tmp_path_factory.mktemp("shop")
    (root / "app.py").write_text(CODE)
    graph = scan(root, load_config(root))

    def sources(path: str) -> str | None:
        return (root / path).read_text() if (root / path).is_file() else None

    found: dict[str, list[str]] = {}
    for name in ("mermaid", "yaml", "dbos", "unmeshed"):
        result = exporters.load(name).export(graph, sources, title="shop")
        lost = [loss for loss in result.losses if loss.code == "safeguard"]
        found[name] = sorted(f"{loss.where.partition('#')[0].rpartition('::')[2]} {loss.why}" for loss in lost)
    return found


RATE = "limited “rate limited: 10/m” is the queue's to keep: the step's own code does not"


def test_a_chart_says_all_of_them(losses: dict[str, list[str]]) -> None:
    assert losses["mermaid"] == []


@pytest.mark.parametrize("target", ["yaml", "dbos", "unmeshed"])
def test_a_step_that_is_the_whole_function_loses_only_what_the_queue_keeps(
    target: str, losses: dict[str, list[str]]
) -> None:
    assert losses[target] == [RATE]
