"""Draw a sample of hops from real backends, and score it by verdicts that were reached by reading the source.

python -m benchmarks.precision                        scan, draw 40 hops of each backend, print the precision
python -m benchmarks.precision --only paperless-ngx --open 40      list the hops of the sample that nobody judged yet

The sample are the hops with the smallest hashes of their ends, so that a change of the product replaces only the hops
that it removes or adds. A verdict is a fact about the backend at its pinned version and stays true whatever is found.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from benchmarks.accuracy import scan_into
from benchmarks.backends import Backend, add_options, named
from benchmarks.tables import markdown, put

JUDGED = Path(__file__).parent / "judged"
PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
KINDS = ("dispatch", "signal", "publish")
SIZE = 40


class Hop(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """One hand-over of a document."""

    source: str
    line: int
    target: str
    kind: str

    def rank(self) -> bytes:
        """Its place in the draw: the same in every run, and no better for one backend's names than for another's."""
        return hashlib.blake2b(f"{self.source}\0{self.kind}\0{self.line}\0{self.target}".encode()).digest()


class Verdict(msgspec.Struct, frozen=True, rename={"source": "from", "target": "to"}):
    """What reading the source showed of a hop."""

    source: str
    line: int
    target: str
    kind: str
    verdict: Literal["right", "wrong"]
    why: str = ""


class _Document(msgspec.Struct):
    edges: list[Hop] = []


class _Judged(msgspec.Struct):
    hops: list[Verdict] = []


@dataclass(frozen=True, slots=True)
class Score:
    """What the verdicts say of one backend's sample."""

    name: str
    drawn: int
    right: int
    wrong: tuple[Verdict, ...]
    unjudged: tuple[Hop, ...]

    @property
    def precision(self) -> float:
        """Of the judged hops, those that are right."""
        judged = self.right + len(self.wrong)
        return self.right / judged if judged else 0.0


def main() -> None:
    """Parses, scans, prints; with --write also fills the table of docs/accuracy.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--size", type=int, default=SIZE, metavar="N", help=f"hops of each backend (default {SIZE})")
    parser.add_argument("--open", type=int, default=0, metavar="N", help="list so many hops without a verdict")
    parser.add_argument("--write", action="store_true", help="write the table of docs/accuracy.md")
    options = parser.parse_args()
    chosen = [backend for backend in named(options.only or ()) if options.only or verdicts_file(backend).exists()]
    with tempfile.TemporaryDirectory() as scratch:
        scores = [_scored(backend, options.backends, Path(scratch), options.size) for backend in chosen]
    for score in scores:
        _print(score, options.open)
    print(total_line(scores))
    if options.write:
        put(PAGE, "precision", precision_table(scores))


def verdicts_file(backend: Backend) -> Path:
    """Where the verdicts on a backend's hops stand."""
    return JUDGED / f"{backend.name}.yaml"


def sample(hops: list[Hop], size: int) -> list[Hop]:
    """The hops that are drawn, in the order of the draw."""
    return sorted((hop for hop in hops if hop.kind in KINDS), key=Hop.rank)[:size]


def score_of(name: str, drawn: list[Hop], verdicts: list[Verdict]) -> Score:
    """The sample, by the verdicts."""
    known = {(one.source, one.line, one.target, one.kind): one for one in verdicts}
    found = [(hop, known.get((hop.source, hop.line, hop.target, hop.kind))) for hop in drawn]
    return Score(
        name=name,
        drawn=len(drawn),
        right=sum(one is not None and one.verdict == "right" for _, one in found),
        wrong=tuple(one for _, one in found if one is not None and one.verdict == "wrong"),
        unjudged=tuple(hop for hop, one in found if one is None),
    )


def precision_table(scores: list[Score]) -> str:
    """A row for each backend, and the sum."""
    rows = [
        [one.name, str(one.drawn), str(one.right), str(len(one.wrong)), str(len(one.unjudged)), f"{one.precision:.3f}"]
        for one in [*scores, _sum(scores)]
    ]
    return markdown(["backend", "drawn", "right", "wrong", "not judged", "precision"], rows)


def total_line(scores: list[Score]) -> str:
    """The sum in one line."""
    one = _sum(scores)
    return f"{one.name:<20} {one.right}/{one.right + len(one.wrong)} right of {one.drawn} drawn: {one.precision:.3f}"


def _sum(scores: list[Score]) -> Score:
    return Score(
        name="all",
        drawn=sum(one.drawn for one in scores),
        right=sum(one.right for one in scores),
        wrong=tuple(verdict for one in scores for verdict in one.wrong),
        unjudged=tuple(hop for one in scores for hop in one.unjudged),
    )


def _scored(backend: Backend, folder: Path, scratch: Path, size: int) -> Score:
    document = msgspec.json.decode(scan_into(backend, folder, scratch).read_bytes(), type=_Document)
    file = verdicts_file(backend)
    judged = msgspec.convert(yaml.safe_load(file.read_text("utf-8")), type=_Judged) if file.exists() else _Judged()
    return score_of(backend.name, sample(document.edges, size), judged.hops)


def _print(score: Score, most: int) -> None:
    print(f"{score.name:<20} {score.right}/{score.right + len(score.wrong)} right, {len(score.unjudged)} not judged")
    for verdict in score.wrong:
        print(f"    wrong: {verdict.kind} {verdict.source}:{verdict.line} -> {verdict.target}: {verdict.why}")
    for hop in score.unjudged[:most]:
        print(f"    open: {hop.kind} {hop.source}:{hop.line} -> {hop.target}")


if __name__ == "__main__":
    main()
