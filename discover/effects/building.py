"""A matched rule to effects: verb, target, service, timeout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Effect, Pick
from discover.effects.picks import Picked, pick
from discover.effects.records import Found
from discover.effects.services import host_of
from discover.effects.sql import Statement
from discover.effects.targets import Target, is_existing, statements_at, target_of, text_at
from discover.facts import records as ir
from discover.facts.source_text import ending, is_super
from discover.resolve.picking import named_argument
from discover.resolve.values import ConstantValue, InstanceValue

if TYPE_CHECKING:
    from discover.effects.matching import Match
    from discover.effects.models import Models
    from discover.effects.services import Services
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, External

_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_FETCHES = frozenset({"fetchone", "fetchall", "fetchmany", "fetchval"})
_UNKNOWN_SQL = 0.8
_ONE_OF_SEVERAL = 0.8


class Builder:
    """Makes effects of the calls that rules apply to."""

    def __init__(self, program: Program, models: Models, services: Services) -> None:
        self._program = program
        self._models = models
        self._services = services

    def build(self, site: CallSite, match: Match) -> list[Found]:
        """The effects of one match; several where one SQL text holds several statements."""
        rule = match.rule.rule
        if isinstance(rule.target, Pick) and rule.target.form == "sql":
            return self._sql(site, match, rule.target)
        targets = [target_of(self._program, site, external, rule) for external in match.externals or (None,)]
        target = _joined(targets)
        if not target.text and rule.query is not None:
            owner = _manager_owner(site.call)
            target = Target(owner, among=() if owner else target.among)
        first = match.externals[0] if match.externals else None
        service = text_at(self._program, site, first, rule.service)
        if rule.kind == "http":
            service = self._service(site, target) or service
        found = self._found(site, match, first)
        found.target, found.among, found.service = target.text, target.among, service
        if rule.detail_existing and is_existing(self._program, site, first, rule):
            found.detail = rule.detail_existing
        if rule.kind in ("db_read", "db_write") and ", " in target.text:
            found.confidence *= _ONE_OF_SEVERAL
        return [found]

    def _found(self, site: CallSite, match: Match, external: External | None) -> Found:
        rule = match.rule.rule
        timeout, can_time_out = self._timeout(site, external, rule) if match.externals else (None, False)
        return Found(
            kind=rule.kind,
            line=site.line,
            number=site.call.number,
            detail=self._detail(site, match, external),
            confidence=match.confidence,
            evidence=match.evidence,
            timeout=timeout,
            can_time_out=can_time_out,
            limit=self._limit(site, external, rule) if timeout is not None else None,
            of_itself=_is_of_itself(site, rule),
        )

    def _limit(self, site: CallSite, external: External | None, rule: Effect) -> ir.Expr | None:
        if not isinstance(rule.timeout, Pick):
            return None
        given = pick(self._program, site, external, rule.timeout).expression
        return given if isinstance(given, ir.Name | ir.Choice) else None

    def _service(self, site: CallSite, target: Target) -> str:
        named = self._services.of_url(target.text) or self._services.of_name(target.name or target.text)
        return named if named or host_of(target.text) else self._services.of_place(site.function)

    def _detail(self, site: CallSite, match: Match, external: External | None) -> str:
        rule = match.rule.rule
        text = text_at(self._program, site, external, rule.detail)
        if "{" in text:
            path = external.path if external is not None else ending(site.call.function)
            name = path.rpartition(".")[2]
            after = path.rpartition("().")[2] if "()." in path else path.partition(".")[2]
            text = text.replace("{NAME}", name.upper()).replace("{name}", name).replace("{path}", after)
        return (text.upper() or "REQUEST") if rule.kind == "http" else text

    def _timeout(self, site: CallSite, external: External | None, rule: Effect) -> tuple[float | None, bool]:
        if rule.timeout is None:
            return rule.timeout_default, rule.can_time_out
        if not isinstance(rule.timeout, Pick):
            return float(rule.timeout), False
        found = pick(self._program, site, external, rule.timeout)
        if not found.given:
            spread = any(keyword.name is None for keyword in site.call.keywords)
            return rule.timeout_default, rule.can_time_out and rule.timeout_default is None and not spread
        return _seconds(found), False

    def _sql(self, site: CallSite, match: Match, target: Pick) -> list[Found]:
        rule = match.rule.rule
        first = match.externals[0] if match.externals else None
        found = self._found(site, match, first)
        found.statement = named_argument(target, site.call)
        found.service = text_at(self._program, site, first, rule.service)
        statements = statements_at(self._program, site, first, target, self._models)
        if statements is None:
            found.kind = "db_read" if rule.query == "read" or _is_fetched(site) else rule.kind
            found.confidence *= _UNKNOWN_SQL
            return [found]
        return [self._statement(found, statement) for statement in statements]

    @staticmethod
    def _statement(found: Found, statement: Statement) -> Found:
        return Found(
            kind=statement.kind,
            line=found.line,
            number=found.number,
            target=", ".join(statement.tables),
            service=found.service,
            detail=statement.verb,
            confidence=found.confidence,
            evidence=found.evidence,
            timeout=found.timeout,
            can_time_out=found.can_time_out,
            limit=found.limit,
            statement=found.statement,
        )


def _is_of_itself(site: CallSite, rule: Effect) -> bool:
    """Whether a rule on an object of its target's class is applied to the object that the unit runs on."""
    function, called = site.function, site.call.function
    if not isinstance(rule.target, Pick) or rule.target.receiver != "class" or rule.target.attribute is not None:
        return False
    if not function.takes_itself or not isinstance(called, ir.Attribute):
        return False
    first = next((parameter.name for parameter in function.record.parameters), "")
    return is_super(called.value) or (isinstance(called.value, ir.Name) and called.value.id == first)


def _joined(targets: list[Target]) -> Target:
    texts = list(dict.fromkeys(target.text for target in targets if target.text))
    among = tuple(dict.fromkeys(name for target in targets for name in target.among)) if not texts else ()
    return Target(", ".join(texts) if len(texts) <= 4 else "", targets[0].name, among)


def _manager_owner(call: ir.Call) -> str:
    """`Order.objects.filter(…)`: the name before the manager, where nothing more is known."""
    expression: ir.Expr = call.function
    while isinstance(expression, ir.Attribute | ir.Call | ir.Subscript | ir.Await):
        if isinstance(expression, ir.Attribute) and expression.name in _MANAGERS:
            name = ending(expression.value)
            return name if name[:1].isupper() else ""
        expression = expression.function if isinstance(expression, ir.Call) else expression.value
    return ""


def _is_fetched(site: CallSite) -> bool:
    """Whether the same function fetches rows: then what it ran was a query."""
    calls = (other.call.function for other in site.function.sites.values())
    return any(isinstance(called, ir.Attribute) and called.name in _FETCHES for called in calls)


def _seconds(found: Picked) -> float | None:
    """The longest of the numbers that a timeout says: `5`, `(3, 10)`, `Timeout(10)`."""
    made = [one for v in found.values if isinstance(v, InstanceValue) for _, bound in v.bindings for one in bound]
    numbers = [v.value for v in (*found.values, *made) if isinstance(v, ConstantValue)]
    expression = found.expression
    parts = expression.items if isinstance(expression, ir.Sequence) else []
    if isinstance(expression, ir.Call):
        parts = [*expression.arguments, *(keyword.value for keyword in expression.keywords)]
    numbers += [part.value for part in parts if isinstance(part, ir.Constant)]
    known = [float(n) for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
    return max(known) if known else None
