"""The instructions of an exported package."""

from __future__ import annotations

from collections.abc import Sequence

from exporters.base import Loss
from exporters.canonical.records import Definition
from exporters.canonical.walk import code_of


def readme(text: str, named: Sequence[tuple[str, Definition]], losses: Sequence[Loss], package: str) -> str:
    """Fill a text: {flows}, {losses}, {package}, {first}."""
    flows = [f"- `{name}`: {plain(d.name)}, {len(d.runs)} runs, {_steps(d)} steps" for name, d in named]
    left = [f"- {plain(loss.where)}: {plain(loss.why)} (`{loss.code}`)" for loss in losses]
    text = text.replace("{package}", package).replace("{first}", named[0][0] if named else "WORKFLOW")
    text = text.replace("{flows}", "\n".join(flows))
    return text.replace("{losses}", "\n".join(left) or "Nothing: the package says all that the definitions say.")


def _steps(definition: Definition) -> int:
    return sum(1 for run in definition.runs for _ in code_of(run))


def plain(text: str) -> str:
    """Text of analysed code inside Markdown: one line, nothing that Markdown or HTML would act on."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!&{}" else c for c in kept)
