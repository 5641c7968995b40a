"""Call sites to the rules that apply to them: by external path, or by name where nothing is known of the receiver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from discover.effects.picks import pick, text_of
from discover.effects.services import is_url
from discover.effects.sql import looks_like_sql
from discover.facts import records as ir
from discover.resolve.values import ExternalValue, InstanceValue

if TYPE_CHECKING:
    from discover.catalog.spec import Effect
    from discover.effects.rules import EffectRule, Rules
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, External

_PLAIN = (ir.Constant, ir.FString, ir.Name, ir.Attribute, ir.Subscript)
_BY_NAME = 0.5
_INFERRED = 0.95
_ALTERNATIVE = 0.7


class Match(NamedTuple):
    """A rule that applies to a call."""

    rule: EffectRule
    externals: tuple[External, ...]
    """The matched paths with their receivers; empty for a match by name."""
    confidence: float
    evidence: str


def matches_of(program: Program, rules: Rules, site: CallSite) -> list[Match]:
    """The rules that apply to the call, each once."""
    found: dict[int, tuple[EffectRule, list[External]]] = {}
    for external in site.externals:
        if external.handed is not None:
            continue
        for candidate in rules.of(external.path):
            if _applies(program, site, external, candidate.rule):
                found.setdefault(id(candidate), (candidate, []))[1].append(external)
                break
    if not found:
        return _by_name(program, rules, site)
    return [
        Match(rule, tuple(externals), _confidence(site, externals), externals[0].path)
        for rule, externals in found.values()
    ]


def _confidence(site: CallSite, externals: list[External]) -> float:
    if site.targets:
        return _ALTERNATIVE
    certain = all(not isinstance(e.receiver, InstanceValue) or e.receiver.exact for e in externals)
    return 1.0 if certain else _INFERRED


def _applies(program: Program, site: CallSite, external: External | None, rule: Effect) -> bool:
    if rule.keywords_only and any(isinstance(argument, _PLAIN) for argument in site.call.arguments):
        return False
    if rule.when is None:
        return True
    found = pick(program, site, external, rule.when)
    if not found.given:
        return False
    if rule.matches is None:
        return True
    text = found.text if found.text is not None else text_of(found.values)
    return text is not None and re.search(rule.matches, text) is not None


def _by_name(program: Program, rules: Rules, site: CallSite) -> list[Match]:
    """A rule whose catalog says that objects of this name are the library's."""
    function = site.call.function
    if site.targets or not isinstance(function, ir.Attribute) or not _unknown(site):
        return []
    receivers = rules.named.get(function.name)
    if receivers is None:
        return []
    name = _receiver_name(function.value)
    for candidate in receivers.get(name, ()):
        if _applies(program, site, None, candidate.rule) and _has_form(program, site, candidate.rule):
            evidence = f"an object named {name} calls {function.name}, as with {candidate.library}"
            return [Match(candidate, (), _BY_NAME, evidence)]
    return []


def _unknown(site: CallSite) -> bool:
    """Whether the receiver's type is unknown, rather than known to be something else."""
    return all(isinstance(value, ExternalValue) and not value.path.startswith("builtins.") for value in site.callee)


def _receiver_name(expression: ir.Expr) -> str:
    if isinstance(expression, ir.Call):
        expression = expression.function
    if isinstance(expression, ir.Attribute):
        return expression.name.lstrip("_")
    return expression.id.lstrip("_") if isinstance(expression, ir.Name) else ""


def _has_form(program: Program, site: CallSite, rule: Effect) -> bool:
    """A URL must look like one and SQL must parse, else the name alone says too little."""
    if rule.target is None or isinstance(rule.target, str) or rule.target.form not in ("url", "sql"):
        return True
    found = pick(program, site, None, rule.target)
    text = text_of(found.values)
    if text is None:
        return False
    return is_url(text) if rule.target.form == "url" else looks_like_sql(text)
