"""The group of all commands; each command's module loads when the command is used or listed."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click

from discover import __version__

COMMANDS = {
    "scan": "discover.cli.scan",
    "show": "discover.cli.show",
    "diagram": "discover.cli.diagram",
    "serve": "discover.cli.serve",
    "export": "discover.cli.export",
    "run": "discover.cli.run",
    "status": "discover.cli.status",
    "rules": "discover.cli.rules",
    "schema": "discover.cli.schema",
}
"""In the order in which one uses them; each module has its click command as `command`."""


class LazyGroup(click.Group):
    """Finds a command by its module's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(COMMANDS[cmd_name]).command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; a wrong word is answered with the right ones."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)


EXAMPLES = """\b
Start here:
  undercurrent scan .                         what workflows are in this backend?
  undercurrent show . "POST /orders"          what happens after this request?
  undercurrent diagram . -o report.html       the same for all, as a page to click through
  undercurrent export . --to yaml -o flows    definitions to review, commit and run
"""


@click.group(
    cls=LazyGroup,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, "-V", "--version", message="undercurrent %(version)s")
def app() -> None:
    """Find the workflows that a Python backend hides, draw them, and turn them into definitions that run.

    The backend is read, never imported or executed, and nothing outside its folder is opened.
    """
