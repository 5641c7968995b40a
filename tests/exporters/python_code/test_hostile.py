"""No string of an analysed backend changes the structure of anything that is exported from it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import exporters
from exporters.base import Artifact, Loss
from exporters.canonical import (
    SCHEMA,
    Decision,
    Definition,
    Effect,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Run,
    Start,
    Step,
    Trigger,
    Try,
    Wait,
    While,
)
from exporters.canonical.load import parse_definition
from exporters.canonical.records import Branch, Catch
from exporters.canonical.write import definition_text

FORMS = ("dbos", "restate", "serverlessworkflow", "stepfunctions", "temporal", "unmeshed", "yaml")
NASTY = [
    '"""\nimport os\n"""',
    "'''",
    "\\",
    '\\"',
    "${ env.SECRET }",
    "${Workers}",
    "{% $states.input %}",
    "{{ secret }}",
    "%(x)s",
    "!!python/object/apply:os.system [id]",
    "- a: &x [*x]",
    "# x",
    "a\r\nb\x00\x1b[31m\u2028\u2029\x85\u202e",
    "\ud800",
    "`id` $(id); rm -rf / 'x' \"y\"",
    "```\n# heading\n<script>alert(1)</script>\n|-|-|",
    "x' --root / ; id #",
    "{package} {flows} {start}",
    "\U000e0041\N{COMBINING ACUTE ACCENT}",
]
TEXT = st.one_of(
    st.sampled_from(NASTY),
    st.text(min_size=1, max_size=12),
    st.lists(st.sampled_from(NASTY), min_size=1, max_size=3).map("".join),
)
COUNT = 16


def definition_of(texts: Sequence[str]) -> Definition:
    """A definition of all elements with the texts in every place where a backend's own text can stand."""
    t: Callable[[int], str] = lambda number: texts[number % COUNT]  # noqa: E731 - short where it is used
    code = f"x = {t(0)!r} + f'{{n}}' + {t(1)!r}\ny = [{t(2)!r}, x]  # {''.join(c for c in t(3) if c.isprintable())}"
    asked: dict[str, Any] = {"module": "shop", "code": f"n == {t(4)!r}", "inputs": {"n": "n"}}
    effect = Effect(kind="http", name=t(5), service=t(6), target=t(7), detail=t(8), evidence=t(9))
    told: dict[str, Any] = {"module": "shop", "code": code, "inputs": {"n": "n"}, "at": t(10), "whole": t(11)}

    def step(number: int, **more: Any) -> Step:
        return Step(id=f"s{number}", name=t(number), effects=(effect,), **{**told, **more})

    inner = Start(id="go2", run="main", of="s6", name=t(12), channel=t(13), arguments=(t(14),), evidence=t(15))
    steps = (
        step(1, outputs={"y": "y"}, sends=("other",), retry=Retry(attempts=3, delay=1.0, errors=("Timeout",))),
        Start(id="go", run="other", of="s1", name=t(1), at=t(2), channel=t(3), arguments=(t(4),), evidence=t(5)),
        Decision(id="d", name=t(6), at=t(7), then=(step(2),), otherwise=(step(3),), **asked),
        Loop(id="l", name=t(8), at=t(9), over="y", item="one", steps=(step(4, inputs={"n": "one"}),)),
        While(id="w", name=t(10), at=t(11), steps=(Wait(id="p", name=t(12), at=t(13), seconds=1.0), step(5)), **asked),
        Parallel(id="b", name=t(14), at=t(15), branches=(Branch(name=t(0), steps=(step(7),)), Branch(name=t(1)))),
        Try(id="t", name=t(2), at=t(3), steps=(step(8),), catch=(Catch(errors=("ValueError",), steps=(step(9),)),)),
        Retrying(id="r", name=t(4), at=t(5), retry=Retry(attempts=2), steps=(step(10),)),
        Step(id="script", call=f"scripts/{_path(t(6))}:<module>", name=t(7)),
    )
    main = Run(
        id="main",
        name=t(8),
        kind="http",
        framework="flask",
        function="shop:main",
        at=t(9),
        parameters=("n",),
        steps=steps,
    )
    waits = (Wait(id="p2", seconds=1.0), step(6, sends=("main",), inputs={"n": "m"}), inner)
    other = Run(
        id="other", name=t(10), function="shop:other", at=t(11), task=t(12), queue=t(13), parameters=("m",), steps=waits
    )
    triggers = (
        Trigger(kind="http", at=t(14), framework="flask", methods=("POST",), path="/a" + t(15), name=t(0)),
        Trigger(kind="consumer", queue=t(1), topic=t(2), signal=t(3), command=t(4)),
        Trigger(kind="schedule", schedule="cron " + t(5)),
    )
    return Definition(
        schema=SCHEMA, id="w" + t(6), name="Flow", triggers=triggers, start="main", runs=(main, other),
    )  # fmt: skip


def _path(text: str) -> str:
    return "".join(c for c in text if c not in ":\ud800") or "x"


def written(form: str, texts: Sequence[str]) -> dict[str, str]:
    definition = definition_of(texts)
    losses = [Loss("hop-not-captured", f"{definition.id}#{texts[0]}", f"the hop `{texts[1]}` is no element")]
    made: Sequence[Artifact] = exporters.load_writer(form).write([definition], losses).artifacts
    return {one.path: one.text for one in made if "/engine/" not in one.path}


EXPRESSION = {"serverlessworkflow": r"\$\{", "stepfunctions": r"^\s*\{%|\$\{", "unmeshed": r"\{\{|\}\}"}
"""What an engine would take for more than a text."""


def shape(form: str, path: str, text: str) -> object:
    """The structure of a file, without the texts in it."""
    if path.endswith(".py"):
        return [_node(node) for node in ast.walk(ast.parse(text))]
    if path.endswith(".json"):
        return list(_data(json.loads(text), form, ()))
    if path.endswith(".yaml"):
        return list(_data(yaml.safe_load(text), form, ()))
    if path.endswith(".md"):
        marks = (re.match(r"#+ |```|- |\d\. |[|<>]|", line) for line in text.split("\n"))
        return [mark[0] if mark else "" for mark in marks]
    return None


def _node(node: ast.AST) -> str:
    name: object = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "attr", None)
    kind = type(node.value).__name__ if isinstance(node, ast.Constant) else ""
    return f"{type(node).__name__} {name or ''} {kind}"


def _data(value: object, form: str, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Each value's place and kind, and whether an engine would take a text for an expression."""
    kind = type(value).__name__
    if isinstance(value, str):
        kind = "expression" if re.search(EXPRESSION.get(form, r"(?!)"), value) else "text"
    yield path, kind
    if isinstance(value, dict):
        for number, (name, inner) in enumerate(value.items()):
            yield from _data(name, form, (*path, number, 0))
            yield from _data(inner, form, (*path, number, 1))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _data(inner, form, (*path, number))


OURS = ("schedules.json", "workers.json", "api_mappings.json")
"""Files that no engine reads: the package itself does, or a person."""
HARMLESS = {form: written(form, ["word"] * COUNT) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
@given(texts=st.lists(TEXT, min_size=COUNT, max_size=COUNT))
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.generate])
def test_no_text_of_a_backend_changes_the_structure_of_a_file(form: str, texts: list[str]) -> None:
    found = written(form, texts)
    for path, harmless in HARMLESS[form].items():
        if path.startswith(("definitions/", "flow")):
            assert parse_definition(found[path], path).runs[0].id == "main"
        elif not path.endswith(OURS):
            assert shape(form, path, found[path]) == shape(form, path, harmless), path


@given(texts=st.lists(TEXT, min_size=COUNT, max_size=COUNT))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_definition_is_read_back_with_every_text_as_it_was(texts: list[str]) -> None:
    clean = [text.encode("utf-8", "backslashreplace").decode() for text in texts]
    definition = definition_of(clean)
    assert parse_definition(definition_text(definition), "flow.yaml") == definition
