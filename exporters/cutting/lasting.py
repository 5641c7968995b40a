"""What code sets of its thread or process for all that follows: a language, a context variable, a library's option.

No value carries that from step to step, and a later step may run in another thread or process. What a library holds
is asked for by the library itself, where nobody sees it: `stripe.api_key = key`, `settings.DEBUG = True`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from exporters.cutting.circles import Circles
from exporters.cutting.flow import Plain
from exporters.cutting.holders import is_of_process
from exporters.cutting.selves import method_of, own_name, owner_of
from exporters.cutting.source import Class, Code, Constant, File, Function, Named, dotted_name, imports_of

_LANGUAGE, _ZONE, _ENVIRONMENT = "the language", "the time zone", "the process's environment"
_IMPORTS, _LOGS, _NUMBERS = "where modules are imported from", "what is logged", "how numbers are rounded"
_SETS = {
    "django.utils.translation.activate": _LANGUAGE,
    "django.utils.timezone.activate": _ZONE,
    "locale.setlocale": "the locale",
    "os.chdir": "the working directory",
    "random.seed": "the seed of random numbers",
    "os.umask": "the mask of new files",
    "socket.setdefaulttimeout": "the time limit of sockets",
    "decimal.setcontext": _NUMBERS,
    "logging.disable": _LOGS,
    **dict.fromkeys((f"sys.path.{method}" for method in ("append", "insert", "extend", "remove")), _IMPORTS),
    **dict.fromkeys(("os.putenv", "os.unsetenv"), _ENVIRONMENT),
    **dict.fromkeys((f"os.environ.{method}" for method in ("update", "setdefault", "pop", "clear")), _ENVIRONMENT),
    **dict.fromkeys(("django.db.connection.set_tenant", "django.db.connection.set_schema"), "the tenant"),
}
_SETS_BACK = {
    "django.utils.translation.deactivate": _LANGUAGE,
    "django.utils.translation.deactivate_all": _LANGUAGE,
    "django.utils.timezone.deactivate": _ZONE,
    "django.db.connection.set_schema_to_public": "the tenant",
}
_HOLDERS = frozenset({"threading.local", "asgiref.local.Local", "werkzeug.local.Local"})
_VARIABLE = "contextvars.ContextVar"


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays set behind a piece of code, and what it sets back of what was set before."""

    sets: frozenset[str] = frozenset()
    back: frozenset[str] = frozenset()

    def then(self, other: Setting) -> Setting:
        """Both, one behind the other."""
        return Setting((self.sets - other.back) | other.sets, (self.back - other.sets) | other.back)


_NOTHING = Setting()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an expression stands, and what its names are."""

    file: File
    paths: Mapping[str, str]
    own: Collection[str]
    """Its local names."""
    objects: Mapping[str, Class]
    """Those among them that stand for the object whose method it is."""


class Lasting:
    """Looks into each function of the backend once."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._circles = Circles(self._within, _NOTHING)

    def of(self, leaf: Plain) -> Setting:
        """What the leaf sets."""
        if "sets" not in leaf.found:
            frame = leaf.frame
            file = self._code.file(frame.file)
            own = frozenset(frame.names) | frame.context
            setting = self._of(leaf.tree, _Place(file, frame.paths, own, frame.receivers)) if file else _NOTHING
            leaf.found |= {"sets": setting.sets, "sets back": setting.back}
        return Setting(leaf.found["sets"], leaf.found["sets back"])

    def _of(self, body: Iterable[ast.AST], place: _Place) -> Setting:
        nodes = [one for node in body for one in ast.walk(node)]
        inside = [one for one in nodes if isinstance(one, ast.Attribute | ast.Subscript | ast.Call)]
        restored = _restored(nodes)
        found = _NOTHING
        for one in sorted(inside, key=lambda node: (node.lineno, node.col_offset)):
            match one:
                case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                    sets = self._stored(one, place)
                    found = found.then(Setting(back=sets) if one in restored else Setting(sets))
                case ast.Call():
                    found = found.then(self._called(one, place))
                case _:
                    pass
        return found

    def _stored(self, node: ast.Attribute | ast.Subscript, place: _Place) -> frozenset[str]:
        meant = self._meant(node.value, place)
        if meant == "os.environ":
            return frozenset({_ENVIRONMENT})
        if self._maker(node.value, place) in _HOLDERS:
            return frozenset({f"`{dotted_name(node.value)}`"})
        if isinstance(node.value, ast.Call):
            is_context = self._meant(node.value.func, place) == "decimal.getcontext"
            return frozenset({_NUMBERS} if is_context else ())
        if not isinstance(node, ast.Attribute) or not isinstance(meant, str):
            return frozenset()
        return _of_library(meant, node.attr)

    def _called(self, call: ast.Call, place: _Place) -> Setting:
        match call:
            case ast.Call(func=ast.Attribute(value=holder, attr="set" | "reset" as method)) if dotted_name(holder):
                if self._maker(holder, place) == _VARIABLE:
                    name = frozenset({f"`{dotted_name(holder)}`"})
                    return Setting(sets=name) if method == "set" else Setting(back=name)
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[holder, name, *_]):
                path = self._meant(holder, place)
                attribute = name.value if isinstance(name, ast.Constant) else ""
                return Setting(_of_library(path, str(attribute))) if isinstance(path, str) else _NOTHING
            case _:
                pass
        named = self._function(call.func, place)
        if isinstance(named, Function):
            return self._circles.of(named)
        path = named if isinstance(named, str) else ""
        sets, back = _SETS.get(path), _SETS_BACK.get(path)
        return Setting(frozenset({sets} if sets else ()), frozenset({back} if back else ()))

    def _function(self, node: ast.expr, place: _Place) -> Named | None:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in place.objects:
                return method_of(place.objects[name], method, self._code)
            case _:
                return self._meant(node, place)

    def _within(self, function: Function) -> Setting:
        owner, own_object = owner_of(function), own_name(function)
        objects = {own_object: owner} if owner is not None and own_object else dict[str, Class]()
        paths: dict[str, str] = {}
        own = set(function.all_parameters)
        for node in ast.walk(function.node):
            match node:
                case ast.Import() | ast.ImportFrom():
                    paths |= imports_of(node, function.file)
                case ast.Name(id=name, ctx=ast.Store()):
                    own.add(name)
                case _:
                    pass
        return self._of(function.node.body, _Place(function.file, paths, frozenset(own), objects))

    def _meant(self, node: ast.expr, place: _Place) -> Named | None:
        return self._code.meant(node, place.file, place.own, place.paths)

    def _maker(self, node: ast.expr, place: _Place) -> str:
        """What makes the object that a module holds by that name."""
        named = self._meant(node, place)
        if not isinstance(named, Constant) or not isinstance(named.value, ast.Call):
            return ""
        found = self._code.meant(named.value.func, named.file)
        return found if isinstance(found, str) else ""


def _of_library(path: str, attribute: str) -> frozenset[str]:
    """What is set where a library's module, class or object gets an attribute; nothing where it is a request's own."""
    return frozenset({f"`{path}.{attribute}`" if attribute else f"`{path}`"} if is_of_process(path) else ())


def _restored(nodes: Iterable[ast.AST]) -> set[ast.expr]:
    """Attributes that get back what a local name had kept of them."""
    kept: set[tuple[str, str]] = set()
    given: list[tuple[str, ast.Attribute]] = []
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                kept.add((name, dotted_name(value)))
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Name(id=name)):
                given.append((name, target))
            case _:
                pass
    return {target for name, target in given if dotted_name(target) and (name, dotted_name(target)) in kept}
