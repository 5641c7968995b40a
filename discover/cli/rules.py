"""`undercurrent rules`: which files are left out, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from discover.cli.options import NamedPath, repository

if TYPE_CHECKING:
    from discover.config import Rule

EXAMPLES = """\b
Switch a rule off, or give it patterns of your own, in the repository's pyproject.toml:
  [tool.undercurrent.rules]
  tests = false
  vendored = ["third_party/", "legacy/copied/"]

\b
or in its undercurrent.yaml:
  rules:
    examples: true

What .gitignore names is left out besides. docs/configuration.md has all settings.
"""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "--config",
    type=NamedPath(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Configuration to use instead of the repository's own.",
)
def command(repo: Path, config: Path | None) -> None:
    """List the rules by which files of REPO are left out, as its configuration sets them."""
    from discover.cli.loading import existing_source
    from discover.cli.writing import terminal_width, write_text
    from discover.config import load_config, rules

    settings = load_config(existing_source(repo), config)
    columns = terminal_width()
    head = f"Settings: {settings.file}\n\n" if settings.file else ""
    write_text(head + "\n\n".join(_described(rule, columns) for rule in rules(settings)) + "\n", None)


def _described(rule: Rule, columns: int) -> str:
    import textwrap

    from discover.terminal.safe import clean

    parts = [("", rule.description)]
    if rule.patterns:
        parts.append(("patterns: ", " ".join(rule.patterns)))
    if rule.beside:
        parts.append(("and folders that hold: ", " ".join(rule.beside)))
    if rule.unless:
        parts.append(("but not folders that hold: ", " ".join(rule.unless)))
    if rule.heads:
        parts.append(("and files whose head says: ", " | ".join(rule.heads)))
    if rule.keeps:
        parts.append(("but not files that hold: ", " | ".join(rule.keeps)))
    lines = [f"{rule.name} ({'on' if rule.enabled else 'off'})"]
    for label, text in parts:
        wrap = textwrap.TextWrapper(min(columns, 110), initial_indent="    ", subsequent_indent="      ")
        wrap.break_on_hyphens = wrap.break_long_words = False
        lines += wrap.wrap(label + clean(text))
    return "\n".join(lines)
