"""The command line: parse, call, print. The command `undercurrent` starts here.

Modules load when they are needed: a scan whose answer is cached must not pay for those that it does not use.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import IO, NoReturn, cast

from discover.errors import DiscoverError, ExitCode, SelectionError


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits with one of `ExitCode`."""
    # A command lives for moments and keeps almost all that it makes: neither looking for garbage nor taking a large
    # result apart at the end is worth its time. `run`, which lives long, turns both back.
    gc.disable()
    code = run(arguments)
    sys.stderr.flush()
    os._exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    _write_any_text()
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except DiscoverError as error:
        _complain(error)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        print("undercurrent: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes standard output once more at its end: give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except Exception:  # noqa: BLE001 - the last line of defence: a defect is told apart from a user's error
        return _confess()
    return code


def _invoke(arguments: Sequence[str] | None) -> int:
    """Lets click parse and call; its own errors already say what to do next."""
    import click

    from discover.cli.app import app

    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Not `app.main`: it takes broken pipes and Ctrl-C for itself.
        with app.make_context("undercurrent", words) as context:
            result: object = app.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return result if isinstance(result, int) else ExitCode.OK


def _complain(error: DiscoverError) -> None:
    from discover.terminal.safe import clean

    for number, line in enumerate(str(error).splitlines() or [type(error).__name__]):
        print(f"undercurrent: {clean(line)}" if number == 0 else f"  {clean(line)}", file=sys.stderr)
    if isinstance(error, SelectionError):
        width = max((len(candidate) for candidate in error.candidates), default=0)
        for candidate, name in zip(error.candidates, error.names, strict=True):
            print(f"  {clean(candidate):{width}}  {clean(name)}".rstrip(), file=sys.stderr)
        if error.more:
            print(f"  {error.more}", file=sys.stderr)


def _confess() -> int:
    """Says that this is our fault, with what a report needs."""
    import traceback

    from discover import __version__

    traceback.print_exc()
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"undercurrent: this is a defect of undercurrent {__version__} (Python {version}).", file=sys.stderr)
    print("Please report it with the lines above and, if you may, the file that it was reading.", file=sys.stderr)
    return ExitCode.INTERNAL


def _write_any_text() -> None:
    """A name in a script that the terminal's encoding lacks is written as an escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(cast("IO[str]", stream), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
