"""An engine as small as can be: it runs a definition's elements, with a round trip through JSON between steps."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from exporters.canonical import records
from exporters.worker.errors import describe, fits

Variables = dict[str, Any]


def encode(value: Any) -> Any:
    match value:
        case tuple():
            return {"$": "tuple", "items": [encode(item) for item in value]}
        case BaseException():
            return {
                "$": "error",
                "type": type(value).__name__,
                "of": type(value).__module__,
                "args": encode(list(value.args)),
            }
        case list():
            return [encode(item) for item in value]
        case dict():
            return {key: encode(item) for key, item in value.items()}
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise TypeError(f"{value!r} can't cross")


def decode(value: Any) -> Any:
    match value:
        case {"$": "tuple", "items": items}:
            return tuple(decode(item) for item in items)
        case {"$": "error", "type": name, "of": module, "args": args}:
            return getattr(sys.modules[module], name)(*decode(args))
        case list():
            return [decode(item) for item in value]
        case dict():
            return {key: decode(item) for key, item in value.items()}
        case _:
            return value


class Engine:
    """Runs the runs of a definition over modules that are given as namespaces."""

    def __init__(self, definition: records.Definition, modules: Mapping[str, dict[str, Any]]) -> None:
        self.runs = {run.id: run for run in definition.runs}
        self.modules = modules

    def run(self, run_id: str, arguments: Variables) -> Any:
        run = self.runs[run_id]
        self.context = run.context
        module, _, name = run.function.partition(":")
        owner = name.rpartition(".")[0]
        self.made = self.modules[module][owner] if owner else type(None)
        variables = {name: json.loads(json.dumps(encode(value))) for name, value in arguments.items()}
        self.sequence(run.steps, variables)
        return decode(variables.get(run.result)) if run.result else None

    def sequence(self, elements: tuple[records.Element, ...], variables: Variables) -> None:
        for element in elements:
            self.element(element, variables)

    def element(self, element: records.Element, variables: Variables) -> None:
        match element:
            case records.Step() | records.Retrying() if element.retry is not None:
                self.again(element, variables)
            case records.Step():
                made = self.perform(element, variables)
                kept = {name: made[name] for name in element.outputs if name in made}
                text = json.dumps({element.outputs[name]: encode(value) for name, value in kept.items()})
                variables.update(json.loads(text))
            case records.Decision():
                way = element.then if self.truth(element, variables) else element.otherwise
                self.sequence(way, variables)
            case records.While():
                while self.truth(element, variables):
                    self.sequence(element.steps, variables)
            case records.Loop(parallel=True):
                turns = [{**variables, element.item: item} for item in variables[element.over]]
                for turn in turns:
                    self.sequence(element.steps, turn)
                for name, gathered in element.collect.items():
                    variables[gathered] = [turn[name] for turn in turns]
            case records.Parallel():
                ends: list[Variables] = []
                for branch in element.branches:
                    ends.append(dict(variables))
                    self.sequence(branch.steps, ends[-1])
                for end in ends:
                    variables |= {name: value for name, value in end.items() if variables.get(name, self) != value}
            case records.Loop():
                for item in list(variables[element.over]):
                    variables[element.item] = item
                    self.sequence(element.steps, variables)
            case records.Try():
                self.attempt(element, variables)
            case records.Wait():
                self.modules["outside"]["waited"](element.seconds or decode(variables[element.variable]))
            case records.Start():
                pass
            case _:
                raise AssertionError(element)

    def again(self, element: records.Step | records.Retrying, variables: Variables) -> None:
        retry, tries = element.retry, 0
        assert retry is not None
        once = (msgspec.structs.replace(element, retry=None),) if isinstance(element, records.Step) else element.steps
        delay = retry.delay or 0.0
        while True:
            tries += 1
            try:
                return self.sequence(once, variables)
            except Exception as error:
                if tries == retry.attempts or not fits(describe(error), retry.errors):
                    raise
            if delay:
                self.modules["outside"]["waited"](min(delay, retry.max_delay or delay))
            delay *= retry.backoff or 1.0

    def attempt(self, element: records.Try, variables: Variables) -> None:
        try:
            self.sequence(element.steps, variables)
        except Exception as error:
            for catch in element.catch:
                if fits(describe(error), catch.errors):
                    if catch.variable:
                        variables[catch.variable] = json.loads(json.dumps(encode(error)))
                    self.sequence(catch.steps, variables)
                    break
            else:
                raise
        finally:
            self.sequence(element.last, variables)

    def truth(self, element: records.Decision | records.While, variables: Variables) -> bool:
        tree = ast.parse(element.code.strip())
        assert isinstance(tree.body[0], ast.Expr)
        body: list[ast.stmt] = [ast.Return(ast.Dict([ast.Constant("case")], [tree.body[0].value]))]
        return bool(self.call(element, body, variables)["case"])

    def perform(self, step: records.Step, variables: Variables) -> Variables:
        if step.call:
            module, _, name = step.call.partition(":")
            owner, _, last = name.rpartition(".")
            function = getattr(self.modules[module][owner](), last) if owner else self.modules[module][last]
            given = {name: decode(variables[variable]) for name, variable in step.inputs.items()}
            return {"result": finished(function(**given))}
        tree = ast.parse(step.code)
        given = ast.Return(ast.Call(ast.Name("locals", ast.Load()), [], []))
        return self.call(step, [*tree.body, given], variables)

    def call(self, code: records.Code, body: list[ast.stmt], variables: Variables) -> Variables:
        asked = {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)}
        own = [name for name in self.context if name in asked]
        signature = ast.arguments([], [ast.arg(name) for name in (*code.inputs, *own)], None, [], [], None, [])
        awaits = any(isinstance(node, ast.Await) for part in body for node in ast.walk(part))
        make = ast.AsyncFunctionDef if awaits else ast.FunctionDef
        tree = ast.fix_missing_locations(ast.Module([make("piece", signature, body, [])], []))
        made: Variables = {}
        exec(compile(tree, "<piece>", "exec"), self.modules[code.module], made)
        given = {name: decode(variables[variable]) for name, variable in code.inputs.items()}
        return finished(made["piece"](**given, **dict.fromkeys(own, self.made())))


class Scattered(Engine):
    """The same where each step finds the modules as a process has them that has just begun."""

    def __init__(self, definition: records.Definition, begun: Callable[[], Mapping[str, dict[str, Any]]]) -> None:
        self.begun = begun
        super().__init__(definition, begun())

    def perform(self, step: records.Step, variables: Variables) -> Variables:
        self.modules = self.begun()
        return super().perform(step, variables)

    def truth(self, element: records.Decision | records.While, variables: Variables) -> bool:
        self.modules = self.begun()
        return super().truth(element, variables)


def finished(value: Any) -> Any:
    return asyncio.run(value) if inspect.iscoroutine(value) else value
