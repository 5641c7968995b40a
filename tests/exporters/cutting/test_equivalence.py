"""What a cut function does is what the function does: any function, any input, with JSON between the pieces."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

from discover import model
from exporters.canonical import records
from exporters.canonical.load import parse_definition
from exporters.canonical.write import definition_text
from exporters.cutting import build

_LINES = 2_000
"""A program that takes more never ends: the largest have three loops of three turns in each other."""
_OF_THE_ENGINE = 1_000
"""So many lines of the reference interpreter for one of the program."""
OUTSIDE = """
trace = []

def waited(seconds):
    trace.append(("wait", seconds))

def call(kind, value):
    trace.append((kind, repr(value)))
    if isinstance(value, int) and value % 7 == 5:
        raise ValueError(f"{kind} of {value}")
    return value + 1 if isinstance(value, int) else len(value)
"""
HELPERS = """
from outside import call

def effect_one(value):
    return call("one", value)

def effect_two(value):
    return call("two", value)

def effect_many(value):
    call("many", value)
    return [1, 2, {"a": 3}]

def grow(items, n):
    items.append(n)
    return items

def both(n, extra=3):
    total = effect_one(n + extra)
    if total > 8:
        return effect_two(total)
    total = effect_two(n)
    return total

def deeper(n, items):
    if n < 0:
        effect_one(n)
        return
    first = both(n)
    items.append(first)
    try:
        effect_two(first)
    except ValueError as error:
        effect_one(str(error))

def found(items):
    for item in items:
        if isinstance(item, int):
            if effect_one(item) > 2:
                return item
    return None
"""
HEAD = "from helpers import both, deeper, effect_many, effect_one, effect_two, found, grow\n\n\n"


@st.composite
def expressions(draw: st.DrawFn) -> str:
    a = draw(st.sampled_from(["a", "b", "c", "len(xs)", "2", "4", "-3"]))
    b = draw(st.sampled_from(["a", "b", "c", "1", "3"]))
    return draw(st.sampled_from([a, f"{a} + {b}", f"{a} - {b}", f"max({a}, {b})", f"{a} % 5"]))


@st.composite
def simple(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from("abc"))
    value = draw(expressions())
    return draw(
        st.sampled_from(
            [
                f"{name} = {value}",
                f"{name} += {value}",
                f"xs.append({value})",
                "xs = xs + [a]",
                "ys = xs",
                "ys.append(b)",
                "xs = [a, b]",
                f"a, b = b, {value}",
                f"{name} = effect_one({value})",
                f"effect_two({value})",
                "effect_two(xs)",
                "xs = effect_many(a)",
                f"{name} = both({value})",
                f"{name} = both({value}, extra=b) + 1",
                f"deeper({value}, xs)",
                f"{name} = found(xs) or 0",
                "grow(xs, a)",
                f"ys = grow(xs, {value})",
                f"{name} = effect_one(a) + effect_two(b)",
            ]
        )
    )


def indented(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0, in_loop: bool = False) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4 if depth == 0 else 2))):
        kinds = ["simple", "simple", "simple", "leave"]
        kinds += ["if", "if", "for", "while", "try"] if depth < 2 else []
        kinds += ["turn"] if in_loop else []
        kind = draw(st.sampled_from(kinds))
        test = f"{draw(expressions())} > {draw(st.integers(-2, 6))}"
        if kind == "simple":
            lines.append(draw(simple()))
        elif kind == "leave":
            way = draw(st.sampled_from(["return a", "return (b, xs)", "return", "return both(c)", "raise KeyError(a)"]))
            lines += [f"if {test}:", indented([way])]
        elif kind == "turn":
            lines += [f"if {test}:", indented([draw(st.sampled_from(["continue", "break"]))])]
        elif kind == "if":
            head = draw(st.sampled_from([test, f"effect_one(a) > 2 and {test}", "both(a) > 3"]))
            lines += [f"if {head}:", indented(draw(blocks(depth + 1, in_loop)))]
            if draw(st.booleans()):
                lines += ["else:", indented(draw(blocks(depth + 1, in_loop)))]
        elif kind == "for":
            head = draw(st.sampled_from(["for i in range(3):", "for i, c in enumerate(xs):", "for c in [1, 5]:"]))
            lines += [head, indented(draw(blocks(depth + 1, in_loop=True)))]
            if draw(st.integers(0, 4)) == 0:
                lines += ["else:", indented(draw(blocks(depth + 1, in_loop)))]
        elif kind == "while":
            body = draw(blocks(depth + 1, in_loop=True))
            lines += [f"n{depth} = 0", f"while n{depth} < 3:", indented([f"n{depth} += 1", *body])]
        else:
            lines += ["try:", indented(draw(blocks(depth + 1, in_loop)))]
            head = draw(
                st.sampled_from(["except ValueError:", "except (ValueError, KeyError) as error:", "except KeyError:"])
            )
            caught = draw(blocks(depth + 1, in_loop))
            if "as error" in head:
                caught.append(draw(st.sampled_from(["effect_one(str(error))", "raise", "xs.append(1)"])))
            lines += [head, indented(caught)]
            if draw(st.booleans()):
                lines += ["else:", indented(draw(blocks(depth + 1, in_loop)))]
            if draw(st.integers(0, 3)) == 0:
                lines += ["finally:", indented([draw(simple())])]
    return lines


def modules(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The files' namespaces, as importing them would make them."""
    made: dict[str, dict[str, Any]] = {}
    for file, text in files.items():
        name = file.removesuffix(".py")
        space: dict[str, Any] = {"__name__": name}
        lines = [line for line in text.split("\n") if not line.startswith("from ")]
        for line in text.split("\n"):
            if line.startswith("from "):
                source, _, names = line.removeprefix("from ").partition(" import ")
                space |= {word.strip(): made[source][word.strip()] for word in names.split(",")}
        exec(compile("\n".join(lines), file, "exec"), space)
        made[name] = space
    return made


class EndlessError(BaseException):
    """No error that a program could catch: it has run for too long."""


@contextmanager
def bounded(lines: int) -> Generator[None]:
    """Let what runs below take so many lines; `for c in xs` with an append to `xs` would take the machine's memory."""
    left = lines

    def traced(frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessError
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        yield
    finally:
        sys.settrace(before)


def outcome(run: Callable[[], Any], trace: list[Any], lines: int) -> tuple[str, list[Any]]:
    trace.clear()
    try:
        with bounded(lines):
            result = repr(run())
    except (ValueError, KeyError, UnboundLocalError, TypeError, IndexError) as error:
        result = f"{type(error).__name__}"
    return result, list(trace)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(body=blocks(), a=st.integers(-3, 9), b=st.integers(-3, 9))
def test_cut_functions_do_what_the_functions_do(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], body: list[str], a: int, b: int
) -> None:
    note("\n".join(body))
    check(engine, workflow_over, body, a, b)


def check(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], body: list[str], a: int, b: int
) -> records.Definition:
    text = (
        HEAD
        + "def job(a, b):\n    c = 1\n    xs = [a]\n    ys = xs\n"
        + indented(body)
        + "\n    return (a, b, c, xs, ys)\n"
    )
    files = {"outside.py": OUTSIDE, "helpers.py": HELPERS, "job.py": text}
    built = build(workflow_over(files, "job.py::job"), {}, files.get)
    definition = built.definition
    assert parse_definition(definition_text(definition), "job.yaml") == definition
    spaces = modules(files)
    trace = spaces["outside"]["trace"]
    try:
        wanted = outcome(lambda: spaces["job"]["job"](a, b), trace, _LINES)
    except EndlessError:
        reject()
    found = outcome(
        lambda: engine.Engine(definition, spaces).run("job", {"a": a, "b": b}), trace, _LINES * _OF_THE_ENGINE
    )
    # What is not known to cross is not given back, and that is told as a loss; all else is the same.
    is_lost = found[0] == "None" and any(loss.code == "result" for loss in built.losses)
    assert (found[1], found[0] if not is_lost else wanted[0]) == (wanted[1], wanted[0])
    return definition


@pytest.mark.parametrize("way", [["return a"], ["break"], ["continue"], ["if a > 3:", "    break", "xs.append(a)"]])
@pytest.mark.parametrize("inner", [[], ["if a == 6:", "    break"], ["if a == 4:", "    return b"]])
def test_what_stands_in_the_else_of_a_loop_leaves_the_loop_around_it(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], way: list[str], inner: list[str]
) -> None:
    loop = ["for i in range(2):", indented(["a = effect_one(a)", *inner])]
    behind = ["if a > 2:", indented(way), "effect_two(a)"]
    turn = ["n0 += 1", *loop, "else:", indented(behind), "effect_two(n0)"]
    for a in (-1, 0, 3):
        check(engine, workflow_over, ["n0 = 0", "while n0 < 3:", indented(turn), "effect_two(b)"], a, 1)


@pytest.mark.parametrize("a", [-2, 1, 3, 5])
def test_a_function_with_all_shapes_is_cut_finely_and_does_the_same(
    engine: ModuleType, workflow_over: Callable[..., model.Workflow], a: int
) -> None:
    body = [
        "b = both(a)",
        "if effect_one(b) > 4:",
        "    return effect_two(b)",
        "for i in range(3):",
        "    if i == 1:",
        "        continue",
        "    xs = xs + [effect_one(i)]",
        "    effect_two(len(xs))",
        "try:",
        "    c = effect_one(a + 4)",
        "    effect_two(c)",
        "except ValueError as error:",
        "    effect_one(str(error))",
        "else:",
        "    effect_two(c)",
    ]
    definition = check(engine, workflow_over, body, a, 0)
    steps = [step for step in definition.runs[0].steps if isinstance(step, records.Step)]
    assert not any(step.whole for step in steps)
    assert len(definition_text(definition).split("type: step")) > 12
