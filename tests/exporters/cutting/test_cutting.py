"""Where functions are parted, and what keeps their statements together."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from discover import model
from exporters.canonical import records
from exporters.canonical.load import parse_definition
from exporters.canonical.walk import all_elements
from exporters.canonical.write import definition_text
from exporters.cutting import build, tally
from exporters.cutting.backend import import_roots

HEAD = """
import asyncio
import time
import requests
from outside import effect, effect_store, load, two
from models import Account, session

PAUSE = 2


"""
FILES = {
    "outside.py": """
def effect(x): return {"a": x}
def effect_store(x): return 1
def load(x): return opaque(x)
def two(first, second=3):
    total = effect(first)
    return effect(total)
""",
    "models.py": """
from django.db import models
class Account(models.Model):
    name = models.CharField()
""",
}
Cut = Callable[..., records.Definition]


@pytest.fixture
def cut(workflow_over: Callable[..., model.Workflow]) -> Cut:
    def run(text: str, kind: str = "task", runs: tuple[str, ...] = ()) -> records.Definition:
        files = FILES | {"app.py": HEAD + textwrap.dedent(text)}
        workflow = workflow_over(files, "app.py::job", kind, runs)
        about: dict[str, Any] = {"kind": kind, "framework": {"http": "flask", "command": "click"}.get(kind, "")}
        trigger = model.Trigger(id=workflow.triggers[0], handler="app.py::job", line=1, **about)
        triggers = {trigger.id: trigger} if about["framework"] else {}
        definition = build(workflow, triggers, files.get).definition
        assert parse_definition(definition_text(definition), "x.yaml") == definition
        return definition

    return run


def steps(definition: records.Definition) -> list[records.Step]:
    return [one for one in all_elements(definition.runs[0]) if isinstance(one, records.Step)]


def codes(definition: records.Definition) -> list[str]:
    return [step.code or step.call for step in steps(definition)]


def test_each_effect_is_a_step_and_takes_what_it_needs(cut: Cut):
    found = steps(cut("def job(n):\n    a = effect(n)\n    b = a['a'] + 1\n    # told\n    effect(b * 2)\n"))
    assert [step.code or step.call for step in found] == ["outside:effect", "b = a['a'] + 1\n# told\neffect(b * 2)"]
    assert found[0].outputs == {"result": "a"}
    assert found[1].inputs == {"a": "a"}


def test_what_can_t_cross_keeps_its_statements_together_and_says_why(cut: Cut):
    found = steps(
        cut("def job(n):\n    effect(n)\n    r = requests.get('u')\n    effect(1)\n    effect(r.text)\n    effect(2)\n")
    )
    assert len(found) == 3
    assert found[1].whole == "`r` (the response of an HTTP client) can't leave the process"
    assert found[1].code.startswith("r = requests.get")


def test_a_condition_is_asked_where_its_value_is(cut: Cut):
    text = (
        "def job(n):\n"
        "    r = requests.get('u')\n"
        "    if r.status_code == 404:\n"
        "        effect(n)\n"
        "    else:\n"
        "        effect(2)\n"
    )
    definition = cut(text)
    assert not tally(definition).whole
    decision = next(one for one in definition.runs[0].steps if isinstance(one, records.Decision))
    assert decision.inputs == {"condition": "condition"}


def test_a_read_is_repeated_in_each_step_that_needs_it(cut: Cut):
    found = codes(cut("def job(n):\n    row = load(n)\n    effect(row.x)\n    effect(row.y)\n"))
    assert found == ["row = load(n)\neffect(row.x)", "row = load(n)\neffect(row.y)"]


def test_a_read_is_not_repeated_behind_a_change(cut: Cut):
    found = steps(cut("def job(n):\n    row = load(n)\n    effect_store(row.x)\n    effect(row.y)\n    effect(n)\n"))
    assert [step.whole != "" for step in found] == [True, False]


def test_a_read_whose_key_is_set_anew_is_not_repeated(cut: Cut):
    found = codes(
        cut("def job(n):\n    row = load(n)\n    n = n + 1\n    effect(row.x)\n    effect(row.y)\n    effect(3)\n")
    )
    assert sum("load" in code for code in found) == 1


def test_a_changed_row_stays_until_it_is_saved(cut: Cut):
    text = (
        "def job(n):\n"
        "    row = Account.objects.get(pk=n)\n"
        "    row.name = 'x'\n"
        "    effect(1)\n"
        "    row.save()\n"
        "    effect(row.name)\n"
        "    effect(3)\n"
    )
    found = steps(cut(text))
    assert [step.code.count("\n") for step in found[:1]] == [3]
    assert found[1].inputs == {"row": "row"}


def test_a_value_that_is_changed_in_place_is_handed_on_anew(cut: Cut):
    found = steps(cut("def job(n):\n    xs = [n]\n    effect(1)\n    xs.append(effect(2)['a'])\n    effect(xs)\n"))
    assert found[1].outputs == {"xs": "xs"}


def test_one_object_under_two_names_is_not_torn_apart(cut: Cut):
    found = steps(
        cut("def job(n):\n    xs = [n]\n    ys = xs\n    effect(1)\n    ys.append(2)\n    effect(xs)\n    effect(ys)\n")
    )
    assert found[0].code == "xs = [n]\nys = xs\neffect(1)\nys.append(2)\neffect(xs)"
    assert found[0].whole == "`xs` and `ys` may be one object, which is changed"


def test_what_stands_below_a_context_manager_stays_there(cut: Cut):
    found = codes(
        cut(
            "def job(n):\n    effect(n)\n    with session.begin():\n        effect_store(n)\n"
            "        effect_store(2)\n    effect(3)\n"
        )
    )
    assert found[1].startswith("with session.begin()")
    assert len(found) == 3


def test_a_call_with_several_effects_is_opened_and_names_do_not_collide(cut: Cut):
    text = "def job(total):\n    first = two(total + 1)\n    effect(total)\n    effect(first)\n"
    found = steps(cut(text))
    assert [step.module or step.call.partition(":")[0] for step in found] == [
        "app",
        "outside",
        "outside",
        "outside",
        "outside",
    ]
    variables = [variable for step in found for variable in step.outputs.values()]
    assert "total_2" in variables
    assert not tally(cut(text)).whole


def test_what_a_step_hands_over_starts_behind_it(cut: Cut):
    text = "def job(n):\n    effect(n)\n    follow.delay(n)\n    effect(2)\n\ndef follow(n):\n    effect(n)\n"
    elements = cut(text, runs=("app.py::follow",)).runs[0].steps
    start = next(one for one in elements if isinstance(one, records.Start))
    sender = elements[elements.index(start) - 1]
    assert isinstance(sender, records.Step)
    assert (sender.sends, start.of, start.run, start.many) == (("follow",), sender.id, "follow", False)


def test_sleeping_is_a_wait(cut: Cut):
    text = "def job(n):\n    effect(n)\n    time.sleep(PAUSE)\n    effect(2)\n    time.sleep(n)\n    effect(3)\n"
    waits = [one for one in cut(text).runs[0].steps if isinstance(one, records.Wait)]
    assert [(wait.seconds, wait.variable) for wait in waits] == [(2.0, ""), (None, "n")]


def test_a_loop_over_a_list_is_a_loop_unless_it_changes_the_list(cut: Cut):
    text = "def job(n):\n    xs = [n, 2]\n    for x in xs:\n        effect(x)\n        {}\n    effect(3)\n"
    assert any(isinstance(one, records.Loop) for one in cut(text.format("effect(n)")).runs[0].steps)
    grown = cut(text.format("xs.append(effect(x)['a'])"))
    assert not any(isinstance(one, records.Loop) for one in grown.runs[0].steps)
    assert list(tally(grown).whole) == ["the loop changes what it goes over"]


def test_gathered_calls_are_branches(cut: Cut):
    text = (
        "async def job(n):\n"
        "    a, b = await asyncio.gather(\n"
        "        effect(n),\n"
        "        effect(2),\n"
        "    )\n"
        "    effect(a)\n"
        "    effect(b)\n"
    )
    parallel = cut(text).runs[0].steps[0]
    assert isinstance(parallel, records.Parallel)
    branches = [
        [step.outputs for step in branch.steps if isinstance(step, records.Step)] for branch in parallel.branches
    ]
    assert branches == [[{"result": "a"}], [{"b": "b"}]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@wrapped\ndef job(n):\n    effect(n)\n    effect(2)\n", "wraps all of `job`"),
        ("def job(*n):\n    effect(n)\n    effect(2)\n", "any number of arguments"),
        ("def job(n):\n    global PAUSE\n    PAUSE = effect(n)\n    effect(2)\n", "changes the module's `PAUSE`"),
        ("def job(n):\n    effect(n)\n    yield effect(2)\n", "`job` yields"),
        ("def job(n):\n    effect(n)\n    return effect(locals())\n", "asks for `locals`"),
    ],
)
def test_functions_that_reach_beyond_themselves_stay_whole(cut: Cut, text: str, why: str):
    [step] = steps(cut(text))
    assert step.call == "app:job"
    assert why in step.whole


def test_what_says_a_command_s_parameters_does_not_keep_it_whole(cut: Cut):
    text = "import click\n@click.option('--n')\n@click.argument('m')\ndef job(n, m):\n    effect(n)\n    effect(m)\n"
    assert [step.inputs for step in steps(cut(text, kind="command"))] == [{"x": "n"}, {"x": "m"}]


@pytest.mark.parametrize(
    ("decorators", "size"),
    [
        ("@csrf_exempt\n@never_cache\n@vary_on_headers('A')\n", 2),
        ("@wrapped\n@never_cache\n", 1),
        ("@cache_page(60)\n", 1),
    ],
)
def test_what_only_gives_a_response_something_does_not_keep_a_view_whole(
    workflow_over: Callable[..., model.Workflow], decorators: str, size: int
):
    head = (
        "from django.views.decorators.cache import cache_page, never_cache\n"
        "from django.views.decorators.csrf import csrf_exempt\n"
        "from django.views.decorators.vary import vary_on_headers\nfrom outside import effect\n\n"
        "def wrapped(view):\n    return effect(view)\n\n"
    )
    files = FILES | {"app.py": f"{head}{decorators}def job(request, n):\n    effect(n)\n    effect(2)\n"}
    workflow = workflow_over(files, "app.py::job", "http")
    trigger = model.Trigger(id="http:app.py::job", kind="http", framework="django", handler="app.py::job", line=9)
    assert len(steps(build(workflow, {trigger.id: trigger}, files.get).definition)) == size


def test_a_request_responds_in_each_of_its_ends(cut: Cut):
    text = "def job(n):\n    a = effect(n)\n    if a['a']:\n        return 'no', 404\n    effect(2)\n    return 'yes'\n"
    responding = [step for step in steps(cut(text, kind="http")) if step.responds]
    assert [step.code for step in responding] == ["result = ('no', 404)", "result = 'yes'"]
    assert all(step.outputs == {"result": "response"} for step in responding)


def test_a_view_s_method_takes_its_object_and_request_from_the_framework(workflow_over: Callable[..., model.Workflow]):
    files = FILES | {
        "app.py": HEAD + "class V:\n    def post(self, request, pk):\n        a = effect(pk)\n        # kept\n"
        '        text = """a\n  b"""\n        effect(self.name + text)\n        return request.made(a)\n'
    }  # fmt: skip
    nodes = [model.Step(id=f"app.py::V.post:{line}", unit="app.py::V.post", line=line, kind="http", name="Ask")
             for line in (13, 17)]  # fmt: skip
    workflow = model.Workflow(id="w", name="w", triggers=("t",), unit="app.py::V.post", body=tuple(nodes))
    for framework, size in (("django", 3), ("tornado", 1)):
        trigger = model.Trigger(id="t", kind="http", framework=framework, handler="app.py::V.post", line=12)
        found = steps(build(workflow, {"t": trigger}, files.get).definition)
        assert len(found) == size
    run = build(workflow, {"t": msgspec.structs.replace(trigger, framework="django")}, files.get).definition.runs[0]
    assert (run.parameters, run.context) == (("pk",), ("request", "self"))
    assert any(isinstance(step, records.Step) and '"""a\n  b"""' in step.code for step in run.steps)


def test_what_receivers_send_leaves_with_the_step_that_sends_the_signal():
    text = "def job(n):\n    signal.send(n)\n    requests.get(n)\n\ndef follow(n):\n    pass\n"
    heard = "def receive(n):\n    follow.delay(n)\n"
    place: dict[str, Any] = {"unit": "app.py::job", "line": 2}
    signal = model.Hop(id="app.py::job:2", kind="signal", inline=True, runs=("shop/heard.py::receive",), **place)
    after = model.Step(id="app.py::job:3", unit="app.py::job", line=3, kind="http", name="Ask")
    send = model.Hop(id="heard:2", unit="shop/heard.py::receive", line=2, runs=("app.py::follow",))
    runs = (
        model.Run(id="shop/heard.py::receive", unit="shop/heard.py::receive", kind="signal", body=(send,)),
        model.Run(id="app.py::follow", unit="app.py::follow", kind="task"),
    )
    workflow = model.Workflow(id="w", name="w", triggers=(), unit="app.py::job", body=(signal, after), runs=runs)
    definition = build(workflow, {}, {"app.py": text, "shop/heard.py": heard}.get).definition
    assert [step.sends for step in steps(definition)] == [("follow",), ()]
    assert definition.loads == ("shop.heard",)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("request.seen = 1", "changes `request`"),
        ("g.user = 1", "changes `g`"),
        ("effect(g.user)", "asks for `g.user`"),
        ("session['a'] = 1", "changes `session`"),
    ],
)
def test_what_lives_as_long_as_a_request_keeps_the_handler_whole(
    workflow_over: Callable[..., model.Workflow], line: str, why: str
):
    head = "from flask import g, session\nfrom outside import effect\n\n"
    text = f"{head}def job(request):\n    effect(1)\n    {line}\n    effect(2)\n"
    files = FILES | {"app.py": text}
    workflow = workflow_over(files, "app.py::job", "http")
    trigger = model.Trigger(id="http:app.py::job", kind="http", framework="django", handler="app.py::job", line=4)
    [step] = steps(build(workflow, {trigger.id: trigger}, files.get).definition)
    assert why in step.whole


ROOTED = [
    (("apps", "."), "apps/shop/tasks.py", "apps"),
    ((".", "apps", "apps/web"), "apps/web/shop/tasks.py", "apps/web"),
    (("apps",), "application/tasks.py", "."),
    ((".",), "jobs/tasks.py", "."),
]


@pytest.mark.parametrize(("known", "file", "expected"), ROOTED)
def test_a_run_is_imported_from_the_nearest_of_the_documents_roots(
    known: tuple[str, ...], file: str, expected: str
) -> None:
    assert import_roots([f"{file}::job"], {file: "def job(): ..."}.get, known) == (expected,)


def test_without_the_backend_and_without_roots_a_source_folder_is_the_root() -> None:
    assert import_roots(["web/src/shop/tasks.py::job"], {}.get, (".",)) == ("web/src",)
    assert import_roots(["web/shop/tasks.py::job"], {}.get, (".",)) == (".",)


@pytest.mark.parametrize(
    ("handler", "steps"),
    [
        ("except ValueError:\n        print(1)\n        exit(1)", 2),
        ("except ValueError:\n        print(1)\n        exit(0)\n    finally:\n        print(2)", 1),
        ("except:\n        print(1)\n        sys.exit(1)", 1),
        ("except:\n        print(1)", 2),
    ],
    ids=["one that exits", "one that exits past `finally`", "one that would take its exit", "one of everything"],
)
def test_a_try_that_the_end_of_the_process_passes_stays_together(cut: Cut, handler: str, steps: int) -> None:
    code = f"import sys\ndef job(a):\n    try:\n        b = effect(a)\n        effect_store(b)\n    {handler}\n"
    happening = [one for one in all_elements(cut(code).runs[0]) if isinstance(one, records.Step) and one.effects]
    assert len(happening) == steps


def test_an_argument_that_only_the_calls_brackets_hold_together_stands_by_itself(cut: Cut) -> None:
    told = "def tell(names):\n    for name in names:\n        effect(name)\n    effect_store(names)\n"
    code = f"{told}def job(a):\n    tell(\n        (a.names())\n        .strip()\n        .split(),\n    )\n"
    happening = [one for one in all_elements(cut(code).runs[0]) if isinstance(one, records.Step) and one.effects]
    assert len(happening) == 2
