"""Scan OWASP noir's Python fixtures and compare paths and methods with what its testers expect.

python -m benchmarks.noir                          fetch noir, scan, print recall and precision of each framework
python -m benchmarks.noir --only django --misses   also list what is missed and what is invented, one by one

How the two sides are made alike is said in `benchmarks/noir_pairs.py`. The second pair of figures leaves out what
`benchmarks/noir_disputed.yaml` lists, with reasons.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from benchmarks.backends import CHECKOUTS, Backend, checkout
from benchmarks.noir_pairs import Claim, Pair, claims_of, compare, normal
from benchmarks.noir_testers import Fixture, read_testers
from benchmarks.tables import markdown, put

NOIR = Backend("noir", "https://github.com/owasp-noir/noir", "187af03a5")
PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
DISPUTED = Path(__file__).with_name("noir_disputed.yaml")


@dataclass(slots=True)
class Tally:
    """Sums over testers, of all pairs or of those that are not disputed."""

    testers: int = 0
    expected: int = 0
    found: int = 0
    claimed: int = 0
    right: int = 0
    notes: list[str] = field(default_factory=list[str])

    @property
    def recall(self) -> float:
        """Of the expected pairs, those that were found."""
        return self.found / self.expected if self.expected else 1.0

    @property
    def precision(self) -> float:
        """Of the pairs found in fixtures that are listed completely, those that are expected."""
        return self.right / self.claimed if self.claimed else 1.0

    def add(self, other: Tally) -> None:
        """Sums up."""
        self.testers += other.testers
        self.expected += other.expected
        self.found += other.found
        self.claimed += other.claimed
        self.right += other.right
        self.notes += other.notes

    def __str__(self) -> str:
        shares = f"recall {self.recall:.3f} of {self.expected:<4} precision {self.precision:.3f} of {self.claimed}"
        return f"{self.testers:2} testers  {shares}"


def main() -> None:
    """Parses, scans, compares, prints; with --write also fills the table of docs/accuracy.md."""
    options = _options()
    root = checkout(NOIR, options.backends)
    testers = [tester for tester in read_testers(root) if not options.only or tester.framework in options.only]
    scans = scan_all({tester.folder for tester in testers})
    listed, agreed = tallies(testers, scans, {}), tallies(testers, scans, disputed())
    for name, tally in listed.items():
        print(f"{name:18} {tally}   undisputed {agreed[name].recall:.3f} {agreed[name].precision:.3f}")
        for note in tally.notes if options.misses else ():
            print("     ", note)
    if options.write:
        put(PAGE, "noir", table(listed, agreed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="FRAMEWORK", help="aiohttp, django, django_ninja, …")
    parser.add_argument("--misses", action="store_true", help="list what is missed and what is invented")
    parser.add_argument("--write", action="store_true", help="write the table of docs/accuracy.md")
    parser.add_argument(
        "--backends", type=Path, default=CHECKOUTS, metavar="DIR", help=f"folder of the checkout (default {CHECKOUTS})"
    )
    return parser.parse_args()


def scan_all(folders: Iterable[Path]) -> dict[Path, list[Claim]]:
    """What a scan of each fixture, as a root of its own, says of its endpoints."""
    scans: dict[Path, list[Claim]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        document = Path(scratch) / "graph.json"
        for folder in sorted(folders):
            command = [sys.executable, "-m", "discover", "scan", str(folder), "--no-cache", "--format", "json"]
            subprocess.run([*command, "-o", str(document)], check=True)
            scans[folder] = claims_of(document)
    return scans


def disputed(file: Path = DISPUTED) -> dict[str, set[Pair]]:
    """By tester, the pairs on which noir and the framework's documentation differ."""
    found: dict[str, set[Pair]] = defaultdict(set)
    for row in yaml.safe_load(file.read_text(encoding="utf-8")):
        found[row["tester"]].add(normal(row["path"], row["method"]))
    return found


def tallies(
    testers: Sequence[Fixture], scans: Mapping[Path, Sequence[Claim]], without: Mapping[str, set[Pair]]
) -> dict[str, Tally]:
    """For each framework, and for all together."""
    found: dict[str, Tally] = defaultdict(Tally)
    for tester in testers:
        found[tester.framework].add(score(tester, scans[tester.folder], without.get(tester.name, set())))
    total = Tally()
    for tally in found.values():
        total.add(tally)
    total.notes.clear()
    return {**dict(sorted(found.items())), "all": total}


def score(tester: Fixture, claims: Sequence[Claim], without: set[Pair]) -> Tally:
    """The counts of one tester, with a line for each pair that is missed or invented."""
    expected = {normal(path, method) for path, method in tester.pairs} - without
    claims = [claim for claim in claims if claim[:2] not in without and (claim.method != "CLI" or tester.is_cli)]
    missed, invented, right = compare(expected, claims)
    tally = Tally(1, len(expected), len(expected) - len(missed))
    tally.notes = [f"{tester.name}: missed {method} {path}" for path, method in sorted(missed)]
    if tester.complete:
        tally.claimed, tally.right = right + len(invented), right
        tally.notes += [f"{tester.name}: not expected {claim}" for claim in invented]
    return tally


def table(listed: Mapping[str, Tally], agreed: Mapping[str, Tally]) -> str:
    """A row for each framework."""
    rows = [
        [name, str(tally.testers), str(tally.expected), *_shares(tally), *_shares(agreed[name])]
        for name, tally in listed.items()
    ]
    heads = ["framework", "testers", "endpoints", "recall", "precision", "recall, undisputed", "precision, undisputed"]
    return markdown(heads, rows)


def _shares(tally: Tally) -> list[str]:
    return [f"{tally.recall:.3f}", f"{tally.precision:.3f}"]


if __name__ == "__main__":
    main()
