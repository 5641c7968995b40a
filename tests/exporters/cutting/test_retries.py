"""What a library tries again is tried again by the engine: as often, after the same times, with the same end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import build, tally
from exporters.cutting.build import Built
from tests.exporters.cutting import beside
from tests.exporters.cutting.beside import Imported, Outcome, hold_against

OUTSIDE = """
from tests.exporters.cutting.beside import Table

class Down(Exception): pass
class Slow(Down): pass
class Wrong(Exception): pass

trace = []
failing = Table()

def waited(seconds):
    trace.append(("wait", seconds))

def effect(name, value=None):
    trace.append((name, value))
    error, times = failing.get(name, (None, 0))
    if times:
        failing[name] = (error, times - 1)
        raise error(name)
    return [name, value]
"""
JOB = """
import backoff
import retry
import retrying
import stamina
import tenacity
from outside import Down, Slow, Wrong, effect

TRIES = 3

def told(error): return False


{decorator}
def fetch(key, extra=1):
    first = effect("ask", key)
    return first


{decorator}
def both(key):
    first = effect("one", key)
    if first:
        second = effect("two", first)
        return [first, second]
    return None


def job(n):
    effect("begin", n)
    a = fetch(n)
    effect("between", a)
    try:
        b = both(n + 1)
    except Wrong as error:
        b = str(error)
    effect("end", b)
    return [a, b]
"""
SAID = [
    "@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(2), reraise=True)",
    "@tenacity.retry(stop=tenacity.stop_after_attempt(TRIES), retry=tenacity.retry_if_exception_type(Down))",
    "@tenacity.retry(stop=tenacity.stop_after_attempt(3), retry=tenacity.retry_if_exception_type((Slow, Wrong)))",
    "@tenacity.retry(stop=tenacity.stop_after_attempt(4), wait=tenacity.wait_exponential(3, max=5), reraise=True)",
    "@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_random_exponential(max=10))",
    "@tenacity.retry(stop=tenacity.stop_after_attempt(2), wait=tenacity.wait_random(0, 3), reraise=True)",
    "@tenacity.retry",
    "@backoff.on_exception(backoff.expo, Down, max_tries=3, jitter=None)",
    "@backoff.on_exception(backoff.expo, (Slow, Wrong), max_tries=4, factor=2, base=3, max_value=7)",
    "@backoff.on_exception(backoff.constant, Exception, max_tries=3, interval=4, jitter=None)",
    "@stamina.retry(on=Down, attempts=4, timeout=None, wait_jitter=0, wait_initial=1.0)",
    "@retry.retry(Down, tries=3, delay=1, backoff=3, max_delay=2)",
    "@retrying.retry(stop_max_attempt_number=3, wait_fixed=1500)",
    "@retrying.retry(stop_max_attempt_number=4, wait_exponential_multiplier=500, wait_exponential_max=1500)",
    (
        "@tenacity.retry(retry=tenacity.retry_if_not_exception_type((Slow, KeyError)), reraise=True,"
        " stop=tenacity.stop_after_attempt(3))"
    ),
]
FAILING: list[dict[str, tuple[str, int]]] = [
    {},
    {"ask": ("Down", 1)},
    {"ask": ("Slow", 2), "two": ("Down", 1)},
    {"one": ("Wrong", 1)},
    {"ask": ("Wrong", 9)},
    {"two": ("Slow", 9)},
]


def built(workflow_over: Callable[..., model.Workflow], decorator: str, text: str = JOB) -> Built:
    return beside.built(workflow_over, {"outside.py": OUTSIDE, "job.py": text.format(decorator=decorator)})


def outcome(space: dict[str, Any], failing: dict[str, tuple[str, int]], run: Callable[[], Any]) -> Outcome:
    classes = {name: (space[error], times) for name, (error, times) in failing.items()}
    result, trace = beside.outcome(space, classes, run)
    # What tenacity raises at last tells of an object of its own.
    return result.partition(":")[0] if isinstance(result, str) else result, trace


@pytest.mark.parametrize("decorator", SAID)
def test_the_engine_tries_as_the_library_does(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    imported: Imported,
    monkeypatch: pytest.MonkeyPatch,
    decorator: str,
) -> None:
    definition = built(workflow_over, decorator).definition
    assert not tally(definition).whole
    spaces = imported({"outside.py": OUTSIDE, "job.py": JOB.format(decorator=decorator)})
    outside = spaces["outside"]

    def sleep(seconds: float) -> None:
        if seconds:
            outside["waited"](round(seconds, 6))

    monkeypatch.setattr(time, "sleep", sleep)

    def uniform(low: float, high: float) -> float:
        return max(low, high)

    monkeypatch.setattr(random, "uniform", uniform)
    monkeypatch.setattr(random, "random", lambda: 1.0)
    for failing in FAILING:
        if decorator == "@tenacity.retry" and any(times == 9 for _, times in failing.values()):
            continue  # It never ends.
        hold_against(engine, definition, spaces, failing, 1, outcome)


def test_one_step_has_the_retry_itself_and_several_are_tried_together(workflow_over: Callable[..., model.Workflow]):
    definition = built(workflow_over, SAID[0]).definition
    policy = records.Retry(attempts=3, delay=2.0)
    steps = [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step)]
    together = [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Retrying)]
    assert [step.code for step in steps if step.retry == policy] == ['first = effect("ask", key)\nresult = first']
    assert [one.retry for one in together] == [policy]


def test_what_a_library_logs_is_told_as_a_loss(workflow_over: Callable[..., model.Workflow]):
    losses = built(workflow_over, SAID[7]).losses
    assert {loss.code for loss in losses} == {"retry-told"}
    assert not built(workflow_over, SAID[0]).losses


OTHERWISE = [
    ("@tenacity.retry(stop=tenacity.stop_after_delay(3))", "tenacity.stop_after_delay(3)"),
    ("@tenacity.retry(stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(3))", "no engine does"),
    ("@tenacity.retry(wait=tenacity.wait_fixed(3) + tenacity.wait_random(0, 1))", "no engine does"),
    ("@tenacity.retry(retry=tenacity.retry_if_result(told))", "tenacity.retry_if_result(told)"),
    ("@tenacity.retry(before_sleep=told)", "told"),
    ("@tenacity.retry(retry_error_callback=told)", "retry_error_callback"),
    ("@backoff.on_exception(backoff.expo, Down, max_tries=3, giveup=told)", "giveup"),
    ("@backoff.on_exception(backoff.expo, Down, max_time=3)", "max_time"),
    ("@backoff.on_exception(backoff.expo, Down, max_tries=3, on_backoff=told)", "on_backoff"),
    ("@backoff.on_exception(backoff.fibo, Down, max_tries=3)", "backoff.fibo"),
    ("@stamina.retry(on=Down)", "time limit"),
    ("@stamina.retry(on=told, timeout=None, wait_jitter=0)", "computed"),
    ("@retry.retry(Down, tries=3, jitter=1)", "adds a time"),
    ("@retrying.retry(retry_on_exception=told)", "retry_on_exception"),
]


@pytest.mark.parametrize(("decorator", "why"), OTHERWISE)
def test_what_no_engine_does_the_same_stays_whole_with_its_reason(
    workflow_over: Callable[..., model.Workflow], decorator: str, why: str
) -> None:
    made = built(workflow_over, decorator)
    assert any(why in reason for reason in tally(made.definition).whole)
    assert {loss.code for loss in made.losses} == {"retry-inside"}


def test_a_parameter_that_is_bound_anew_keeps_the_tries_inside(workflow_over: Callable[..., model.Workflow]):
    text = JOB.replace('first = effect("one", key)', 'key = effect("one", key)\n    first = key')
    made = built(workflow_over, SAID[0], text)
    assert list(tally(made.definition).whole) == ["`both` binds `key` anew, and is tried again"]


def test_a_job_of_its_own_is_tried_again_below_what_registers_it(
    engine: ModuleType,
    workflow_over: Callable[..., model.Workflow],
    imported: Imported,
    monkeypatch: pytest.MonkeyPatch,
):
    text = (
        "import tenacity\nfrom outside import effect\n\ndef task(function): return function\n\n\n"
        "@tenacity.retry(stop=tenacity.stop_after_attempt(2), reraise=True)\n"
        "def job(n):\n    a = effect('ask', n)\n    return effect('end', a)\n"
    )
    files = {"outside.py": OUTSIDE, "job.py": text}
    definition = build(workflow_over(files, "job.py::job"), {}, files.get).definition
    assert [type(one).__name__ for one in definition.runs[0].steps] == ["Retrying"]
    spaces = imported(files)

    def sleep(seconds: float) -> None:
        assert not seconds

    monkeypatch.setattr(time, "sleep", sleep)
    for failing in ({}, {"end": ("Down", 1)}, {"ask": ("Down", 5)}):
        hold_against(engine, definition, spaces, failing, 1, outcome)


def test_tries_without_a_pause_say_so(workflow_over: Callable[..., model.Workflow]):
    definition = built(workflow_over, SAID[1]).definition
    policies = [one.retry for one in all_elements(definition.runs[0]) if isinstance(one, records.Retrying)]
    assert policies == [records.Retry(attempts=3, delay=0.0, errors=("outside.Down",))]
