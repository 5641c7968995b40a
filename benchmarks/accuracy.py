"""Scan real backends and score the result against what really runs in them.

python -m benchmarks.accuracy                    fetch all, scan, print the figures
python -m benchmarks.accuracy --only redash --misses 20
python -m benchmarks.accuracy --document redash.json --only redash     score a scan that is already there
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.backends import Backend, add_options, checkout, named
from benchmarks.document import Scan
from benchmarks.measures import Measure
from benchmarks.score_paths import score_paths
from benchmarks.score_registries import score_registries
from benchmarks.score_workflows import MEASURES, WorkflowScore, score_label, total
from benchmarks.tables import markdown, put
from benchmarks.truth import FOLDER, Truth

PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"


def main() -> None:
    """Parses, scores, prints; with --write also fills the tables of docs/accuracy.md."""
    options = _options()
    chosen = named(options.only or ())
    measured: dict[str, list[Measure]] = {}
    labelled: list[WorkflowScore] = []
    with tempfile.TemporaryDirectory() as scratch:
        for backend in chosen:
            document = options.document or scan_into(backend, options.backends, Path(scratch))
            scan = Scan(document, options.prefix)
            print(f"\n{backend.name} {backend.version}")
            measured[backend.name] = _registries_and_paths(backend, scan, options.misses)
            labelled += _workflows(backend, scan, options.misses)
    if labelled:
        print(f"\n{total(labelled)}")
    if options.write:
        put(PAGE, "measures", measures_table(measured))
        put(PAGE, "workflows", workflows_table(labelled))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--document", type=Path, help="a JSON document to score instead of scanning; needs --only")
    parser.add_argument("--prefix", default="", help="the scanned folder's path below the backend's root, with a slash")
    parser.add_argument("--misses", type=int, default=0, metavar="N", help="list so many misses of each measure")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/accuracy.md")
    options = parser.parse_args()
    if options.document and len(options.only or ()) != 1:
        parser.error("--document needs --only with one backend")
    return options


def scan_into(backend: Backend, folder: Path, scratch: Path) -> Path:
    """The document of a cold scan of a backend, in the scratch folder."""
    document = scratch / f"{backend.name}.json"
    sources = checkout(backend, folder)
    command = [sys.executable, "-m", "discover", "scan", str(sources), "--no-cache", "--format", "json"]
    subprocess.run([*command, "-o", str(document)], check=True)
    return document


def _registries_and_paths(backend: Backend, scan: Scan, misses: int) -> list[Measure]:
    if not backend.has_truth:
        return []
    truth = Truth(FOLDER / backend.name)
    measures = [*score_registries(scan, truth), *score_paths(scan, truth)]
    for measure in measures:
        print(measure)
        for miss in measure.misses[:misses]:
            print("      miss:", miss)
    return measures


def _workflows(backend: Backend, scan: Scan, misses: int) -> list[WorkflowScore]:
    scores: list[WorkflowScore] = []
    for label in sorted((FOLDER / "workflows").glob(f"{backend.name}--*.yaml")):
        score = score_label(scan, label)
        print(score)
        for miss in score.misses[:misses]:
            print("      miss:", miss)
        scores.append(score)
    return scores


def measures_table(measured: dict[str, list[Measure]]) -> str:
    """A row for each measure, a column for each backend."""
    columns = {name: {measure.name: measure for measure in measures} for name, measures in measured.items() if measures}
    names = list(dict.fromkeys(name for measures in columns.values() for name in measures))
    rows = [[name, *(_cell(column.get(name)) for column in columns.values())] for name in names]
    return markdown(["recall (precision)", *columns], rows)


def _cell(measure: Measure | None) -> str:
    if measure is None:
        return "–"
    precision = f" ({measure.precision:.3f})" if measure.precision is not None else ""
    return f"{measure.recall:.3f}{precision} of {measure.total}"


def workflows_table(scores: Sequence[WorkflowScore]) -> str:
    """A row for each label, and the sum."""
    rows = [
        [score.name, *(f"{found}/{number}" for found, number in (score.counts[name] for name in MEASURES))]
        for score in [*scores, total(scores)]
    ]
    return markdown(["workflow", *MEASURES], rows)


if __name__ == "__main__":
    main()
