"""`--conformance-table`: the outcome of each fixture on each engine, written into docs/conformance.md."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conformance.compare import opened

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
_TEST = re.compile(r"tests/conformance/test_(\w+)\.py::\w+\[(.+)\]")
_TABLE = re.compile(r"(<!-- engines -->\n)(.*?)(?=<!-- /engines -->)", re.DOTALL)
_OUTCOMES = ("passed", "failed", "skipped", "lost")
ENGINES = {
    "originals": "original",
    "dbos": "DBOS (SQLite)",
    "dbos_postgresql": "DBOS (PostgreSQL)",
    "temporal": "Temporal",
    "restate": "Restate",
    "stepfunctions": "Step Functions (moto)",
    "conductor": "Conductor",
    "bpmn": "BPMN (SpiffWorkflow)",
    "serverlessworkflow": "Serverless Workflow (reading)",
    "unmeshed": "Unmeshed (simulation)",
}
"""Test modules, and the engines that they play."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance-table", action="store_true", help="write the table of docs/conformance.md")


class Table:
    """Counts outcomes as they are reported, also by other processes."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_OUTCOMES, 0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test once: by its call, or by what kept it from being called."""
        found = _TEST.search(report.nodeid)
        if found is None or not (report.when == "call" or (report.when == "setup" and report.outcome != "passed")):
            return
        outcome = "lost" if hasattr(report, "wasxfail") else report.outcome
        self._found[found.group(1), _fixture(found.group(2))][outcome] += 1

    def pytest_sessionfinish(self) -> None:
        """Write the table; what this run did not play stays as it is."""
        text = PAGE.read_text(encoding="utf-8")
        found = _TABLE.search(text)
        assert found is not None, f"{PAGE.name} has no place for the table"
        cells = _read(found[2]) | {key: _cell(counts) for key, counts in self._found.items()}
        PAGE.write_text(text[: found.start(2)] + _written(cells) + text[found.end(2) :], encoding="utf-8")


def _read(table: str) -> dict[tuple[str, str], str]:
    """The cells of a table, by engine and fixture."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    engines = {title: engine for engine, title in ENGINES.items()}
    return {
        (engines[title], name): cell
        for name, *cells in rows[2:]
        for title, cell in zip(rows[0][1:], cells, strict=True)
        if cell and title in engines
    }


def _written(cells: dict[tuple[str, str], str]) -> str:
    """The table, and what is reported below it."""
    engines = [engine for engine in ENGINES if any(key[0] == engine for key in cells)]
    lines = [
        f"| scenarios of | {' | '.join(ENGINES[engine] for engine in engines)} |",
        f"| --- | {' | '.join('---:' for _ in engines)} |",
        *(
            f"| {name} | {' | '.join(cells.get((engine, name), '') for engine in engines)} |"
            for name in sorted({key[1] for key in cells})
        ),
    ]
    told = [f"- {ENGINES[engine]}, {case}: {reason}" for engine, case, reason in opened()]
    if told:
        lines += ["", "Reported:", "", *told]
    return "\n".join(lines) + "\n"


def _cell(counts: dict[str, int]) -> str:
    played = counts["passed"] + counts["failed"] + counts["lost"]
    skipped = f", {counts['skipped']} not played" if counts["skipped"] else ""
    lost = f", {counts['lost']} reported" if counts["lost"] else ""
    return f"{counts['passed']} of {played}{lost}{skipped}"


def _fixture(case: str) -> str:
    """`lead_enrichment-slack-down` is a scenario of lead_enrichment: names of fixtures hold no hyphen."""
    return case.partition("-")[0]


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    if config.getoption("--conformance-table", default=False) and not is_worker:
        config.pluginmanager.register(Table(), "conformance-table")
