"""Attributes of a class that a library method passes over, by what they were made with or by the class's settings."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from discover.catalog import spec
from discover.facts import records as ir
from discover.facts.walking import statements
from discover.resolve.picking import at_key
from discover.resolve.values import ConstantValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discover.resolve.program import Program
    from discover.resolve.symbols import Class, Function

_MAKING = "__init__"


class LeftOutMembers:
    """Tells which attributes take no part."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[tuple[Class, str, int], bool] = {}

    def without(self, cls: Class, names: Iterable[str], rule: spec.LeftOut) -> tuple[str, ...]:
        """The methods' names; for each pattern those that fit it, without the ones of attributes that are left out."""
        found: dict[str, None] = {}
        for name in names:
            before, star, after = name.partition("*")
            if not star:
                found[name] = None
                continue
            fitting = sorted({n for level in cls.mro if level.is_project for n in level.names if fnmatchcase(n, name)})
            left = self.among(cls, [one[len(before) : len(one) - len(after)] for one in fitting], rule)
            found.update((one, None) for one in fitting if one[len(before) : len(one) - len(after)] not in left)
        return tuple(found)

    def among(self, cls: Class, names: Iterable[str], rule: spec.LeftOut) -> frozenset[str]:
        """Those of the names that stand for attributes which are left out."""
        found: set[str] = set()
        for name in names:
            key = (cls, name, id(rule))
            known = self._known.get(key)
            if known is None:
                known = self._known[key] = self._is_left_out(cls, name, rule)
            if known:
                found.add(name)
        return frozenset(found)

    def _is_left_out(self, cls: Class, name: str, rule: spec.LeftOut) -> bool:
        level = next((one for one in cls.mro if one.is_project and name in one.names), None)
        if level is None:
            return self._is_set_so(cls, name, rule)
        made = _assigned(level, name)
        if any(isinstance(one, ir.Call) and self._says(level, one, rule.keyword) for one in made[-1:]):
            return True
        values = [v.cls for v in self.program.class_attribute(cls, name) if isinstance(v, InstanceValue)]
        return bool(values) and all(self._is_always(value, rule) for value in values)

    def _is_always(self, cls: Class, rule: spec.LeftOut) -> bool:
        """Whether all objects of a class are left out: a library's class says so, or the project's constructor."""
        if any(self.program.is_below(cls, path) for path in spec.paths_of(rule.classes)):
            return True
        method = self.program.find_method(cls, _MAKING)
        if method is None or not method.is_project:
            return False
        made = [site.call for site in method.sites.values() if site.externals and _is_making(site.call)]
        return any(self._says(method, call, rule.keyword) for call in made)

    def _says(self, scope: Class | Function, call: ir.Call, keyword: str) -> bool:
        given = next((one.value for one in call.keywords if one.name == keyword), None)
        return given is not None and _is_true(self.program.values_of(scope, given))

    def _is_set_so(self, cls: Class, name: str, rule: spec.LeftOut) -> bool:
        """Whether the class's settings say it of an attribute that the library makes."""
        if rule.named is not None:
            listed = self.program.elements_of(self._setting(cls, rule.named))
            if any(isinstance(one, ConstantValue) and one.value == name for one in listed):
                return True
        keywords = self._setting(cls, rule.keyed) if rule.keyed is not None else ()
        return _is_true(at_key(at_key(keywords, name), rule.keyword))

    def _setting(self, cls: Class, dotted: str) -> Values:
        first, *rest = dotted.split(".")
        found = self.program.class_attribute(cls, first)
        for name in rest:
            found = self.program.attribute(found, name, cls)
        return found


def _assigned(cls: Class, name: str) -> list[ir.Expr]:
    """What a class's body assigns to a name, in order."""
    return [
        one.value
        for one in statements(cls.record.body)
        if isinstance(one, ir.Assign) and one.value is not None
        for target in one.targets
        if isinstance(target, ir.Name) and target.id == name
    ]


def _is_making(call: ir.Call) -> bool:
    return isinstance(call.function, ir.Attribute) and call.function.name == _MAKING


def _is_true(values: Values) -> bool:
    return bool(values) and all(isinstance(one, ConstantValue) and one.value is True for one in values)
