"""`undercurrent serve`: the page of `diagram` on this machine's own address, scanned again when the code changes."""

from __future__ import annotations

import gc
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from discover.cli.options import Reading, page, reading, repository

if TYPE_CHECKING:
    from discover.cli.serving.page_server import Shown

EXAMPLES = """\b
Examples:
  undercurrent serve .                  prints the address to open; Ctrl-C ends it
  undercurrent serve ~/shop --port 8787

Only programs on this machine can ask for the page. It is made again whenever a file changes that a scan reads, and
open pages follow; what did not change comes from the cache.
"""
POLL = 1.0
"""Seconds between two looks at the files; longer where a look takes long."""


@click.command(epilog=EXAMPLES)
@repository
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65535),
    default=0,
    metavar="N",
    help="The port to listen on. Default: one that is free.",
)
@page(link_to="vscode")
@reading
def command(repo: Path, port: int, title: str | None, link_to: str, **settings: Unpack[Reading]) -> None:
    """Show the page of the backend in REPO on 127.0.0.1, for reading it beside the code, and follow its changes."""
    from discover.cli.serving.page_server import Shown, serving
    from discover.cli.serving.watching import state_of
    from discover.errors import OutputError

    gc.enable()
    shown = Shown(secrets.token_hex(16))

    def look() -> str:
        return state_of(repo, settings["config"])

    def make() -> str:
        return _page(repo, title, link_to, shown.token, settings)

    state = look()
    shown.show(make())
    try:
        with serving(shown, port) as address:
            click.echo(f"{address}  (Ctrl-C ends it)")
            sys.stdout.flush()
            _follow(shown, state, look, make)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    except OSError as error:
        raise OutputError(f"port {port}: {error.strerror}; without --port one that is free is taken") from None


def _page(repo: Path, title: str | None, link_to: str, token: str, settings: Reading) -> str:
    from discover.cli.code_host import code_links
    from discover.cli.loading import load_graph
    from discover.cli.narrowing import sources_of
    from exporters.html.additions import Additions
    from exporters.html.export import export

    graph = load_graph(repo, settings)
    additions = Additions(code_links(repo, link_to))
    result = export(graph, sources_of(repo), title=title or graph.root, additions=additions, live=token)
    return result.artifacts[0].text


def _follow(shown: Shown, state: str, look: Callable[[], str], make: Callable[[], str]) -> None:
    """Make the page again when a change is over: when two looks in a row see the same."""
    from discover.errors import DiscoverError
    from discover.terminal.safe import clean

    before = state
    while True:
        start = time.monotonic()
        now = look()
        if now == before and now != state:
            state = now
            try:
                if shown.show(make()):
                    click.echo(f"{time.strftime('%H:%M:%S')} changed", err=True)
            except DiscoverError as error:
                shown.tell(str(error))
                click.echo(f"undercurrent: {clean(str(error))}", err=True)
        before = now
        time.sleep(max(POLL, 4 * (time.monotonic() - start)))
