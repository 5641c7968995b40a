"""What code sets of its thread or process for all that follows: a language, a context variable, the environment.

No value carries that from step to step, and a later step may run in another thread or process.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.cutting.flow import Plain
from exporters.cutting.source import NO_PATHS, Code, Constant, File, Function, dotted_name

_LANGUAGE, _ZONE, _ENVIRONMENT = "the language", "the time zone", "the process's environment"
_SETS = {
    "django.utils.translation.activate": _LANGUAGE,
    "django.utils.timezone.activate": _ZONE,
    "locale.setlocale": "the locale",
    "os.chdir": "the working directory",
    "random.seed": "the seed of random numbers",
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
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Setting:
    """What stays set behind a piece of code, and what it sets back of what was set before."""

    sets: frozenset[str] = frozenset()
    back: frozenset[str] = frozenset()

    def then(self, other: Setting) -> Setting:
        """Both, one behind the other."""
        return Setting((self.sets - other.back) | other.sets, (self.back - other.sets) | other.back)


_NOTHING = Setting()


class Lasting:
    """Looks into each function of the backend once."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[str, Setting] = {}

    def of(self, leaf: Plain) -> Setting:
        """What the leaf sets."""
        if "sets" not in leaf.found:
            file = self._code.file(leaf.frame.file)
            setting = self._of(leaf.tree, file, leaf.frame.paths, 0) if file else _NOTHING
            leaf.found |= {"sets": setting.sets, "sets back": setting.back}
        return Setting(leaf.found["sets"], leaf.found["sets back"])

    def _of(self, body: Iterable[ast.AST], file: File, paths: Mapping[str, str], depth: int) -> Setting:
        inside = [one for node in body for one in ast.walk(node) if isinstance(one, ast.expr)]
        found = _NOTHING
        for one in sorted(inside, key=lambda node: (node.lineno, node.col_offset)):
            match one:
                case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                    found = found.then(self._stored(one, file, paths))
                case ast.Call():
                    found = found.then(self._called(one, file, paths, depth))
                case _:
                    pass
        return found

    def _stored(self, node: ast.Attribute | ast.Subscript, file: File, paths: Mapping[str, str]) -> Setting:
        if self._code.meant(node.value, file, (), paths) == "os.environ":
            return Setting(frozenset({_ENVIRONMENT}))
        is_held = self._maker(node.value, file, paths) in _HOLDERS
        return Setting(frozenset({f"`{dotted_name(node.value)}`"})) if is_held else _NOTHING

    def _called(self, call: ast.Call, file: File, paths: Mapping[str, str], depth: int) -> Setting:
        match call.func:
            case ast.Attribute(value=holder, attr="set" | "reset" as method) if dotted_name(holder):
                if self._maker(holder, file, paths) == _VARIABLE:
                    name = frozenset({f"`{dotted_name(holder)}`"})
                    return Setting(sets=name) if method == "set" else Setting(back=name)
            case _:
                pass
        named = self._code.meant(call.func, file, (), paths)
        if isinstance(named, Function):
            return self._within(named, depth)
        path = named if isinstance(named, str) else ""
        sets, back = _SETS.get(path), _SETS_BACK.get(path)
        return Setting(frozenset({sets} if sets else ()), frozenset({back} if back else ()))

    def _within(self, function: Function, depth: int) -> Setting:
        if function.unit not in self._known and depth < _DEEPEST:
            self._known[function.unit] = _NOTHING
            self._known[function.unit] = self._of(function.node.body, function.file, NO_PATHS, depth + 1)
        return self._known.get(function.unit, _NOTHING)

    def _maker(self, node: ast.expr, file: File, paths: Mapping[str, str]) -> str:
        """What makes the object that a module holds by that name."""
        named = self._code.meant(node, file, (), paths)
        if not isinstance(named, Constant) or not isinstance(named.value, ast.Call):
            return ""
        found = self._code.meant(named.value.func, named.file)
        return found if isinstance(found, str) else ""
