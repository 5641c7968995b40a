"""Command line groups: a command's whole name is the chain of the groups above it, which only the tree of groups says.

A group is an object that decorators and `add_command` build up step by step, so its name and its place in the tree
stand at different calls; a YAML rule sees one call at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.entry_points.signals import name_of_site
from discover.frameworks.records import EntryPoint, HookEdge
from discover.frameworks.routing.routers import site_keys
from discover.frameworks.rules.applied import applications
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Function
from discover.resolve.values import ConstantValue, FunctionValue, InstanceValue, Value

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite, Decoration

_COMMAND = ["click.command", "click.Group.command", "flask.AppGroup.command", "typer.Typer.command"]
_GROUP = ["click.group", "click.Group.group", "flask.AppGroup.group"]
_CALLBACK = "typer.Typer.callback"
_MADE = ["click.Group", "flask.AppGroup", "flask.cli.FlaskGroup", "typer.Typer", "click.MultiCommand"]
_NESTED = ["click.Group.add_command", "typer.Typer.add_typer"]
_ROOT = "<root>"
"""A group that the framework itself makes, such as `app.cli`."""
_NAME = Pick(argument=0, keyword="name")


class _Tree:
    """Which group hangs under which, and what each is called."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.names: dict[str, str] = {}
        self.parents: dict[str, list[str]] = {}
        self.commands: list[tuple[Function, str, list[str]]] = []
        self.functions: dict[str, list[Function]] = {}
        """A group to the functions that run before its commands."""
        self.made_in: dict[Function, dict[str, None]] = {}
        """A function of the project that makes commands, to what it makes them of."""

    def key(self, value: Value | None) -> str:
        """What identifies a group or command: the function it was made from, or the call that made it."""
        if not isinstance(value, InstanceValue):
            return ""
        for name, bound in value.bindings:
            if name == "F":
                for one in bound:
                    if isinstance(one, FunctionValue):
                        return one.function.id
        return next(iter(site_keys((value,))), "")

    def path(self, key: str, seen: tuple[str, ...] = ()) -> list[str]:
        """The names from the root to the group, the root left out."""
        parents = self.parents.get(key, [])
        if not parents or key in seen:
            return []
        return [*self.path(parents[0], (*seen, key)), self.names.get(key, "")]

    def before(self, key: str, seen: tuple[str, ...] = ()) -> list[Function]:
        """The functions of the groups from the root down to this one, in the order in which they run."""
        if key in seen:
            return []
        above = [one for parent in self.parents.get(key, [])[:1] for one in self.before(parent, (*seen, key))]
        return [*above, *self.functions.get(key, ())]


def register(bench: Workbench) -> None:
    """Find all groups, then all commands with their whole names."""
    tree = _Tree(bench)
    for match in bench.index.calls(_MADE):
        _made(bench, tree, match.site)
    for decoration, receiver in bench.index.decorations(_GROUP):
        _decorated(bench, tree, decoration, receiver, group=True)
    for decoration, receiver in bench.index.decorations(_COMMAND):
        _decorated(bench, tree, decoration, receiver, group=False)
    for match in bench.index.calls(_COMMAND):
        _applied(bench, tree, match)
    for paths, is_group in ((_GROUP, True), (_COMMAND, False)):
        for decoration, receiver in _by_own_method(bench, paths):
            _decorated(bench, tree, decoration, receiver, group=is_group)
    nested = [(match, _hung(bench, tree, match.site)) for match in bench.index.calls(_NESTED)]
    for match, keys in sorted(nested, key=lambda one: len(one[1]) > 1):  # a loop hangs up copies of what has its place
        _nested(bench, tree, match.site, next(iter(match.receivers), None), keys)
    for decoration, receiver in bench.index.decorations(_CALLBACK):
        _callback(bench, tree, decoration, receiver)
    for function, name, parents in tree.commands:
        _emit(bench, tree, function, name, parents)


def _made(bench: Workbench, tree: _Tree, site: CallSite) -> None:
    key = f"{site.function.module.path}#{site.call.number}"
    given = Given(site.call, site.function)
    names = bench.picker.texts(Pick(keyword="name"), given) or bench.picker.texts(Pick(argument=0), given)
    tree.names[key] = names[0] if names else name_of_site(bench.program, key).rpartition(".")[2]


def _decorated(bench: Workbench, tree: _Tree, decoration: Decoration, receiver: Value | None, *, group: bool) -> None:
    definition = decoration.definition
    if not isinstance(definition, Function):
        return
    scope = definition.owner or definition.outer or definition.module.body
    _named(bench, tree, definition, Given(decoration.call, scope), tree.key(receiver), is_group=group)


def _by_own_method(bench: Workbench, paths: list[str]) -> list[tuple[Decoration, Value | None]]:
    """What a project's method decorates that overrides the library's: `class App(Typer): def command(self, …)`."""
    own = {
        (match.site.function, match.site.call.number): next(iter(match.receivers), None)
        for match in bench.index.calls(paths)
        if match.site.targets
    }
    found: list[tuple[Decoration, Value | None]] = []
    for decoration in bench.program.decorations if own else ():
        key = (decoration.scope.unit, decoration.call.number) if decoration.call is not None else None
        if key in own:
            found.append((decoration, own[key]))
    return found


def _applied(bench: Workbench, tree: _Tree, match: Match) -> None:
    """`app.command("count")(count_stock)`, also for each function below a decorator of the project that does so."""
    if bench.is_decorator(match.site):
        return
    parent = tree.key(next(iter(match.receivers), None))
    for given, function in applications(bench, match, [_NAME]):
        tree.made_in.setdefault(match.site.function, {})[function.id] = None
        _named(bench, tree, function, given, parent, is_group=False)


def _named(bench: Workbench, tree: _Tree, function: Function, given: Given, parent: str, *, is_group: bool) -> None:
    names = bench.picker.texts(_NAME, given) if given.call is not None else []
    fallback = function.record.name.replace("_", "-").lower()
    for suffix in ("-command", "-cmd", "-group", "-grp"):
        fallback = fallback.removesuffix(suffix) or fallback
    name = names[0] if names else fallback
    tree.names[function.id] = name
    if parent and parent != function.id:
        tree.parents.setdefault(function.id, []).append(parent)
    if is_group:
        tree.functions.setdefault(function.id, []).append(function)
    if not is_group or _runs_alone(bench, given):
        tree.commands.append((function, name, [parent] if parent else []))


def _callback(bench: Workbench, tree: _Tree, decoration: Decoration, receiver: Value | None) -> None:
    """Typer's `@app.callback()`: what runs before every command of the program or group."""
    definition = decoration.definition
    key = tree.key(receiver)
    if isinstance(definition, Function) and key:
        tree.functions.setdefault(key, []).append(definition)
        if _runs_alone(bench, Given(decoration.call, definition.module.body)):
            name = next(iter(tree.path(key)[-1:]), definition.record.name)
            tree.commands.append((definition, name, tree.parents.get(key, [])[:1]))


def _runs_alone(bench: Workbench, given: Given) -> bool:
    """Whether a group does something when it is called without a command."""
    values = bench.picker.values(Pick(keyword="invoke_without_command"), given)
    return any(isinstance(value, ConstantValue) and value.value is True for value in values)


def _hung(bench: Workbench, tree: _Tree, site: CallSite) -> list[str]:
    """What a call hangs under a group: each thing that its argument may be, or the commands that are made beside it."""
    values = bench.picker.values(Pick(argument=0, keyword=["cmd", "typer_instance"]), Given(site.call, site.function))
    keys = [key for value in values if (key := tree.key(value))]
    around = site.function.id + ".<locals>."
    is_wrapper = any(key.startswith(around) for key in keys) and not any(key in tree.names for key in keys)
    return [*tree.made_in.get(site.function, keys)] if is_wrapper else keys


def _nested(bench: Workbench, tree: _Tree, site: CallSite, receiver: Value | None, keys: list[str]) -> None:
    parent = tree.key(receiver) or _ROOT
    names = bench.picker.texts(Pick(argument=1, keyword="name"), Given(site.call, site.function))
    for key in keys:
        tree.parents.setdefault(key, []).append(parent)
        if names:
            tree.names[key] = names[0]


def _elsewhere(tree: _Tree, parents: list[str], name: str) -> list[str]:
    """The command's whole names under the other groups that its own one hangs under, too."""
    group = parents[0] if parents else ""
    above = [[*tree.path(one), tree.names.get(group, "")] for one in tree.parents.get(group, [])[1:]]
    return [" ".join(word for word in [*words, name] if word) for words in above]


def _emit(bench: Workbench, tree: _Tree, function: Function, name: str, parents: list[str]) -> None:
    above = tree.path(parents[0]) if parents else tree.path(function.id)[:-1]
    words = [word for word in [*above, tree.names.get(function.id, name)] if word]
    whole = " ".join(words)
    evidence = f"decorator {function.module.path}:{function.record.line}"
    bench.found.entry(
        EntryPoint(
            id="",
            kind="command",
            framework="click",
            unit=function.id,
            line=function.record.line,
            detail=TriggerDetail(command=whole, name=words[-1]),
            names=tuple(dict.fromkeys((whole, words[-1], *_elsewhere(tree, parents, words[-1])))),
            evidence=evidence,
        )
    )
    around = tree.before(parents[0] if parents else function.id)
    for order, group in enumerate((one for one in around if one is not function), 1):
        bench.found.hook(
            HookEdge(
                unit=function.id,
                number=None,
                line=function.record.line,
                target=group.id,
                order=order,
                library="click",
                moment="before",
                confidence=0.9,
                evidence=evidence,
            )
        )
