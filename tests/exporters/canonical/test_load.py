"""An edited definition: each fault is told where it stands, and no edit makes the reader crash."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.errors import ConfigError
from exporters.canonical.load import load_definition, parse_definition

LEAD = Path(__file__).parent / "lead.yaml"
TEXT = LEAD.read_text(encoding="utf-8")
SMALL = """\
schema: undercurrent/workflow@2
id: w
name: W
start: first
runs:
- id: first
  function: jobs:first
  parameters: [n]
  steps:
  - {type: step, id: one, call: "jobs:one", inputs: {n: n}, outputs: {result: a}, sends: [second]}
  - type: step
    id: two
    module: jobs
    code: |
      b = a + 1
      c = b
    inputs: {a: a}
    outputs: {c: c}
  - {type: start, id: go, run: second, of: one}
- {id: second, function: "jobs:second", parameters: [m], steps: []}
"""


def test_an_edited_definition_is_read() -> None:
    assert [run.id for run in load_definition(LEAD).runs] == [
        "create_lead",
        "lookup_company",
        "verify_mailbox",
        "route_lead",
    ]


ONE = '  - {type: step, id: one, call: "jobs:one", inputs: {n: n}, outputs: {result: a}, sends: [second]}\n'
GO = "  - {type: start, id: go, run: second, of: one}\n"


def branches(first: str, second: str) -> str:
    def step(number: int, name: str) -> str:
        return f'{{type: step, id: p{number}, call: "a:b", outputs: {{result: {name}}}}}'

    return (
        f"  - {{type: parallel, id: par, branches: [{{steps: [{step(1, first)}]}}, {{steps: [{step(2, second)}]}}]}}\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("start: first", "start: none", "4:8", "there is no run `none` to start with"),
        ("run: second", "run: third", "19:third", "there is no run `third`"),
        ("of: one", "of: won", "19:won", "no earlier step of this run is called `won`"),
        (ONE + "  - type", GO + ONE + "  - type", "10:one}", "no earlier step of this run is called `one`"),
        (", sends: [second]", "", "19:one}", "the step `one` does not name `second` in `sends`"),
        ("sends: [second]", "sends: [second, zero]", "10:zero", "there is no run `zero`"),
        ("id: two", "id: one", "12:9", "the id `one` stands twice"),
        ("id: two", "id: second", "20:8", "the id `second` stands twice"),
        ("id: two", "id: class", "12:9", "the id `class` is no Python name"),
        ("id: two", "id: a b", "12:9", "the id `a b` is no Python name"),
        ("inputs: {a: a}", "inputs: {a: z}", "17:17", "nothing sets the variable `z`"),
        ("inputs: {n: n}", "inputs: {n: c}", "10:57", "the variable `c` is not set yet: `two`, which sets it, comes"),
        (ONE, "", "16:17", "nothing sets the variable `a`"),
        ("c = b\n", "c = (b\n", "16:11", "the code can't be read: '(' was never closed"),
        ("c = b\n", "break\n", "16:7", "the code can't be read: 'break' outside loop"),
        ("c = b\n", "return b\n", "16:7", "code can't `return`"),
        ("outputs: {c: c}", "outputs: {d: c}", "18:15", "the code never binds `d`"),
        ("outputs: {result: a}", "outputs: {a: a}", "10:a: a", "a call gives `result` only"),
        ("outputs: {c: c}", "outputs: {c: c-d}", "18:18", "`c-d` is no Python name"),
        ("module: jobs\n", "module: jobs\n    call: a:b\n", "11:5", "`two` has both `call` and `code`"),
        ("    module: jobs\n", "", "11:5", "`two` needs the `module`"),
        ('call: "jobs:one", ', "", "10:5", "`one` has neither `call` nor `code`"),
        ('call: "jobs:one"', 'call: "jobs one"', "10:33", "`jobs one` is not `package.module:function`"),
        ("function: jobs:first", "function: jobs.first", "7:13", "`jobs.first` is not `package.module:function`"),
        ("name: W", "name: W\nimport_roots: [., ../x]", "4:19", "`../x` leaves the backend's root"),
        ("name: W", "name: W\nimport_roots: [/etc]", "4:16", "`/etc` leaves the backend's root"),
        ("name: W", "name: W\ncolour: red", "4:1", "there is no key `colour` here"),
        ("id: two", "id: two\n    retri: {}", "13:5", "there is no key `retri` here"),
        ("type: start, ", "type: begin, ", "19:12", "Invalid value 'begin'"),
        ("start: first\n", "", "1:1", "missing required field `start`"),
        ("id: w", "id: w\nid: w", "3:1", "the key `id` stands here twice"),
        ("name: W", "name: *w", "3:7", "aliases"),
        ("name: W", "name: [W", "4:6", "expected ',' or ']'"),
        ("name: W", "name: W\x01", "3:8", "not YAML"),
        ("id: two", "id: two\n    retry: {attempts: 0}", "13:23", "it is at least 1"),
        ("id: two", "id: two\n    retry: {attempts: 2, delay: -1}", "13:33", "-1 is no delay"),
        ("id: two", "id: two\n    retry: {attempts: two}", "13:23", "Expected `int | null`, got `str`"),
        ("id: two", "id: two\n    retry: {attempts: 2, backoff: .nan}", "13:35", "nan is no backoff"),
        ("id: two", "id: two\n    timeout: -1", "13:14", "-1 is no time limit"),
        ("id: two", "id: two\n    timeout: 1 minute", "13:14", "Expected `float | null`, got `str`"),
        ("parameters: [n]", "parameters: [n]\n  timeout: 0", "9:12", "0 is no time limit"),
        ("inputs: {a: a}", "inputs: {a: a, class: a}", "17:20", "`class` is no Python name"),
        ("inputs: {a: a}", "inputs: [a]", "17:13", "Expected `object`, got `array`"),
        (
            "steps:\n  - {type: step, id: one",
            "steps: none\n  x:\n  - {type: step, id: one",
            "9:10",
            "Expected `array`, got `str`",
        ),
        ("name: W", "name: 7", "3:7", "Expected `str`, got `int`"),
        ("name: W", "name: &w [*w]", "3:11", "aliases"),
        ("name: W", "name: W\nx: &a [1]\ny: &b [*a, *a]\nz: [*b, *b]", "5:8", "aliases"),
        ("name: W", "name: !!python/object/apply:os.system [id]", "3:7", "could not determine a constructor"),
        ("name: W", "\tname: W", "3:1", "found character"),
        ("id: w\n", "", "1:1", "missing required field `id`"),
        (GO, GO + "  - {type: wait, id: w1, seconds: soon}\n", "20:35", "Expected `float | null`, got `str`"),
        (GO, GO + "  - {type: wait, id: w1, seconds: -3}\n", "20:35", "-3 is no time to wait"),
        (GO, GO + "  - {type: wait, id: w1, seconds: .inf}\n", "20:35", "inf is no time to wait"),
        (
            GO,
            GO + "  - {type: loop, id: l1, over: a, item: i, parallel: true, collect: {i: a b}}\n",
            "20:69",
            "`a b` is no Python name",
        ),
        (GO, GO + "  - {type: wait, id: w1}\n", "20:5", "waits for `seconds` or"),
        ("run: second,", "run: second, after: [third],", "19:48", "starts no run `third`"),
        ("run: second,", "run: second, after: [second],", "19:48", "`second` and `second` wait for each other"),
        (GO, GO + "  - {type: wait, id: w1, variable: x}\n", "20:x}", "nothing sets the variable `x`"),
        (GO, GO + "  - {type: end, id: e1, result: x}\n", "20:x}", "nothing sets the variable `x`"),
        (GO, GO + branches("x", "x"), None, "two branches of `par` set the variable `x`"),
        (GO, GO + branches("x", "y"), None, ""),
        (
            "parameters: [m], steps: []",
            (
                'parameters: [m], steps: [{type: step, id: s, call: "a:b", sends: [first]}, '
                "{type: start, id: again, run: first, of: s}]"
            ),
            "19:5",
            "first → second → first: these runs start each other for ever",
        ),
        (
            "parameters: [m], steps: []",
            (
                'parameters: [m], steps: [{type: step, id: s, call: "a:b", sends: [first]}, {type: wait, id: w1, seconds: 1}, '
                "{type: start, id: again, run: first, of: s}]"
            ),
            None,
            "",
        ),
    ],
)
def test_each_fault_is_told_by_line_and_column(old: str, new: str, place: str | None, message: str) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    if not message:
        parse_definition(text, "flow.yaml")
        return
    with pytest.raises(ConfigError) as caught:
        parse_definition(text, "flow.yaml")
    told = str(caught.value)
    assert message in told
    if place:
        line, _, column = place.partition(":")
        if not column.isdigit():
            column = str(text.splitlines()[int(line) - 1].index(column) + 1)
        assert f"flow.yaml:{line}:{column}: " in told, told
    assert caught.value.line > 0
    assert caught.value.column > 0


def test_all_faults_are_told_at_once_in_their_order() -> None:
    text = SMALL.replace("start: first", "start: none").replace("inputs: {a: a}", "inputs: {a: z}")
    with pytest.raises(ConfigError) as caught:
        parse_definition(text, "f")
    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == ["f:4:8", "f:17:17"]


_WORDS = sorted(set(re.findall(r"[\w:.@-]+|[\[\]{}|,\"']", TEXT)))
_EDIT = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, len(TEXT)), st.integers(0, 200)),
    st.tuples(st.just("put"), st.integers(0, len(TEXT)), st.one_of(st.text(max_size=8), st.sampled_from(_WORDS))),
    st.tuples(st.just("line"), st.integers(0, TEXT.count("\n")), st.integers(0, TEXT.count("\n"))),
    st.tuples(st.just("word"), st.sampled_from(_WORDS), st.sampled_from(_WORDS)),
)


def edited(text: str, kind: str, first: object, second: object) -> str:
    if kind == "cut" and isinstance(first, int) and isinstance(second, int):
        return text[:first] + text[first + second :]
    if kind == "put" and isinstance(first, int):
        return text[:first] + str(second) + text[first:]
    if kind == "word":
        return text.replace(str(first), str(second), 1)
    lines = text.splitlines(keepends=True)
    if isinstance(first, int) and isinstance(second, int) and lines:
        moved = lines.pop(first % len(lines))
        lines.insert(second % (len(lines) + 1), moved)
    return "".join(lines)


@given(st.lists(_EDIT, min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_edit_makes_the_reader_crash(edits: list[tuple[str, object, object]]) -> None:
    text = TEXT
    for edit in edits:
        text = edited(text, *edit)
    try:
        parse_definition(text, "flow.yaml")
    except ConfigError as error:
        assert error.line >= 1  # noqa: PT017 - there may be no error
        assert error.column >= 1  # noqa: PT017
