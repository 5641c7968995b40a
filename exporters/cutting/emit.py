"""Writes a cut flow as the elements of a definition."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from exporters.base import Loss
from exporters.canonical import records
from exporters.cutting.cut import CutRun
from exporters.cutting.errors import error_names
from exporters.cutting.flow import (
    Attempt,
    Body,
    Choice,
    Each,
    Handler,
    Item,
    Plain,
    Repeat,
    Retried,
    Together,
    computed,
    leaves,
)
from exporters.cutting.known import Env
from exporters.cutting.live import mentions
from exporters.cutting.marks import count
from exporters.cutting.pieces import Pieces
from exporters.cutting.policies import effects_of, retry_losses
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import Code
from exporters.cutting.starts import Starts
from exporters.cutting.waits import seconds, slept
from exporters.cutting.words import title
from exporters.shared.identifiers import python_identifier

_LONGEST = 50


@dataclass(slots=True)
class Emitter:
    """Writes the elements of one run."""

    code: Code
    cut: CutRun
    starts: Starts
    context: set[str] = field(default_factory=set[str])
    """Names of the run's context that its code asks for."""

    @property
    def _pieces(self) -> Pieces:
        return Pieces(self.code, self.cut)

    def elements(self, body: Body) -> tuple[records.Element, ...]:
        """The elements of a sequence."""
        found: list[records.Element] = []
        for index, item in enumerate(body):
            following = body[index + 1] if index + 1 < len(body) else None
            if not (isinstance(item, Plain) and (self._only_makes(item) or self._is_repeated(item, following))):
                found.extend(self._item(item))
        return tuple(found)

    def _only_makes(self, leaf: Plain) -> bool:
        """Whether the leaf does nothing but make what each step makes again that needs it."""
        after = self.cut.states.after.get(id(leaf)) or {}
        return not leaf.marks and any(known.again is leaf for known in after.values())

    def _is_repeated(self, leaf: Plain, following: Item | None) -> bool:
        """Whether the leaf is a read that the next one does again at once."""
        return isinstance(following, Plain) and leaf in self._pieces.again(following, self._before(following))

    def _before(self, item: Item) -> Env:
        return self.cut.states.before.get(id(item), {})

    def _item(self, item: Item) -> Iterator[records.Element]:
        if id(item) not in self.cut.states.before:
            return  # Nothing ever comes here.
        match item:
            case Plain():
                yield from self._plain(item)
            case Choice():
                yield self._decision(item)
            case Each():
                yield self._loop(item)
            case Repeat():
                yield self._while(item)
            case Attempt():
                yield self._try(item)
            case Together():
                yield self._parallel(item)
            case Retried():
                yield from self._retried(item)
            case _:
                raise AssertionError(item)

    def _id(self, name: str) -> str:
        word = python_identifier(name)
        return self.starts.ids(word if len(word) <= _LONGEST else word[:_LONGEST].rstrip("_"))

    def _at(self, leaf: Plain) -> str:
        if not leaf.first:
            return leaf.frame.file
        last = f"-{leaf.last}" if leaf.last > leaf.first else ""
        return f"{leaf.frame.file}:{leaf.first}{last}"

    def _plain(self, leaf: Plain) -> Iterator[records.Element]:
        if (duration := slept(leaf, self.code)) is not None:
            yield from self._wait(leaf, duration)
            return
        name = title(leaf, self.cut.result)
        step_id = self._id(name)
        starts = self.starts.of(step_id, leaf.marks, is_inside=_is_branching(leaf))
        yield self._step(leaf, step_id, name, tuple(start.run for start in starts))
        yield from starts

    def _step(self, leaf: Plain, step_id: str, name: str, sends: tuple[str, ...]) -> records.Step:
        env = self._before(leaf)
        code, outputs = self._pieces.of(leaf, env), self._pieces.outputs(leaf)
        self.context |= self._pieces.context(leaf, env)
        again = self._pieces.again(leaf, env)
        called = self._pieces.as_call(leaf) if not again else None
        if called is not None:
            code = called
            outputs = {str(name): variable for name, variable in zip(("result",), outputs.values(), strict=False)}
        elif leaf.responds and "result" not in outputs:
            # The function has a `result` of its own: the response goes by another name until here.
            name_of = {variable: name for name, variable in outputs.items()}
            own = name_of[self.cut.result]
            code = msgspec.structs.replace(code, code=f"{code.code}\nresult = {own}")
            outputs = {n: v for n, v in outputs.items() if n != own} | {"result": self.cut.result}
        self.starts.losses.extend(retry_losses(leaf.marks, f"{self.starts.workflow}#{step_id}"))
        happening = [*(mark for read in again for mark in read.marks), *leaf.marks]
        return records.Step(
            id=step_id,
            name=name,
            at=self._at(leaf),
            call=code.call,
            module=code.module,
            code=code.code,
            inputs=code.inputs,
            outputs=outputs,
            sends=sends,
            effects=effects_of(happening),
            whole=(leaf.whole or "it is one statement") if count(leaf.marks) > 1 else "",
            responds=leaf.responds,
        )

    def _wait(self, leaf: Plain, duration: ast.expr) -> Iterator[records.Element]:
        name = next((mark.name for mark in leaf.marks if mark.name), "Wait")
        known = seconds(duration, leaf.frame, self.code)
        if known is not None:
            yield records.Wait(id=self._id(name), name=name, at=self._at(leaf), seconds=known)
            return
        if isinstance(duration, ast.Name) and duration.id in leaf.frame.names:
            yield records.Wait(id=self._id(name), name=name, at=self._at(leaf), variable=leaf.frame.names[duration.id])
            return
        variable = self.starts.ids("delay")
        code = self._pieces.of(leaf, self._before(leaf))
        yield records.Step(
            id=self._id(f"set {variable}"),
            name="Set delay",
            at=self._at(leaf),
            module=code.module,
            code=f"{variable} = {ast.unparse(duration)}",
            inputs=code.inputs,
            outputs={variable: variable},
        )
        yield records.Wait(id=self._id(name), name=name, at=self._at(leaf), variable=variable)

    def _condition(self, test: Plain, item: Item) -> records.Code:
        env = self._before(item)
        code = self._pieces.of(test, env)
        if "\n" in code.code.strip("\n") and len(test.tree) != 1:
            raise CannotCutError("a condition needs a statement of its own")
        if self._pieces.again(test, env):
            raise CannotCutError("a condition needs a read of its own")
        self.context |= self._pieces.context(test, env)
        return code

    def _decision(self, item: Choice) -> records.Decision:
        name = item.name or item.test.text.strip()
        decision_id = self._id(f"if {name}")
        code = self._condition(item.test, item)
        return records.Decision(
            id=decision_id,
            name=name,
            at=self._at(item.test),
            module=code.module,
            code=code.code,
            inputs=code.inputs,
            then=self.elements(item.then),
            otherwise=self.elements(item.otherwise),
        )

    def _parallel(self, item: Together) -> records.Parallel:
        branches = tuple(
            records.Branch(
                name=next((title(leaf, self.cut.result) for leaf in leaves(body)), ""), steps=self.elements(body)
            )
            for body in item.branches
        )
        name = f"Side by side: {', '.join(branch.name for branch in branches if branch.name)}"
        return records.Parallel(id=self._id("side by side"), name=name, at=self._at(item.whole), branches=branches)

    def _loop(self, item: Each) -> records.Loop:
        over = computed(item.over)
        if not isinstance(over, ast.Name):
            raise CannotCutError("what a loop goes over is not known before the loop")
        name = item.name or f"For each {item.target.text.partition(' = ')[0]}"
        element_id = self._id(name)
        if item.loss:
            self.starts.losses.append(Loss("parallel", f"{self.starts.workflow}#{element_id}", item.loss))
        names = item.over.frame.names
        return records.Loop(
            id=element_id,
            name=name,
            at=self._at(item.over),
            over=item.over.frame.names[over.id],
            item=item.variable,
            parallel=bool(item.gathers),
            collect={names[item.part]: names[item.gathers]} if item.gathers else {},
            steps=self.elements(item.body),
        )

    def _while(self, item: Repeat) -> records.While:
        name = item.name or f"While {item.test.text.strip()}"
        element_id = self._id(name)
        code = self._condition(item.test, item)
        return records.While(
            id=element_id,
            name=name,
            at=self._at(item.test),
            module=code.module,
            code=code.code,
            inputs=code.inputs,
            steps=self.elements(item.body),
        )

    def _try(self, item: Attempt) -> records.Try:
        name = item.name or "Try"
        element_id = self._id(name)
        place = next((leaf for leaf in leaves(item.body)), None)
        at = f"{place.frame.file}:{item.line}" if place else ""
        return records.Try(
            id=element_id,
            name=name,
            at=at,
            steps=self.elements(item.body),
            catch=tuple(self._catch(handler) for handler in item.handlers),
            last=self.elements(item.last),
        )

    def _retried(self, item: Retried) -> Iterator[records.Element]:
        element_id = self._id(f"try {self._name_of(item)} again")
        for loss in item.losses:
            self.starts.losses.append(Loss("retry-told", f"{self.starts.workflow}#{element_id}", loss))
        steps = self.elements(item.body)
        first, rest = steps[0] if steps else None, steps[1:]
        if isinstance(first, records.Step) and all(isinstance(one, records.Start) for one in rest):
            yield msgspec.structs.replace(first, retry=item.retry)
            yield from rest
            return
        at = f"{item.frame.file}:{item.line}"
        yield records.Retrying(id=element_id, name=item.text, at=at, retry=item.retry, steps=steps)

    def _name_of(self, item: Retried) -> str:
        return item.frame.unit.rpartition("::")[2].rpartition(".")[2]

    def _catch(self, handler: Handler) -> records.Catch:
        asked = any(handler.variable in mentions(leaf) for leaf in leaves(handler.body)) if handler.variable else False
        return records.Catch(
            errors=tuple(self._errors(handler)),
            variable=handler.variable if asked else "",
            steps=self.elements(handler.body),
        )

    def _errors(self, handler: Handler) -> Iterator[str]:
        if handler.kind is None:
            return
        frame = handler.kind.frame
        yield from error_names(
            computed(handler.kind), self.code.file(frame.file), self.code, frozenset(frame.names), frame.paths
        )


def _is_branching(leaf: Plain) -> bool:
    """Whether something in the leaf's own statements may happen not at all, or more than once."""
    branching = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Match | ast.IfExp | ast.ListComp | ast.GeneratorExp
    return any(isinstance(node, branching) for node in leaf.nodes())
