"""The delays and limits of Celery's own retries, as Celery reckons them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover import load_config, scan
from discover.infer.node_trees import walked
from discover.model import Hop, RetryPolicy
from exporters.canonical.load import load_definition
from exporters.cutting.export import export

HEAD = "from celery import Celery, Task\napp = Celery('shop')\n"
Tree = Callable[[dict[str, str]], Path]


def policy_of(root: Path) -> RetryPolicy | None:
    graph = scan(root, load_config(root), workers=1)
    (workflow,) = graph.workflows
    (run,) = workflow.runs
    return run.retry


def backend(options: str, *, before: str = "") -> str:
    return (
        f"{HEAD}{before}\n@app.task({options})\ndef send(n):\n    print(n)\n"
        "@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n"
        "    sender.add_periodic_task(60.0, go.s())\n@app.task\ndef go():\n    send.delay(1)\n"
    )


BASE = "class Patient(Task):\n    autoretry_for = (OSError,)\n    retry_backoff = 2\n    retry_backoff_max = 30\n"


@pytest.mark.parametrize(
    ("options", "attempts", "delay", "backoff", "max_delay", "jitter"),
    [
        ("autoretry_for=(OSError,), retry_backoff=1, retry_jitter=False", 4, 1.0, 2.0, 600.0, False),
        ("autoretry_for=(OSError,), retry_backoff=True", 4, 1.0, 2.0, 600.0, True),
        ("autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=60, max_retries=7", 8, 5.0, 2.0, 60.0, True),
        ("autoretry_for=(OSError,), retry_backoff=0.5", 4, 1.0, 2.0, 600.0, True),
        ("autoretry_for=(OSError,), retry_backoff=False", 4, 180.0, None, None, False),
        ("autoretry_for=(OSError,), retry_backoff=True, max_retries=None", None, 1.0, 2.0, 600.0, True),
        ("autoretry_for=(OSError,), default_retry_delay=9, retry_backoff=3", 4, 3.0, 2.0, 600.0, True),
        ("autoretry_for=(OSError,), retry_kwargs={'max_retries': 2, 'countdown': 7}", 3, 7.0, None, None, False),
        ("base=Patient", 4, 2.0, 2.0, 30.0, True),
    ],
)
def test_a_task_shows_the_delays_that_celery_takes(
    tree: Tree,
    options: str,
    attempts: int | None,
    delay: float,
    backoff: float | None,
    max_delay: float | None,
    jitter: bool,
) -> None:
    found = policy_of(tree({"app.py": backend(options, before=BASE)}))
    assert found is not None
    assert (found.attempts, found.delay, found.backoff, found.max_delay, found.jitter) == (
        attempts, delay, backoff, max_delay, jitter,
    )  # fmt: skip


def test_the_delays_are_those_of_celerys_own_arithmetic(tree: Tree) -> None:
    interval = pytest.importorskip("celery.utils.time").get_exponential_backoff_interval
    found = policy_of(tree({"app.py": backend("autoretry_for=(OSError,), retry_backoff=3, retry_backoff_max=20")}))
    assert found is not None
    assert found.delay is not None
    assert found.backoff is not None
    assert found.max_delay is not None
    delays = [min(found.max_delay, found.delay * found.backoff**number) for number in range(5)]
    assert delays == [interval(3, number, 20) for number in range(5)]


def test_the_definition_says_the_same_and_that_the_delays_are_random(tree: Tree, tmp_path: Path) -> None:
    root = tree({"app.py": backend("autoretry_for=(OSError,), retry_backoff=True")})
    result = export(scan(root, load_config(root), workers=1), lambda _path: None, title="x")
    file = tmp_path / "one.yaml"
    file.write_text(result.artifacts[0].text, encoding="utf-8")
    retry = next(run.retry for run in load_definition(file).runs if run.retry)
    assert (retry.attempts, retry.delay, retry.backoff, retry.max_delay) == (4, 1.0, 2.0, 600.0)
    assert retry.jitter


def test_a_limit_of_tries_that_nothing_uses_is_no_retry(tree: Tree) -> None:
    root = tree({"app.py": backend("max_retries=2, default_retry_delay=30, retry_backoff=True")})
    graph = scan(root, load_config(root), workers=1)
    assert [run.retry for workflow in graph.workflows for run in workflow.runs] == [None]


def test_a_task_that_hands_itself_on_may_be_tried_again_there(tree: Tree) -> None:
    text = backend("bind=True, max_retries=2").replace(
        "def send(n):\n    print(n)", "def send(self, n):\n    later(self)"
    )
    root = tree({"app.py": text})
    graph = scan(root, load_config(root), workers=1)
    (policy,) = [run.retry for workflow in graph.workflows for run in workflow.runs]
    assert policy is not None
    assert policy.attempts == 3


def policies_of(root: Path) -> set[RetryPolicy | None]:
    """How `send` is tried again, in each workflow that it is part of."""
    graph = scan(root, load_config(root), workers=1)
    return {run.retry for workflow in graph.workflows for run in workflow.runs if run.unit == "app.py::send"}


ASKING = """
@app.task({options})
def send(self, n):
    try:
        print(n)
    except OSError as error:
        raise self.retry(exc=error{given})
@app.on_after_configure.connect
def setup(sender, **kwargs):
    sender.add_periodic_task(60.0, go.s())
@app.task
def go():
    send.delay(1)
"""


@pytest.mark.parametrize(
    ("options", "given", "attempts", "delay"),
    [
        ("bind=True", "", 4, 180.0),
        ("bind=True, max_retries=2", "", 3, 180.0),
        ("bind=True, max_retries=2, default_retry_delay=30", "", 3, 30.0),
        ("bind=True, default_retry_delay=30", "", 4, 30.0),
        ("bind=True, max_retries=None", "", None, 180.0),
        ("bind=True, max_retries=2, default_retry_delay=30", ", countdown=5, max_retries=9", 10, 5.0),
    ],
)
def test_a_task_without_errors_to_retry_is_tried_again_only_when_it_asks(
    tree: Tree, options: str, given: str, attempts: int | None, delay: float
) -> None:
    (found,) = policies_of(tree({"app.py": HEAD + ASKING.format(options=options, given=given)}))
    assert found == RetryPolicy(
        attempts=attempts, delay=delay, on=("celery.exceptions.Retry",), asked=True, text=found.text if found else ""
    )


def test_a_task_with_errors_to_retry_may_ask_as_well(tree: Tree) -> None:
    options = "bind=True, autoretry_for=(KeyError,), max_retries=2"
    (found,) = policies_of(tree({"app.py": HEAD + ASKING.format(options=options, given="")}))
    assert found is not None
    assert (found.on, found.asked) == (("KeyError",), False)


HELPED = f"""
import requests
{HEAD}
@app.task(bind=True)
def one(self, x):
    requests.post("https://one.example.com", timeout=5)
    tell(self, x)

@app.task(bind=True)
def two(self, x):
    again(self, x)

def again(task, x):
    tell(task, x)

def tell(task, x):
    try:
        requests.post("https://log.example.com", json=x, timeout=5)
    except requests.RequestException:
        task.retry()
"""


def test_a_helper_tries_the_task_again_that_it_is_given(tree: Tree) -> None:
    root = tree({"app.py": HELPED})
    graph = scan(root, load_config(root), workers=1)
    started = {one.name: [node.runs for node in walked(one.body) if isinstance(node, Hop)] for one in graph.workflows}
    assert started == {"Task: One": [("app.py::one",)], "Task: Two": [("app.py::two",)]}
    assert not any(workflow.runs for workflow in graph.workflows)
