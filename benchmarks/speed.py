"""Measure a scan beside bare `ast.parse` over the same files, in the same run.

python -m benchmarks.speed                             fetch redash, netbox and saleor, ratios for each
python -m benchmarks.speed --only pretix               another of the pinned backends
python -m benchmarks.speed FOLDER…                     ratios for folders of your own
python -m benchmarks.speed --growth --only redash      one of them several times over, to see how time grows
python -m benchmarks.speed --write                     also fill this Python's table in docs/performance.md
python -m benchmarks.speed --instructions              count instructions by Valgrind, which no neighbour disturbs

CPU seconds are those of all processes, children included. The files parsed are those that the scan reads; they are
parsed before, between and after the two scans of a run, since so short a time varies more than that of a scan.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.backends import add_options, checkout, named
from benchmarks.processes import Usage, instructions, measure
from benchmarks.tables import markdown, put

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MEASURED = ("redash", "netbox", "saleor")
COPIES = (1, 2, 4, 8, 16, 32)

# A process of its own, so that its start and its memory are counted as those of a scan are.
PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for name in open(sys.argv[1], encoding="utf-8").read().split("\\0"):
    with open(name, "rb") as file:
        data = file.read()
    try:
        ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        pass
"""


@dataclass(frozen=True, slots=True)
class Result:
    """The medians over one folder."""

    name: str
    lines: int
    files: int
    parse: Usage
    cold: Usage
    warm: Usage

    @property
    def row(self) -> list[str]:
        """For the table."""
        return [
            self.name,
            f"{self.files:,}",
            f"{self.lines:,}",
            f"{self.parse.cpu:.2f} s",
            f"{self.cold.cpu:.2f} s",
            f"{self.cold.cpu / self.parse.cpu:.1f}",
            f"{self.warm.cpu:.2f} s",
            f"{self.warm.cpu / self.parse.cpu:.2f}",
            f"{self.cold.wall:.1f} s",
            f"{self.warm.wall:.2f} s",
            f"{self.cold.memory:,.0f} MB",
        ]


HEADS = (
    *("backend", "files", "lines", "`ast.parse` CPU", "cold CPU", "cold ÷ parse", "warm CPU", "warm ÷ parse"),
    *("cold wall", "warm wall", "peak memory"),
)


def main() -> None:
    """Parses, measures, prints."""
    options = _options()
    results: list[Result] = []
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the program's modules are compiled before they are measured
    with tempfile.TemporaryDirectory() as scratch:
        for folder in options.folders or [checkout(backend, options.backends) for backend in named(options.only)]:
            if options.instructions:
                print(" | ".join(_counted(folder, Path(scratch))), flush=True)
            elif options.growth:
                results += _growth(folder, Path(scratch), options)
            else:
                results.append(measure_folder(folder, folder.resolve().name, Path(scratch), options))
                print(" | ".join(results[-1].row), flush=True)
    if options.instructions:
        return
    table = markdown(HEADS, [result.row for result in results])
    print(f"\n{table}")
    if options.write:
        put(PAGE, "growth" if options.growth else f"speed {sys.version_info.major}.{sys.version_info.minor}", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="instead of the pinned backends")
    add_options(parser)
    parser.add_argument("--runs", type=int, default=3, help="take the median of so many (default 3)")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="default 2")
    counted = parser.add_mutually_exclusive_group()
    counted.add_argument(
        "--growth", action="store_true", help="measure 1, 2, 4, … 32 copies of the folder side by side"
    )
    counted.add_argument("--instructions", action="store_true", help="count instructions, of one scan with one worker")
    parser.add_argument("--most-lines", type=int, default=900_000, help="stop the growth before this many lines")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()
    if options.instructions and options.write:
        parser.error("--write fills the tables of CPU seconds: leave --instructions away")
    options.only = options.only or MEASURED
    return options


def measure_folder(folder: Path, name: str, scratch: Path, options: argparse.Namespace) -> Result:
    """Medians of parsing, of a scan without a cache, and of one over an unchanged tree."""
    files, lines = files_read(folder, scratch)
    listing = scratch / "files"
    listing.write_text("\0".join(files), encoding="utf-8")
    cache = scratch / "cache"
    scan = [sys.executable, "-m", "discover", "scan", str(folder), "--workers", str(options.workers)]
    scan += ["--cache-dir", str(cache)]
    bare = [sys.executable, "-c", PARSE, str(listing)]
    parse: list[Usage] = []
    cold: list[Usage] = []
    warm: list[Usage] = []
    for _ in range(options.runs):
        parse.append(measure(bare))
        shutil.rmtree(cache, ignore_errors=True)
        cold.append(measure(scan))
        parse.append(measure(bare))
        warm.append(measure(scan))
        parse.append(measure(bare))
    return Result(name, lines, len(files), median(parse), median(cold), median(warm))


def _counted(folder: Path, scratch: Path) -> list[str]:
    """Billions of instructions of parsing and of a cold scan, and how many times one is the other."""
    listing, cache = scratch / "files", scratch / "cache"
    listing.write_text("\0".join(files_read(folder, scratch)[0]), encoding="utf-8")
    shutil.rmtree(cache, ignore_errors=True)
    scan = [sys.executable, "-m", "discover", "scan", str(folder), "--workers", "1", "--cache-dir", str(cache)]
    parse, cold = instructions([sys.executable, "-c", PARSE, str(listing)]), instructions(scan)
    return [folder.resolve().name, f"{parse / 1e9:.1f}", f"{cold / 1e9:.1f}", f"{cold / parse:.1f}"]


def _growth(folder: Path, scratch: Path, options: argparse.Namespace) -> list[Result]:
    """Copies of a folder side by side are a backend of that many times the size."""
    results: list[Result] = []
    many = scratch / "copies"
    for copies in COPIES:
        while len(list(many.glob("*"))) < copies:
            shutil.copytree(folder, many / f"copy{len(list(many.glob('*')))}", symlinks=True)
        result = measure_folder(many, f"{folder.resolve().name} × {copies}", scratch, options)
        print(" | ".join(result.row), flush=True)
        results.append(result)
        if result.lines * 2 > options.most_lines:
            break
    shutil.rmtree(many)
    return results


def files_read(folder: Path, scratch: Path) -> tuple[list[str], int]:
    """The Python files that a scan of the folder reads, and how many lines they have."""
    from discover.config import load_config
    from discover.sources.tree import read_tree

    tree = read_tree(folder, load_config(folder))
    document = scratch / "document.json"
    subprocess.run(
        [sys.executable, "-m", "discover", "scan", str(folder), "--no-cache", "--format", "json", "-o", str(document)],
        check=True,
    )
    lines = json.loads(document.read_bytes())["stats"]["lines"]
    return [file.absolute for file in tree.files], lines


def median(usages: Sequence[Usage]) -> Usage:
    """Of each figure the median."""
    return Usage(*(statistics.median(getattr(usage, field) for usage in usages) for field in ("cpu", "wall", "memory")))


if __name__ == "__main__":
    main()
