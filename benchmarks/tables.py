"""Markdown tables, and the place in a page where a generated one stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first are right-aligned."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rows_kept(page: Path, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows, and before or between them those of the page's table that are about others; none of another form."""
    made = {row[0]: list(row) for row in rows}
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = match[1].splitlines() if match else []
    old = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines]
    if not old or old[0] != list(heads):
        return list(made.values())
    found = [made.pop(row[0], row) for row in old[2:]]
    return [*found, *made.values()]


def put(page: Path, name: str, text: str) -> None:
    """Writes the text between the page's markers `<!-- name -->` and `<!-- /name -->`."""
    old = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(old):
        raise SystemExit(f"{page} has no markers for {name}")
    page.write_text(pattern.sub(lambda match: f"{match[1]}{text}\n{match[2]}", old), encoding="utf-8", newline="\n")
