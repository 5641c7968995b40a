"""Whatever a definition says, its text says the same, whatever strings the backend's code holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exporters.canonical import (
    SCHEMA,
    Decision,
    Definition,
    Effect,
    Element,
    End,
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

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_SECONDS = st.one_of(st.none(), st.floats(0, 1e6))
_RETRIES = st.builds(
    Retry,
    attempts=st.one_of(st.none(), st.integers(1, 99)),
    delay=_SECONDS,
    backoff=_SECONDS,
    jitter=st.booleans(),
    errors=st.lists(st.sampled_from(["ValueError", "requests.Timeout"]), unique=True).map(tuple),
)
_EFFECTS = st.lists(st.builds(Effect, kind=_TEXT, name=_TEXT, detail=_TEXT, confidence=st.floats(0, 1)), max_size=2)
_CODE = st.one_of(
    st.just("x = 1  # one"),
    _TEXT.map(lambda text: f"x = {text!r}\nif x:\n    x = [x]"),
    st.just('x = """\n  a\n\n b: {c}\n"""'),
)


class _Maker:
    """Draws elements with ids of their own; a branch sets only variables that no other one sets."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.count = 0

    def id(self, word: str) -> str:
        self.count += 1
        return f"{word}_{self.count}"

    def sequence(self, known: list[str], depth: int) -> tuple[Element, ...]:
        return tuple(element for _ in range(self.draw(st.integers(0, 3))) for element in self.elements(known, depth))

    def elements(self, known: list[str], depth: int) -> list[Element]:
        kinds = ["step", "send", "wait", "end"]
        kinds += ["decision", "loop", "while", "parallel", "try", "retry"] if depth else []
        match self.draw(st.sampled_from(kinds)):
            case "send":
                step = Step(id=self.id("send"), call="a.b:C.d", sends=("other",))
                return [step, Start(id=self.id("start"), run="other", of=step.id, many=self.draw(st.booleans()))]
            case "wait":
                return [Wait(id=self.id("wait"), seconds=self.draw(st.floats(0, 1e5)), name=self.draw(_TEXT))]
            case "end":
                return [End(id=self.id("end"), result=self.draw(st.sampled_from(known)))]
            case "step":
                return [self.step(known)]
            case kind:
                return [self.holder(kind, known, depth - 1)]

    def step(self, known: list[str]) -> Step:
        taken = self.draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
        variable = self.id("v")
        known.append(variable)
        return Step(
            id=self.id("step"),
            name=self.draw(_TEXT),
            module="a.b",
            code=self.draw(_CODE),
            inputs={f"i{n}": name for n, name in enumerate(taken)},
            outputs={"x": variable},
            retry=self.draw(st.one_of(st.none(), _RETRIES)),
            effects=tuple(self.draw(_EFFECTS)),
            whole=self.draw(_TEXT),
        )

    def holder(self, kind: str, known: list[str], depth: int) -> Element:
        inner = self.sequence
        match kind:
            case "decision":
                code: dict[str, Any] = {
                    "module": "a",
                    "code": "n > 1",
                    "inputs": {"n": self.draw(st.sampled_from(known))},
                }
                return Decision(id=self.id("if"), then=inner([*known], depth), otherwise=inner([*known], depth), **code)
            case "loop":
                over = self.draw(st.sampled_from(known))
                item = self.id("item")
                parallel = self.draw(st.booleans())
                return Loop(
                    id=self.id("loop"), over=over, item=item, parallel=parallel, steps=inner([*known, item], depth)
                )
            case "while":
                return While(id=self.id("while"), call="a:b", steps=inner([*known], depth))
            case "parallel":
                made = tuple(Branch(name=self.draw(_TEXT), steps=inner([*known], depth)) for _ in range(2))
                return Parallel(id=self.id("both"), branches=made)
            case "try":
                catch = Catch(errors=("ValueError",), variable="e", steps=inner([*known, "e"], depth))
                return Try(id=self.id("try"), steps=inner([*known], depth), catch=(catch,), last=inner([*known], depth))
            case _:
                return Retrying(id=self.id("retry"), retry=self.draw(_RETRIES), steps=inner([*known], depth))


@st.composite
def definitions(draw: Any) -> Definition:
    maker = _Maker(draw)
    run = Run(
        id="first",
        name=draw(_TEXT),
        function="a.b:f",
        parameters=("n", "m"),
        retry=draw(st.one_of(st.none(), _RETRIES)),
        steps=maker.sequence(["n", "m"], 2),
        on_failure=maker.sequence(["n", "error"], 1),
    )
    return Definition(
        schema=SCHEMA,
        id=draw(_TEXT),
        name=draw(_TEXT),
        triggers=tuple(draw(st.lists(st.builds(Trigger, kind=_TEXT, path=_TEXT), max_size=2))),
        start="first",
        runs=(run, Run(id="other", function="a:<module>")),
    )


@given(definitions())
@settings(max_examples=100, deadline=None)
def test_a_definition_that_is_written_is_read_back_the_same(definition: Definition) -> None:
    assert parse_definition(definition_text(definition), "flow.yaml") == definition
