"""The facts about a node that the side panel lists."""

from __future__ import annotations

from collections.abc import Mapping

from discover.model import (
    Call,
    Decision,
    Effect,
    End,
    Guard,
    Hop,
    Loop,
    Node,
    OneOf,
    Parallel,
    Step,
    Wait,
    safeguard_text,
)
from exporters.html.systems.names import System, queue_of, systems_of
from exporters.shared.metrics import clip
from exporters.shared.words import retry_text, seconds_text

Facts = list[list[str]]
"""Pairs of a label and a text, some with the key of a system whose list the text leads to."""


def details(node: Node, effects: Mapping[str, Effect], docs: Mapping[str, str], runs: Mapping[str, str]) -> Facts:
    """Label and text of everything that the node says beside its name and place; `runs` gives the runs' names."""
    facts: list[tuple[str, str]] = []
    match node:
        case Step():
            facts = [("Does", node.detail), ("To", node.target), ("Service", node.service)]
            effect = effects.get(node.effect)
            if effect is not None and not node.evidence:
                facts.append(("Found by", effect.evidence))
        case Call():
            facts = [("Calls", node.callee), ("Doc", docs.get(node.callee, ""))]
            if node.seen:
                facts.append(("Note", "Shown where it is first called in this workflow."))
        case Decision():
            facts = [("Condition", node.condition)]
            asked = [branch for branch in node.branches if branch.condition not in {"", node.condition}]
            facts += [(clip(branch.label, 30) or "branch", branch.condition) for branch in asked]
        case OneOf():
            facts = [("Targets", ", ".join(branch.label for branch in node.branches))]
        case Loop():
            facts = [("While" if node.kind == "while" else "For each", node.over)]
        case Parallel():
            facts = [
                ("For each", node.each),
                ("Joins", "the flow waits for all parts" if node.join else "nobody waits"),
            ]
        case Guard():
            facts = [("On errors", node.kind)] if node.kind != "covered" else []
            facts.append(("Handles", ", ".join(branch.label for branch in node.handlers)))
        case Wait():
            facts = [("For", seconds_text(node.seconds) if node.seconds is not None else ""), ("Until", node.until)]
        case Hop():
            facts = _hop_facts(node, runs)
        case End():
            facts = [("Outcome", node.outcome), ("Value", node.text)]
    facts += _policies(node)
    return [[label, text] for label, text in facts if text] + _touched(node, effects)


def _touched(node: Node, effects: Mapping[str, Effect]) -> Facts:
    """What a step touches, each with the key of the list of everything that touches it."""
    systems: dict[System, None] = {}
    if isinstance(node, Step):
        known = (effects[one] for one in (node.effect, *node.also) if one in effects)
        systems = dict.fromkeys(system for effect in known for system in systems_of(effect))
    elif isinstance(node, Hop) and (queue := queue_of(node)):
        systems = {queue: None}
    return [["Touches", system.label, system.key] for system in systems]


def _hop_facts(node: Hop, runs: Mapping[str, str]) -> list[tuple[str, str]]:
    facts = [("Carried by", node.channel), ("With", ", ".join(node.arguments))]
    delay = seconds_text(node.delay) if node.delay is not None else node.delay_text
    facts.append(("After", delay))
    facts.append(("Once these have ended well", ", ".join(runs.get(run, run) for run in node.after)))
    facts.append(("When", "before the call returns" if node.inline else "later, in another process or thread"))
    names = ", ".join(runs.get(run, run) for run in node.runs)
    facts.append(("Received by", names or "nobody known: nothing in this code receives it"))
    return facts


def _policies(node: Node) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if isinstance(node, (Step, Call, Guard)) and node.timeout is not None:
        facts.append(("Timeout", seconds_text(node.timeout)))
    if isinstance(node, (Step, Call, Guard)) and node.retry:
        facts.append(("Retries", retry_text(node.retry)))
        facts.append(("In code", node.retry.text))
    facts.append(("Safeguards", ", ".join(safeguard_text(one) for one in node.safeguards)))
    return facts
