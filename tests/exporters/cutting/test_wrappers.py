"""A decorator of the backend's own is looked into: what its wrapper does is done around the pieces."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.walk import all_elements
from exporters.cutting import tally
from exporters.cutting.build import build
from tests.exporters.cutting.beside import Imported, definition_of, hold_against

OUTSIDE = """
class Down(Exception): pass

trace = []
failing = {}

def effect(name, value=None):
    trace.append((name, value))
    if name in failing:
        raise failing[name](name)
    return [name, value]

def note(*words):
    trace.append(words)
"""
AROUND = """
import functools
from functools import wraps
from outside import Down, effect, note

LIMIT = 3


def guarded(function):
    @functools.wraps(function)
    def guard(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Down as error:
            note("guarded", function.__name__, f"{function.__qualname__} of {function.__module__}", str(error))
            return None
        finally:
            note("left", LIMIT)

    return guard


def named(word, *, times=2):
    def decorate(handler):
        @wraps(handler)
        def called(n, *rest, **named):
            note(word, times, n)
            result = handler(n, *rest, **named)
            note(word, result)
            return result

        return called

    return decorate


def again(function):
    @wraps(function)
    def wrapper(*args):
        for attempt in range(2):
            try:
                return function(*args)
            except Down:
                note("again", attempt)
        raise Down("for good")

    return wrapper


def checked(function):
    def check(a, b=2):
        if a == 0:
            return "nothing"
        return function(a, b)

    return check


def counting(function):
    calls = []

    def count(*args):
        calls.append(args)
        return function(*args)

    return count


def twice(function):
    def run(*args):
        function(*args)
        return function(*args)

    return run


def changing(function):
    def run(*args):
        args = args[::-1]
        return function(*args)

    return run


def held(function):
    with open("x"):
        def run(*args):
            return function(*args)
    return run
"""
JOB = """
from around import again, changing, checked, counting, guarded, held, named, twice
from outside import effect


{decorators}
def pair(n, m=4):
    a = effect("one", n)
    return effect("two", [a, m])


def job(n):
    effect("begin", n)
    a = pair(n)
    effect("between", a)
    return [a, effect("end", n)]
"""
OWN = """
from around import again, changing, checked, counting, guarded, held, named, twice
from outside import effect


{decorators}
def job(n):
    a = effect("begin", n)
    if n > 5:
        return "early"
    b = effect("two", a)
    return [a, b]
"""
FAILING: list[set[str]] = [set(), {"one"}, {"two"}, {"begin"}, {"end"}]


@pytest.mark.parametrize("text", [JOB, OWN])
@pytest.mark.parametrize(
    "decorators",
    ["@guarded", "@named('word')", "@named('w', times=7)\n@guarded", "@guarded\n@named(None)", "@guarded\n@guarded"],
)
def test_what_wrappers_do_happens_around_the_pieces(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, text: str, decorators: str
) -> None:
    files = {"outside.py": OUTSIDE, "around.py": AROUND, "job.py": text.format(decorators=decorators)}
    definition = definition_of(workflow_over, files)
    assert not tally(definition).whole
    assert not any(one.id.startswith("run_") for one in definition.runs[0].steps)
    spaces = imported(files)
    for failing in FAILING:
        for n in (1, 7):
            hold_against(engine, definition, spaces, dict.fromkeys(failing, spaces["outside"]["Down"]), n)


@pytest.mark.parametrize("decorators", ["@checked", "@again", "@guarded\n@again"])
def test_a_wrapper_may_call_on_some_ways_only_or_in_a_loop(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], imported: Imported, decorators: str
) -> None:
    files = {"outside.py": OUTSIDE, "around.py": AROUND, "job.py": JOB.format(decorators=decorators)}
    definition = definition_of(workflow_over, files)
    spaces = imported(files)
    for failing in FAILING:
        for n in (0, 1):
            hold_against(engine, definition, spaces, dict.fromkeys(failing, spaces["outside"]["Down"]), n)


OTHERWISE = [
    ("@counting", "asks for its `calls`"),
    ("@twice", "does not just call it once"),
    ("@changing", "does not pass on what it gets as it is"),
    ("@held", "`held` wraps all of `pair`"),
    ("@guarded\n@named(len('x'))", "`named` wraps all of `pair`"),
]


@pytest.mark.parametrize(("decorators", "why"), OTHERWISE)
def test_a_wrapper_that_does_more_keeps_the_call_closed_and_says_why(
    workflow_over: Callable[..., model.Workflow], decorators: str, why: str
) -> None:
    text = JOB.replace("a = pair(n)", "pair(n)").replace("between", "c").replace("a)", "n)").replace("[a, ", "[n, ")
    files = {"outside.py": OUTSIDE, "around.py": AROUND, "job.py": text.format(decorators=decorators)}
    whole = list(tally(definition_of(workflow_over, files)).whole)
    assert len(whole) == 1
    assert why in whole[0]


def test_a_consumer_s_wrapper_takes_the_message_for_it(workflow_over: Callable[..., model.Workflow]):
    around = (
        "import functools\n\n\ndef acknowledged(handler):\n    @functools.wraps(handler)\n"
        "    def handle(body, message):\n        handler(body)\n        message.ack()\n\n    return handle\n"
    )
    job = (
        "from around import acknowledged\nfrom outside import effect\n\n\n@acknowledged\ndef job(event):\n"
        "    effect('one', event)\n    effect('two', event)\n"
    )
    files = {"outside.py": OUTSIDE, "around.py": around, "job.py": job}
    workflow = workflow_over(files, "job.py::job", "consumer")
    about: dict[str, Any] = {"kind": "consumer", "framework": "kombu", "handler": "job.py::job", "line": 1}
    trigger = model.Trigger(id=workflow.triggers[0], **about)
    run = build(workflow, {trigger.id: trigger}, files.get).definition.runs[0]
    assert (run.parameters, run.context) == (("body",), ("message",))
    codes = [(one.module, one.code) for one in run.steps if isinstance(one, records.Step)]
    assert codes == [("job", "effect('one', event)"), ("job", "effect('two', event)"), ("around", "message.ack()")]
    assert next(one.inputs for one in run.steps if isinstance(one, records.Step)) == {"event": "body"}


def test_a_task_whose_wrapper_takes_other_arguments_stays_whole(workflow_over: Callable[..., model.Workflow]):
    files = {"outside.py": OUTSIDE, "around.py": AROUND, "job.py": OWN.format(decorators="@checked")}
    assert list(tally(definition_of(workflow_over, files)).whole) == ["what wraps `job` takes other arguments than it"]


HANDLERS = """
from outside import effect


def checked(view):
    def inner(*args, **kwargs):
        if effect("asked"):
            return "refused"
        return view(*args, **kwargs)

    return inner


@checked
def wrapped(n):
    effect("one", n)
    effect("two", n)
    return [n]


def helper(n):
    effect("one", n)
    if effect("two", n):
        return "early"
    answer = [n]
    return answer


def calling(n):
    return helper(n)


def none(n):
    effect("one", n)
    effect("two", n)


def calling_none(n):
    return none(n)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wrapped", ["result = 'refused'", "result = [n]"]),
        ("calling", ["result = answer"]),
        ("calling_none", ["result = None"]),
    ],
)
def test_what_a_called_function_returns_is_the_response_of_the_handler_that_returns_it(
    workflow_over: Callable[..., model.Workflow], name: str, said: list[str]
) -> None:
    files = {"job.py": HANDLERS, "outside.py": "def effect(name, value=None): ...\n"}
    unit = f"job.py::{name}"
    trigger = model.Trigger(id=f"http:{unit}", kind="http", framework="flask", handler=unit, line=1)
    made = build(workflow_over(files, unit, kind="http"), {trigger.id: trigger}, files.get)
    steps = [one for one in all_elements(made.definition.runs[0]) if isinstance(one, records.Step)]
    assert len(steps) >= 2
    responding = [step for step in steps if step.responds]
    assert [step.code.splitlines()[-1].strip().replace('"', "'") for step in responding] == said
    assert {step.outputs["result"] for step in responding} == {"response"}
    assert not made.losses
