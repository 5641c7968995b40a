"""The exported package of workers: clean code, and workers that run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from discover import model
from exporters.dbos import export as dbos

BACKEND = """
import os
from celery import Celery, chain, chord, group

app = Celery("shop", broker="redis://127.0.0.1:1/0", backend="redis://127.0.0.1:1/1", set_as_current=False)
app.conf.task_ignore_result = True
TRIES = {"flaky": 0}


def say(text):
    with open(os.environ["SAID"], "a", encoding="utf-8") as file:
        file.write(text + "\\n")


class Audited(app.Task):
    def on_failure(self, exc, task_id, args, kwargs, einfo):
        say(f"on_failure {self.name} {exc}")

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        say(f"on_retry {self.name}")


@app.task
def start(order, *, gift=False):
    say(f"start {order} {gift}")
    chain(price.s(order), ship.s("fast")).apply_async()
    app.send_task("shop.hidden", [order], link=thank.s())
    flaky.apply_async((order,), countdown=0.2)
    group(ship.s(1, "a"), ship.s(2, "b")).apply_async()
    for refused in (lambda: chord([ship.s(3, "c")])(thank.s()), ship.delay(4, "d").get):
        try:
            refused()
        except Exception as error:
            say(f"refused: {error}")


@app.task
def price(order):
    say(f"price {order}")
    return order * 10


@app.task
def ship(total, how):
    say(f"ship {total} {how}")


@app.task(name="shop.hidden")
def hidden(order):
    say(f"hidden {order}")
    return order


@app.task
def thank(order):
    say(f"thank {order}")


@app.task(base=Audited, bind=True, max_retries=9, default_retry_delay=60)
def flaky(self, order):
    TRIES["flaky"] += 1
    say(f"flaky try {self.request.retries}")
    thank.delay(order)
    raise self.retry(exc=ValueError(f"no {order}"))
"""


def task(name: str, *nodes: model.Node, **more: object) -> model.Run:
    fields: dict[str, object] = {"id": name, "unit": f"shop.py::{name}", "kind": "task", "name": name, "body": nodes}
    return model.Run(**(fields | more))  # type: ignore[arg-type]


def hop(*runs: str) -> model.Hop:
    return model.Hop(id=f"h-{'-'.join(runs)}", runs=runs)


def graph() -> model.Graph:
    runs = (
        task("price", hop("ship")),
        task("ship"),
        task("hidden", hop("thank")),
        task("thank"),
        task("flaky", hop("thank"), retry=model.RetryPolicy(attempts=2, delay=0.1, backoff=1.0)),
    )
    trigger = model.Trigger(id="t", kind="task", framework="celery", handler="shop.py::start", line=1)
    workflow = model.Workflow(
        id="w",
        name='Ship "it"\n# now',
        triggers=("t",),
        unit="shop.py::start",
        body=(hop("price"), hop("hidden"), hop("flaky")),
        runs=runs,
    )
    return model.Graph(root="shop", triggers=(trigger,), workflows=(workflow,))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    for artifact in dbos.export(graph(), lambda _path: None, title="shop").artifacts:
        file = folder / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("command", [["format", "--check"], ["check", "--select", "E,F,W,I,UP,B,ANN,N,D100,D101,D103"]])
def test_the_package_is_clean_for_ruff(package: Path, command: list[str]) -> None:
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--isolated", "--line-length", "120", "."]
    done = subprocess.run(ruff, cwd=package, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def run(package: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[dict[str, str]], list[str]]:
    """One run of the package: exit code, lines of the report as (step, status, tries), what the backend said."""
    folder = tmp_path_factory.mktemp("backend")
    (folder / "shop.py").write_text(textwrap.dedent(BACKEND), encoding="utf-8")
    command = [sys.executable, "-m", "workers", "run", "ship_it_now", "run-1", "--root", str(folder)]
    command += ["--input", json.dumps({"args": [7], "kwargs": {"gift": True}}), "--database", str(folder / "e.sqlite")]
    env = {**os.environ, "SAID": str(folder / "said"), "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=package, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    steps = [{"id": words[0], "step": words[1], "status": words[2], "tries": words[4]} for words in lines]
    return done.returncode, steps, (folder / "said").read_text(encoding="utf-8").splitlines()


Run = tuple[int, list[dict[str, str]], list[str]]


def test_arguments_by_position_and_by_name_reach_the_first_step(run: Run) -> None:
    assert run[2][0] == "start 7 True"


def test_a_chain_hands_each_result_to_the_next_task(run: Run) -> None:
    said = run[2]
    assert said.index("price 7") < said.index("ship 70 fast")


def test_each_task_of_a_group_is_a_step_although_no_result_store_answers(run: Run) -> None:
    assert {"ship 1 a", "ship 2 b"} <= set(run[2])


def test_what_can_not_be_a_step_is_refused_in_the_code_that_does_it(run: Run) -> None:
    refused = [line for line in run[2] if line.startswith("refused")]
    assert ["a chord" in refused[0], "waits for the result" in refused[1]] == [True, True]
    assert "ship 3 c" not in run[2]


def test_a_task_sent_by_name_is_found_and_its_link_follows(run: Run) -> None:
    said = run[2]
    assert said.index("hidden 7") < said.index("thank 7")


def test_the_definitions_policy_rules_the_tries_and_hooks_run_as_in_a_worker(run: Run) -> None:
    flaky = [line for line in run[2] if "flaky" in line]
    assert flaky == ["flaky try 0", "on_retry shop.flaky", "flaky try 1", "on_failure shop.flaky no 7"]
    assert [step["tries"] for step in run[1] if step["step"] == "flaky"] == ["2"]


def test_what_a_failed_try_had_sent_stays_sent(run: Run) -> None:
    assert run[2].count("thank 7") == 3


def test_a_failed_step_makes_the_run_fail(run: Run) -> None:
    assert run[0] == 4
    assert [step["step"] for step in run[1] if step["status"] != "SUCCESS"] == ["flaky"]


def test_what_the_engine_says_differently_is_a_loss() -> None:
    trigger = model.Trigger(
        id="t",
        kind="schedule",
        framework="apscheduler",
        handler="a.py::job",
        line=1,
        detail=model.TriggerDetail(schedule="every 40 s"),
    )
    retry = model.RetryPolicy(attempts=None, delay=10.0, backoff=2.0, max_delay=60.0, jitter=True)
    run = model.Run(id="r", unit="a.py::f.<locals>.g", kind="task", retry=retry, timeout=5.0)
    workflow = model.Workflow(id="w", name="w", triggers=("t",), unit="a.py::job", body=(hop("r"),), runs=(run,))
    result = dbos.export(
        model.Graph(root="x", triggers=(trigger,), workflows=(workflow,)), lambda _path: None, title="x"
    )
    assert [loss.code for loss in result.losses] == [
        "not-importable",
        "timeout",
        "schedule",
        "retry-max-delay",
        "retry-jitter",
        "retry-unbounded",
    ]
    readme = next(artifact.text for artifact in result.artifacts if artifact.path == "README.md")
    assert all(loss.code in readme for loss in result.losses)
