"""The answer of `scan` for a reader: what was found, the ranked workflows, what was skipped, what stayed open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from discover.model import Correction, Finding, Graph, Skipped, Unresolved, Workflow
from discover.terminal.safe import clean, fit
from discover.terminal.table import Column, table
from discover.terminal.words import (
    CERTAIN,
    counted,
    kind_word,
    place,
    plural,
    short_unit,
    started_by,
    triggers_by_id,
)

COLUMNS = (
    Column("#", right=True),
    Column("workflow", shrinks=True),
    Column("starts with", shrinks=True),
    Column("runs", right=True),
    Column("steps", right=True),
    Column("decisions", right=True),
    Column("retries", right=True),
    Column("services", shrinks=True),
    Column("certainty"),
)
LISTED = 10
"""How many skipped and unresolved entries the summary names; the JSON document has all."""

Style = Callable[[str], str]


def summary(graph: Graph, *, limit: int, columns: int, bold: Style = str, dim: Style = str) -> str:
    """The whole summary, one trailing newline; `limit` 0 lists every workflow."""
    lines = [bold(_head(graph)), "", *_counts(graph), ""]
    lines += _workflows(graph, limit, columns, bold, dim)
    lines += _findings(graph.findings, columns, bold)
    lines += _left_out(graph.stats.left_out, columns)
    lines += _skipped(graph.skipped, columns, bold)
    lines += _unresolved(graph.unresolved, columns, bold)
    lines += _corrections(graph.corrections, columns, bold)
    return "\n".join(lines).rstrip("\n") + "\n"


def _head(graph: Graph) -> str:
    stats = graph.stats
    sizes = ", ".join((plural(stats.files, "file"), plural(stats.lines, "line"), plural(stats.units, "function")))
    return f"{clean(graph.root)}: {sizes}"


def _counts(graph: Graph) -> list[str]:
    stats = graph.stats
    lines = [
        f"Entry points  {counted(trigger.kind for trigger in graph.entry_points) or 'none'}",
        f"Effects       {counted(kind_word(effect.kind) for effect in graph.effects) or 'none'}",
        f"Links         {counted(edge.kind for edge in graph.edges if edge.kind != 'call') or 'none'}",
    ]
    if stats.calls:
        known = 1 - stats.calls_unresolved / stats.calls
        lines.append(
            f"Calls         {stats.calls:,}: {stats.calls_resolved:,} into the project, "
            f"{stats.calls_external:,} into libraries, {stats.calls_unresolved:,} unknown ({known:.0%} known)"
        )
    return lines


def _left_out(counts: dict[str, int], columns: int) -> list[str]:
    """How many files, and whole folders as one, each rule left out; nothing where none did."""
    if not counts:
        return []
    told = ", ".join(f"{count:,} {clean(rule)}" for rule, count in counts.items())
    return [fit(f"Left out      {told} (undercurrent rules says why)", columns), ""]


def _workflows(graph: Graph, limit: int, columns: int, bold: Style, dim: Style) -> list[str]:
    if not graph.workflows:
        return ["No workflows: nothing here starts from outside and leaves the process.", ""]
    shown = graph.workflows[:limit] if limit else graph.workflows
    triggers = triggers_by_id(graph)
    rows = [_row(number, workflow, started_by(workflow, triggers)) for number, workflow in enumerate(shown, start=1)]
    head, *lines = table(COLUMNS, rows, columns)
    result = [
        bold(f"{plural(len(graph.workflows), 'workflow')}, the most hidden orchestration first"),
        dim(head),
        *lines,
    ]
    if len(shown) < len(graph.workflows):
        result.append(dim(f"… and {len(graph.workflows) - len(shown):,} more (--limit 0 lists all)"))
    return [*result, ""]


def _row(number: int, workflow: Workflow, start: str) -> tuple[str, ...]:
    counts = workflow.counts
    return (
        str(number),
        workflow.name,
        start if start != workflow.name else "",
        str(counts.runs),
        str(counts.steps),
        str(counts.decisions) if counts.decisions else "",
        str(counts.retries) if counts.retries else "",
        ", ".join(workflow.services),
        "" if workflow.confidence >= CERTAIN else "inferred",
    )


def _findings(findings: tuple[Finding, ...], columns: int, bold: Style) -> list[str]:
    """Each rule once, with its number and the first place."""
    if not findings:
        return []
    lines = [bold(f"Risks: {plural(len(findings), 'place')} (--format json lists each)")]
    first = {finding.rule: finding for finding in reversed(findings)}
    for rule, number in sorted(
        Counter(finding.rule for finding in findings).items(), key=lambda item: (-item[1], item[0])
    ):
        where = place(first[rule].at, first[rule].line)
        lines.append(f"  {number:>6,}  {fit(f'{rule}, first at {where}: {first[rule].message}', columns - 10)}")
    return [*lines, ""]


def _skipped(skipped: tuple[Skipped, ...], columns: int, bold: Style) -> list[str]:
    if not skipped:
        return []
    lines = [bold(f"Skipped: {plural(len(skipped), 'place')}")]
    for entry in skipped[:LISTED]:
        where = f"{entry.file}:{entry.line}" if entry.line else entry.file
        lines.append(f"  {fit(f'{where}: {entry.reason}', columns - 2)}")
    return [*lines, *_rest(len(skipped)), ""]


def _unresolved(unresolved: tuple[Unresolved, ...], columns: int, bold: Style) -> list[str]:
    if not unresolved:
        return []
    lines = [bold(f"Unresolved: {plural(len(unresolved), 'place')} that may hide a hop")]
    reasons = Counter(entry.reason for entry in unresolved)
    if len(unresolved) > LISTED and len(reasons) < len(unresolved):
        ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {number:>6,}  {fit(reason, columns - 10)}" for reason, number in ordered[:LISTED]]
        return [*lines, "  (--unresolved lists each, with the correction that would settle it)", ""]
    for entry in unresolved[:LISTED]:
        text = f"{place(entry.at, entry.line)} in {short_unit(entry.at)}: {entry.what}: {entry.reason}"
        lines.append(f"  {fit(text, columns - 2)}")
    more = [f"  … and {len(unresolved) - LISTED:,} more"] if len(unresolved) > LISTED else []
    return [*lines, *more, "  (--unresolved lists each, with the correction that would settle it)", ""]


def _corrections(corrections: tuple[Correction, ...], columns: int, bold: Style) -> list[str]:
    """Each correction with what it overrules, those that mean nothing any more first."""
    if not corrections:
        return []
    lines = [bold(f"Corrections: {_number_of(corrections)}")]
    for correction in sorted(corrections, key=lambda one: (one.matched > 0, one.line)):
        lines.append(f"  {fit(f'{correction.file}:{correction.line}: {correction.text}', columns - 2)}")
        lines += [f"      {fit(line, columns - 6)}" for line in _outcome(correction)]
    return [*lines, ""]


def _number_of(corrections: tuple[Correction, ...]) -> str:
    """How many corrections there are, and how many of them mean nothing any more."""
    idle = sum(not correction.matched for correction in corrections)
    return f"{len(corrections)}" + (f", {idle} of which match nothing" if idle else "")


def _outcome(correction: Correction) -> list[str]:
    """What came of a correction: what it applies to, or that it applies to nothing."""
    if not correction.matched:
        why = f" ({clean(correction.missing)})" if correction.missing else ""
        return [f"matches nothing{why}: mend or remove it"]
    shown = list(correction.overruled[:3])
    more = correction.matched - len(shown)
    return [*shown, *([f"… and {more:,} more"] if more else [])]


def _rest(number: int) -> list[str]:
    return [f"  … and {number - LISTED:,} more (--format json lists all)"] if number > LISTED else []
