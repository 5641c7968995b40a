"""Django's ORM by the shape of its calls, where the type of the receiver is unknown.

Not in the catalog, since what decides is the project's own: the names of its relations, and how its calls are chained
(`….filter(status=…).update(…)`). `save()` and `delete()` without arguments are what model objects, forms and
serializers have; a file or an image takes an argument there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from discover.catalog.spec import Effect
from discover.effects.matching import Match
from discover.effects.rules import EffectRule
from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.values import ExternalValue

if TYPE_CHECKING:
    from discover.effects.relations import Relations
    from discover.resolve.sites import CallSite

_STRONG = 0.8
_FAIR = 0.6
_ALTERNATIVE = 0.5

_LAZY = frozenset(
    {
        "all",
        "filter",
        "exclude",
        "order_by",
        "distinct",
        "select_related",
        "prefetch_related",
        "select_for_update",
        "annotate",
        "values",
        "values_list",
        "only",
        "defer",
        "using",
        "none",
        "reverse",
    }
)
_TELLING = frozenset({"select_related", "prefetch_related", "select_for_update", "values_list"})
_CONDITIONS = frozenset({"filter", "exclude", "annotate"})
_READS = frozenset(
    {
        "get",
        "first",
        "last",
        "latest",
        "earliest",
        "count",
        "exists",
        "aggregate",
        "in_bulk",
        "iterator",
        "aget",
        "afirst",
        "acount",
        "aexists",
    }
)
_CREATES = {
    "get_or_create": "INSERT",
    "bulk_create": "INSERT",
    "abulk_create": "INSERT",
    "aget_or_create": "INSERT",
    "update_or_create": "SAVE",
    "aupdate_or_create": "SAVE",
    "bulk_update": "UPDATE",
}
_ON_RELATIONS = {
    "create": "INSERT",
    "acreate": "INSERT",
    "add": "UPDATE",
    "remove": "UPDATE",
    "set": "UPDATE",
    "clear": "UPDATE",
}
_SAVE_OPTIONS = frozenset({"update_fields", "force_insert", "force_update", "using"})
_MADE = re.compile(r"(?!.*\bmodels\b)\w+(?:\.\w+)*\.[A-Z]\w*\(\)\.\w+")
"""A method of an object that a library's class just made: `reportlab.pdfgen.canvas.Canvas().save`."""
_SAVERS = frozenset({"serializer", "form", "formset"})


class OrmNames:
    """Recognises ORM calls by name; knows the project's relations."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations

    def match(self, site: CallSite) -> Match | None:
        """The effect that the call has, if it looks like one of a model object, a manager or a query."""
        called = site.call.function
        if not isinstance(called, ir.Attribute) or not _is_open(site):
            return None
        found = self._written(site, called) or self._queried(site, called)
        if found is None or not site.targets:
            return found
        return found._replace(confidence=_ALTERNATIVE)

    def _written(self, site: CallSite, called: ir.Attribute) -> Match | None:
        name, call = called.name, site.call
        if name in ("save", "asave"):
            return _saved(call, called)
        if name in ("delete", "adelete"):
            chained = self._is_query(called.value)
            if not call.arguments and not call.keywords and (chained or not _is_created(called.value)):
                return self._match(called, "db_write", "DELETE", "write", _STRONG if chained else _FAIR)
            return None
        if name in _CREATES:
            return self._match(called, "db_write", _CREATES[name], "write", _STRONG)
        if (
            name in _ON_RELATIONS
            and self._is_relation(called.value)
            and (call.arguments or call.keywords or name == "clear")
        ):
            return self._match(called, "db_write", _ON_RELATIONS[name], "write", _STRONG)
        if name in ("update", "aupdate") and call.keywords and not call.arguments and self._is_query(called.value):
            return self._match(called, "db_write", "UPDATE", "write", _STRONG)
        return None

    def _queried(self, site: CallSite, called: ir.Attribute) -> Match | None:
        name = called.name
        if name in _READS:
            return self._match(called, "db_read", "SELECT", "read", _STRONG) if self._is_query(called.value) else None
        if name in _LAZY and (self._is_query(called.value) or _is_condition(site.call)):
            return self._match(called, "db_read", "SELECT", "lazy", _STRONG)
        return None

    def _is_query(self, expression: ir.Expr) -> bool:
        """A relation's manager, or a chain that only a query has."""
        while isinstance(expression, ir.Subscript | ir.Await):
            expression = expression.value
        if isinstance(expression, ir.Call) and isinstance(expression.function, ir.Attribute):
            if _is_condition(expression):
                return True
            return expression.function.name in _LAZY and self._is_query(expression.function.value)
        return self._is_relation(expression)

    def _is_relation(self, expression: ir.Expr) -> bool:
        return isinstance(expression, ir.Attribute) and expression.name in self._relations

    def _match(
        self,
        called: ir.Attribute,
        kind: Literal["db_read", "db_write"],
        verb: str,
        query: Literal["lazy", "read", "write"],
        confidence: float,
    ) -> Match:
        root: ir.Expr = called.value
        while isinstance(root, ir.Call | ir.Subscript | ir.Await) or (
            isinstance(root, ir.Attribute) and root.name not in self._relations and isinstance(root.value, ir.Call)
        ):
            inner = root.function if isinstance(root, ir.Call) else root.value
            root = inner.value if isinstance(inner, ir.Attribute) and isinstance(root, ir.Call) else inner
        relation = root.name if isinstance(root, ir.Attribute) and root.name in self._relations else ""
        evidence = (
            f"relation {relation}" if relation else f"{called.name} called as Django's queries and models have it"
        )
        rule = EffectRule(
            "django", Effect(call=[], kind=kind, detail=verb, query=query, target=self._relations.model(relation))
        )
        return Match(rule, (), confidence, evidence)


def _saved(call: ir.Call, called: ir.Attribute) -> Match | None:
    names = {keyword.name for keyword in call.keywords}
    rule = EffectRule("django", Effect(call=[], kind="db_write", detail="SAVE"))
    if names & _SAVE_OPTIONS:
        return Match(rule, (), _STRONG, "save with the options of a model")
    if any(k.name == "commit" and isinstance(k.value, ir.Constant) and k.value.value is False for k in call.keywords):
        return None
    if not call.arguments and not call.keywords:
        return Match(rule, (), _FAIR, "save without arguments")
    receiver = ending(called.value)
    if not call.arguments and receiver in _SAVERS:
        return Match(rule, (), _FAIR, f"{receiver}.save")
    return None


def _is_condition(call: ir.Call) -> bool:
    """`filter(status=…)`: conditions by keyword are Django's; a few names are nobody else's."""
    if not isinstance(call.function, ir.Attribute):
        return False
    name = call.function.name
    return name in _TELLING or (
        name in _CONDITIONS and bool(call.keywords) and not isinstance(call.function.value, ir.Name)
    )


def _is_created(expression: ir.Expr) -> bool:
    """`client.Object(key).delete()`: an object of some library, just made."""
    if not isinstance(expression, ir.Call):
        return False
    called = expression.function
    return isinstance(called, ir.Attribute) and called.name[:1].isupper()


def _is_open(site: CallSite) -> bool:
    """Whether the receiver may be a model: nothing is known of it, or it came out of something external."""
    if not site.callee:
        return not site.targets
    external = [value.path for value in site.callee if isinstance(value, ExternalValue)]
    return any(not _is_builtin(path) and not _MADE.fullmatch(path) for path in external)


def _is_builtin(path: str) -> bool:
    return path.startswith("builtins.") and path.count(".") == 2 and "()" not in path and "[]" not in path
