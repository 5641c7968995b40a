"""Score the resolver's calls on PyCG's micro-benchmark: small programs by category, with the call graph of each.

python -m benchmarks.pycg                              fetch PyCG at its pinned commit, resolve its programs, score
python -m benchmarks.pycg --misses                     what is missed (-) and what is invented (+), one by one
python -m benchmarks.pycg --backends DIR               with the checkout that is in that folder
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backends import CHECKOUTS, Backend, checkout
from benchmarks.measures import share
from benchmarks.pycg_names import calls
from benchmarks.tables import markdown, put
from discover.config import Config
from discover.facts.cache import FactsCache
from discover.pipeline import PASSES, Scan
from discover.resolve.program import Program

PYCG = Backend("pycg", "https://github.com/vitsalis/PyCG", "8d5dc40837803beef1d8d379fbf2cdad6cd94641")
SNIPPETS = Path("micro-benchmark", "snippets")
PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"

Pairs = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Case:
    """One program: the calls that its author lists, and those that were found."""

    name: str
    want: Pairs
    got: Pairs

    @property
    def category(self) -> str:
        """The folder that it stands in."""
        return self.name.partition("/")[0]

    @property
    def differences(self) -> list[str]:
        """What is missed, and what was found beyond the list."""
        missed = [f"- {caller} -> {callee}" for caller, callee in sorted(self.want - self.got)]
        return missed + [f"+ {caller} -> {callee}" for caller, callee in sorted(self.got - self.want)]


@dataclass(frozen=True, slots=True)
class Sum:
    """The figures over several cases."""

    name: str
    cases: Sequence[Case]

    @property
    def row(self) -> list[str]:
        """Name, exact cases, precision, recall."""
        exact = sum(case.want == case.got for case in self.cases)
        right = sum(len(case.want & case.got) for case in self.cases)
        wanted = sum(len(case.want) for case in self.cases)
        precision = share(right, sum(len(case.got) for case in self.cases)) or 0.0
        recall = share(right, wanted) or 0.0
        return [self.name, f"{exact}/{len(self.cases)}", f"{precision:.3f}", f"{recall:.3f} of {wanted}"]


def main() -> None:
    """Parses, resolves, scores, prints."""
    options = _options()
    snippets = checkout(PYCG, options.backends) / SNIPPETS
    cases = [read_case(file.parent, snippets) for file in sorted(snippets.glob("*/*/callgraph.json"))]
    if options.misses:
        for case in cases:
            if case.differences:
                print(case.name, *case.differences, sep="\n    ")
    table = table_of(cases)
    print(table)
    if options.write:
        put(PAGE, "pycg", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", type=Path, default=CHECKOUTS, metavar="DIR", help="folder of the checkout")
    parser.add_argument("--misses", action="store_true", help="list what differs from the expected call graphs")
    parser.add_argument("--write", action="store_true", help="write the table of docs/accuracy.md")
    return parser.parse_args()


def read_case(folder: Path, snippets: Path) -> Case:
    """Resolve one program, and read what its author expects."""
    listed: dict[str, list[str]] = json.loads((folder / "callgraph.json").read_text(encoding="utf-8"))
    want = {(caller, callee) for caller, callees in listed.items() for callee in callees}
    return Case(folder.relative_to(snippets).as_posix(), want, calls(resolved(folder)))


def resolved(folder: Path) -> Program:
    """The folder as discovery sees it after its passes up to the resolver."""
    with FactsCache(None) as cache:
        state = Scan(folder, Config(include=("*",)), 1, cache, _silent)
        for name, run in PASSES:
            run(state)
            if name == "resolve":
                break
    return state.program


def _silent(name: str, done: int, total: int) -> None:  # noqa: ARG001 - the shape of a progress report
    return


def table_of(cases: Sequence[Case]) -> str:
    """A row for each category, and the sum."""
    categories: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        categories[case.category].append(case)
    sums = [*(Sum(name, members) for name, members in categories.items()), Sum("all", cases)]
    return markdown(["category", "exact cases", "precision", "recall"], [one.row for one in sums])


if __name__ == "__main__":
    main()
