"""The graph against workflows that were labelled by careful reading (benchmarks/truth/workflows)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from benchmarks.document import Scan, clean

EFFECTS = {
    "http": {"http", "sdk", "cloud", "webhook"},
    "db_write": {"db_write"},
    "email": {"email", "message", "sdk"},
    "enqueue": {"message", "dispatch"},
    "publish": {"message"},
    "cache": {"cache"},
    "file": {"file", "cloud"},
    "external-sdk": {"sdk", "http", "cloud", "message", "process", "file"},
}
"""A labelled effect, and the kinds of effect that name it."""


@dataclass
class WorkflowScore:
    """Found and total of each measure, for one label or the sum of several."""

    name: str
    counts: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    misses: list[str] = field(default_factory=list[str])

    def count(self, measure: str, *, found: bool) -> None:
        """Counts one case."""
        hits, total = self.counts.get(measure, (0, 0))
        self.counts[measure] = (hits + found, total + 1)

    def __str__(self) -> str:
        figures = "  ".join(f"{name} {found}/{total}" for name, (found, total) in self.counts.items())
        return f"{self.name:44} {figures}"


MEASURES = ("triggers", "edges", "hops", "effects", "reached")


def score_label(scan: Scan, file: Path) -> WorkflowScore:
    """One label: its trigger, function edges (straight or through one unit), effects, and what is reached."""
    label = cast("dict[str, Any]", yaml.safe_load(file.read_text(encoding="utf-8")))
    nodes = cast("list[dict[str, Any]]", label["nodes"])
    units = {node["id"]: clean(node["at"]) for node in nodes}
    kinds = {node["id"]: node["kind"] for node in nodes}
    handler = clean(label["trigger"].get("handler") or "")
    score = WorkflowScore(file.stem, dict.fromkeys(MEASURES, (0, 0)))
    triggers = scan.handlers()
    _count(score, "triggers", handler in triggers or handler.rsplit(".", 1)[0] in triggers, f"trigger {handler}")
    for edge in label["edges"]:
        source, target = units[edge["from"]], units[edge["to"]]
        if kinds[edge["to"]] != "effect" and source != target:
            found = _joined(scan, source, target)
            _count(score, "edges", found, f"edge {edge['via']} {source} -> {target} :{edge.get('line')}")
            if edge["via"] != "call":
                score.count("hops", found=found)
    for node in nodes:
        if node["kind"] == "effect":
            miss = f"effect {node.get('effect')} {units[node['id']]} :{node.get('line')} {node.get('detail')}"
            _count(score, "effects", _has_effect(scan, units[node["id"]], node.get("effect")), miss)
    reached = scan.reached_from(handler)
    for unit in sorted({units[node["id"]] for node in nodes if node["kind"] != "effect"} - {handler}):
        _count(score, "reached", unit in reached, f"reached {unit}")
    return score


def total(scores: Iterable[WorkflowScore]) -> WorkflowScore:
    """The sum over labels."""
    everything = WorkflowScore("all", dict.fromkeys(MEASURES, (0, 0)))
    for score in scores:
        for name, (found, number) in score.counts.items():
            hits, seen = everything.counts[name]
            everything.counts[name] = (hits + found, seen + number)
    return everything


def _count(score: WorkflowScore, measure: str, found: bool, miss: str) -> None:
    score.count(measure, found=found)
    if not found:
        score.misses.append(miss)


def _joined(scan: Scan, source: str, target: str) -> bool:
    straight = scan.calls.get(source, set())
    return target in straight or any(target in scan.calls.get(middle, ()) for middle in straight)


def _has_effect(scan: Scan, unit: str, effect: str | None) -> bool:
    if effect in {"enqueue", "publish"} and unit in scan.senders:
        return True
    return bool(scan.effects.get(unit, set()) & EFFECTS.get(effect or "", {effect}))
