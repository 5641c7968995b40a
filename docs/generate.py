"""Write the generated parts of README.md and docs/ again; with --check, fail when one is not current.

A generated part stands between `<!-- WHAT -->` and `<!-- /WHAT -->`, where WHAT is one of

    run: COMMAND      the command, and what it prints
    help: COMMAND     what `undercurrent COMMAND --help` prints
    commands          a table of all commands
    exit codes        a table of `discover.errors.ExitCode`
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/commands.md", "docs/getting-started.md")
PART = re.compile(
    r"(?P<start><!-- (?P<what>run: [^\n]+?|help: [^\n]+?|commands|exit codes) -->\n).*?(?P<end><!-- /)", re.DOTALL
)


def main() -> int:
    """Writes or checks all pages."""
    check = "--check" in sys.argv[1:]
    stale = 0
    for name in PAGES:
        page = ROOT / name
        old = page.read_text(encoding="utf-8")
        new = generated(old)
        if new != old:
            stale += 1
            print(f"{name}: {'not current; `make docs` writes it' if check else 'written'}")
            if not check:
                page.write_text(new, encoding="utf-8", newline="\n")
    return 1 if check and stale else 0


def generated(page: str) -> str:
    """The page with each generated part made anew."""
    return PART.sub(lambda match: f"{match['start']}{part(match['what'])}\n{match['end']}", page)


def part(what: str) -> str:
    """The text of one generated part."""
    if what == "commands":
        return commands_table()
    if what == "exit codes":
        return exit_codes_table()
    kind, _, command = what.partition(": ")
    if kind == "help":
        return f"```\n{output(f'undercurrent {command} --help')}```"
    return f"```console\n$ {command}\n{output(command)}```"


def output(command: str) -> str:
    """What the command prints, run from the project's root as on a terminal of 120 columns."""
    name, *arguments = split(command)
    if name != "undercurrent":
        raise SystemExit(f"only undercurrent is run from a page, not {name}")
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home, "COLUMNS": "120", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-m", "discover", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    if run.returncode:
        raise SystemExit(f"{command}: exit status {run.returncode}\n{run.stderr}")
    return run.stdout


def split(command: str) -> list[str]:
    """The words of a command line."""
    import shlex

    return shlex.split(command)


def commands_table() -> str:
    """Each command and the first line of its help."""
    sys.path.insert(0, str(ROOT))
    import click

    from discover.cli.app import COMMANDS, app

    context = click.Context(app)
    rows: list[str] = []
    for name in COMMANDS:
        command = app.get_command(context, name)
        if command is None or command.help is None:
            raise SystemExit(f"{name} has no help")
        first = command.help.partition("\n\n")[0].replace("\n", " ")
        rows.append(f"| `undercurrent {name}` | {first} |")
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows])


def exit_codes_table() -> str:
    """Each exit code and the text under it in the source."""
    tree = ast.parse((ROOT / "discover" / "errors.py").read_text(encoding="utf-8"))
    codes = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "ExitCode")
    rows: list[str] = []
    for name, text in zip(codes.body, codes.body[1:], strict=False):
        if isinstance(name, ast.Assign) and isinstance(text, ast.Expr):
            rows.append(f"| {ast.literal_eval(name.value)} | {ast.literal_eval(text.value)} |")
    return "\n".join(["| status | meaning |", "| ---: | --- |", *rows])


if __name__ == "__main__":
    sys.exit(main())
