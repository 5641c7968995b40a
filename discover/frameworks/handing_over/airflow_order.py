"""The order of a DAG's tasks: `a >> [b, c]`, `b << a`, `set_upstream`, `chain(…)`, and what a task is given of others.

Operators of expressions and names tie the tasks; no call hands one over to the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.walking import statements
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Function
from discover.resolve.values import InstanceValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite

OPERATORS = "airflow.operators.python.*Operator"
CALLED = ["airflow.decorators.TaskFunction.__call__", "airflow.decorators.TaskFunction.expand"]
_DECORATORS = ["airflow.decorators.TaskDecorators.*"]
_BASE = "airflow.models.baseoperator.BaseOperator"
_CHAIN = "airflow.models.baseoperator.chain"
_CROSS = "airflow.models.baseoperator.cross_downstream"
_CALLABLE = Pick(keyword="python_callable")
_DEPTH = 10
"""So many names, lists and operators are opened, one in the other."""

Nodes = list[int]
"""Tasks, by the number of the call that makes them; those that run no function of the project are among them."""


class Task(NamedTuple):
    """A task of a DAG that runs functions of the project."""

    site: CallSite
    functions: tuple[Function, ...]
    rule: str
    """What must have become of the tasks before: Airflow's `trigger_rule`."""

    def names(self) -> list[str]:
        """What runs, in a reader's words: the function, or the operator's class."""
        return [f.record.name if f.owner is None else f.owner.record.name for f in self.functions]


class Order:
    """The tasks that a function, or a file's body, makes, and which come before which."""

    def __init__(self, bench: Workbench, function: Function, tasks: dict[int, Task]) -> None:
        self.tasks = tasks
        self._bench = bench
        self._function = function
        self._before: dict[int, dict[int, None]] = {}
        self._groups: dict[str, list[tuple[int, int]]] = {}
        self._tie()

    def before(self, number: int) -> list[Task]:
        """The nearest tasks before one that run functions of the project, in the order of the code."""
        found: dict[int, None] = {}
        seen = {number}
        pending = list(self._before.get(number, ()))
        while pending:
            node = pending.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self.tasks:
                found[node] = None
            else:
                pending += self._before.get(node, ())
        return [self.tasks[node] for node in sorted(found)]

    def _tie(self) -> None:
        body = self._function.record.body
        ties: list[tuple[ir.Expr, ir.Expr]] = []
        for statement in statements(body):
            if isinstance(statement, ir.With):
                self._note_groups(statement)
            elif isinstance(statement, ir.Evaluate | ir.Assign) and statement.value is not None:
                _shifted(statement.value, ties)
        for before, after in ties:
            self._link(before, after)
        for site in self._function.sites.values():
            self._called(site)

    def _note_groups(self, statement: ir.With) -> None:
        """`with TaskGroup("load") as load`: the name stands for all tasks of the block."""
        for item in statement.items:
            if isinstance(item.target, ir.Name) and isinstance(item.value, ir.Call):
                self._groups.setdefault(item.target.id, []).append((statement.line, statement.end_line))

    def _called(self, site: CallSite) -> None:
        call = site.call
        if isinstance(call.function, ir.Attribute) and call.arguments:
            if call.function.name == "set_downstream":
                self._link(call.function.value, call.arguments[0])
            elif call.function.name == "set_upstream":
                self._link(call.arguments[0], call.function.value)
        paths = {external.path for external in site.externals}
        if _CHAIN in paths:
            for before, after in zip(call.arguments, call.arguments[1:], strict=False):
                self._link(before, after, in_pairs=True)
        elif _CROSS in paths and len(call.arguments) == 2:
            self._link(call.arguments[0], call.arguments[1])
        for given in (*call.arguments, *(keyword.value for keyword in call.keywords)):
            for node in self._nodes(given, _DEPTH):
                if node != call.number:
                    self._before.setdefault(call.number, {})[node] = None

    def _link(self, before: ir.Expr, after: ir.Expr, *, in_pairs: bool = False) -> None:
        first, second = self._nodes(before, _DEPTH, is_before=True), self._nodes(after, _DEPTH)
        are_lists = isinstance(before, ir.Sequence) and isinstance(after, ir.Sequence)
        pairs = zip(first, second, strict=False) if in_pairs and are_lists else ((a, b) for a in first for b in second)
        for one, other in pairs:
            if one != other:
                self._before.setdefault(other, {})[one] = None

    def _nodes(self, expression: ir.Expr, depth: int, *, is_before: bool = False) -> Nodes:
        """The tasks that an expression stands for; of a shift, its last part."""
        if depth == 0:
            return []
        inner: list[ir.Expr] = []
        if isinstance(expression, ir.Call):
            return [expression.number]
        if isinstance(expression, ir.Name):
            if expression.id in self._groups:
                return self._group(expression.id, is_before=is_before)
            inner = self._bench.contexts.assignments(self._function).get(expression.id, [])
        elif isinstance(expression, ir.Sequence):
            inner = expression.items
        elif isinstance(expression, ir.Binary):
            inner = [expression.right] if expression.operator in (">>", "<<") else []
        elif isinstance(expression, ir.Comprehension):
            inner = [expression.element]
        elif isinstance(expression, ir.Starred | ir.Subscript):
            inner = [expression.value]
        elif isinstance(expression, ir.Attribute):
            inner = [expression.value] if expression.name == "output" else []
        return [node for one in inner for node in self._nodes(one, depth - 1, is_before=is_before)]

    def _group(self, name: str, *, is_before: bool) -> Nodes:
        """The tasks of a group that none of it comes after, or, where the group comes before, none before."""
        lines = self._groups[name]
        inside = [n for n, task in self.tasks.items() if any(a <= task.site.line <= b for a, b in lines)]
        if is_before:
            return [n for n in inside if not any(n in self._before.get(other, ()) for other in inside)]
        return [n for n in inside if not any(other in self._before.get(n, ()) for other in inside)]


def orders(bench: Workbench) -> Iterator[tuple[Function, Order]]:
    """Each function, or file's body, that makes tasks, with their order."""
    made: dict[Function, dict[int, Task]] = {}
    decorated = _decorated_rules(bench)
    for site, functions in _tasks(bench):
        if functions:
            rule = _rule(site.call) or decorated.get(functions[0], "")
            made.setdefault(site.function, {})[site.call.number] = Task(site, tuple(functions), rule)
    for function in sorted(made, key=lambda one: one.id):
        yield function, Order(bench, function, made[function])


def _rule(call: ir.Call) -> str:
    """The trigger rule that a call says, as a text or as `TriggerRule.ALL_DONE`."""
    said = next((keyword.value for keyword in call.keywords if keyword.name == "trigger_rule"), None)
    if isinstance(said, ir.Constant):
        return str(said.value).lower()
    return said.name.lower() if isinstance(said, ir.Attribute) else ""


def _decorated_rules(bench: Workbench) -> dict[Function, str]:
    return {
        decoration.definition: rule
        for decoration, _ in bench.index.decorations(_DECORATORS)
        if decoration.call is not None and isinstance(decoration.definition, Function)
        if (rule := _rule(decoration.call))
    }


def _tasks(bench: Workbench) -> Iterator[tuple[CallSite, list[Function]]]:
    for match in bench.index.calls(OPERATORS):
        values = bench.picker.values(_CALLABLE, Given(match.site.call, match.site.function))
        yield match.site, bench.handlers.functions(values, match.site.function.module)
    for match in bench.index.calls(CALLED):
        given = Given(match.site.call, match.site.function, None, match.receivers)
        values = bench.picker.values(Pick(type_argument=0), given)
        yield match.site, bench.handlers.functions(values, match.site.function.module)
    own = set(bench.program.subclasses_of(_BASE))
    modules = {cls.module for cls in own}
    for function in bench.program.all_functions if own else ():
        if function.module in modules or "airflow" in bench.program.engine.imported_by(function.module):
            for site in bench.program.sites(function):
                runs = [run for value in site.result if (run := _run_of(bench, value)) is not None]
                if runs and any(external.path.startswith("airflow.") for external in site.externals):
                    yield site, runs


def _run_of(bench: Workbench, value: object) -> Function | None:
    """What an operator of the project's own runs."""
    if not isinstance(value, InstanceValue) or not value.exact or not value.cls.is_project:
        return None
    if all(level.path != _BASE for level in value.cls.mro):
        return None
    methods = (bench.program.find_method(value.cls, name) for name in ("execute", "poke"))
    return next((method for method in methods if method is not None and method.is_project), None)


def _shifted(expression: ir.Expr, ties: list[tuple[ir.Expr, ir.Expr]]) -> None:
    """What the shifts of an expression put before what."""
    if isinstance(expression, ir.Binary) and expression.operator in (">>", "<<"):
        _shifted(expression.left, ties)
        _shifted(expression.right, ties)
        left = expression.left
        ties.append((left, expression.right) if expression.operator == ">>" else (expression.right, left))
    elif isinstance(expression, ir.Sequence):
        for item in expression.items:
            _shifted(item, ties)
