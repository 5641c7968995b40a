"""A small backend as text, what a scan would say of it, and an engine that runs its definitions."""

from __future__ import annotations

import ast
import importlib.util
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from discover import model
from tests.exporters.cutting import beside


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cutting_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    """The reference interpreter."""
    return _module("interpreter")


@pytest.fixture(scope="session")
def workflow_over() -> Callable[..., model.Workflow]:
    """The workflow of a function over files, as a scan would have it: `effect…(…)` is an effect, `….delay` a hop."""
    return workflow


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], dict[str, dict[str, Any]]]:
    """The namespaces of files, really imported, by their names; `outside` has what the engine is told to wait."""

    def run(files: dict[str, str]) -> dict[str, dict[str, Any]]:
        monkeypatch.syspath_prepend(tmp_path)
        for file, text in files.items():
            (tmp_path / file).write_text(text)
            monkeypatch.delitem(sys.modules, file.removesuffix(".py"), raising=False)
        names = [file.removesuffix(".py") for file in files]
        return {name: vars(importlib.import_module(name)) for name in names}

    return run


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], dict[str, dict[str, Any]]]:
    """The modules as a process has them that has just begun; the outside is one for all."""
    outside = types.ModuleType("outside")
    exec(beside.OUTSIDE, vars(outside))

    def run(files: dict[str, str]) -> dict[str, dict[str, Any]]:
        made = {name.removesuffix(".py"): types.ModuleType(name.removesuffix(".py")) for name in files}
        made["outside"] = outside
        for name, module in made.items():
            monkeypatch.setitem(sys.modules, name, module)
        for name in ("helpers", "job"):
            exec(compile(files[f"{name}.py"], f"{name}.py", "exec"), vars(made[name]))
        return {name: vars(module) for name, module in made.items()}

    return run


def workflow(files: dict[str, str], unit: str, kind: str = "task", runs: tuple[str, ...] = ()) -> model.Workflow:
    reader = _Reader(files)
    return model.Workflow(
        id=f"workflow:{unit}",
        name=unit.rpartition("::")[2],
        triggers=(f"{kind}:{unit}",),
        unit=unit,
        body=reader.body(unit, frozenset()),
        runs=tuple(
            model.Run(id=run, unit=run, kind="task", name=run.rpartition("::")[2], body=reader.body(run, frozenset()))
            for run in runs
        ),
    )


def _is_tried(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    text = " ".join(map(ast.unparse, function.decorator_list))
    return any(word in text for word in ("retry(", "on_exception("))


class _Reader:
    def __init__(self, files: dict[str, str]) -> None:
        tops = [(file, node) for file, text in files.items() for node in ast.parse(text).body]
        inner = [(f"{file}::{of.name}.", node) for file, of in tops if isinstance(of, ast.ClassDef) for node in of.body]
        self.functions = {
            f"{place}{node.name}": node
            for place, node in [*((f"{file}::", node) for file, node in tops), *inner]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    def body(self, unit: str, above: frozenset[str]) -> tuple[model.Node, ...]:
        calls = [node for node in ast.walk(self.functions[unit]) if isinstance(node, ast.Call)]
        calls.sort(key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))
        return tuple(node for call in calls for node in self._nodes(call, unit, above))

    def _nodes(self, call: ast.Call, unit: str, above: frozenset[str]) -> list[model.Node]:
        name = ast.unparse(call.func)
        where: dict[str, Any] = {"id": f"{unit}:{call.lineno}.{call.col_offset}", "unit": unit, "line": call.lineno}
        if name.startswith(("effect", "load")):
            kind = "db_read" if name.startswith("load") else "db_write" if "store" in name else "http"
            return [model.Step(name=name.replace("_", " ").capitalize(), kind=kind, effect="e", **where)]
        if name.endswith(".delay"):
            runs = tuple(run for run in self.functions if run.endswith(f"::{name.removesuffix('.delay')}"))
            return [model.Hop(name=f"Enqueue {name}", runs=runs, arguments=("x",), **where)]
        if name.endswith((".map", ".submit", ".to_thread")):
            name = ast.unparse(call.args[0])
        if name in {"time.sleep", "asyncio.sleep"}:
            return [model.Wait(name="Wait", **where)]
        last = name.rpartition(".")[2]
        ends = (f"::{last}", f".{last}") if "." in name else (f"::{last}",)
        for other in self.functions:
            if other.endswith(ends) and other not in above | {unit}:
                inner = self.body(other, above | {unit})
                retry = model.RetryPolicy() if _is_tried(self.functions[other]) else None
                return [model.Call(name=name, callee=other, body=inner, retry=retry, **where)] if inner else []
        return []
