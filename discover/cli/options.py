"""The options that several commands share: of all that read a backend, and of those that make its page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class NamedPath(click.Path):
    """A path that says something: an empty text, as of a variable that is not set, would stand for this folder."""

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """The path; fails where the text is empty."""
        if value == "":
            self.fail("the path is empty; write . for this folder", param, ctx)
        return super().convert(value, param, ctx)


class Reading(TypedDict):
    """How a backend is read, as the command line says it."""

    config: Path | None
    workers: int | None
    cache: bool
    cache_dir: Path | None
    timings: bool


def repository(command: Command) -> Command:
    """The folder or Python file to be read, or a document written by `scan --format json`."""
    return click.argument("repo", default=".", type=NamedPath(path_type=Path))(command)


def page(link_to: str) -> Callable[[Command], Command]:
    """Adds the options of all commands that make the page; `link_to` is where its source lines lead by default."""
    title = click.option("--title", metavar="TEXT", help="The page's title. Default: the folder's name.")
    links = click.option(
        "--link-to",
        metavar="WHERE",
        default=link_to,
        show_default=True,
        help="Where source lines lead: host (the code host that .git in REPO names, at its commit), vscode (the "
        "editor, by the folder's path on this machine), none, or an address with {path} and {line}.",
    )
    return lambda command: title(links(command))


def forced(what: str) -> Callable[[Command], Command]:
    """Adds `--force` of a command that writes one file."""
    return click.option("--force", is_flag=True, help=f"Replace FILE also where it holds something other than {what}.")


def reading(command: Command) -> Command:
    """Adds the options of `Reading`, in the order in which the help shows them."""
    for option in reversed(_READING):
        command = option(command)
    return command


_READING = (
    click.option(
        "--config",
        type=NamedPath(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Configuration to use instead of the repository's own (undercurrent.yaml, or [tool.undercurrent] in its "
        "pyproject.toml).",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processes that read files. Default: one for each core that this process may use.",
    ),
    click.option(
        "--cache/--no-cache",
        default=True,
        show_default=True,
        help="Keep what was read, so that the next scan reads only files that changed.",
    ),
    click.option(
        "--cache-dir",
        type=NamedPath(path_type=Path, file_okay=False),
        metavar="FOLDER",
        envvar="UNDERCURRENT_CACHE_DIR",
        help="Where to keep it. Default: undercurrent/ in the user's cache folder. [env: UNDERCURRENT_CACHE_DIR]",
    ),
    click.option("--timings", is_flag=True, help="Say on standard error how long each stage took."),
)
