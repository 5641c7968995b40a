"""The errors that a user can cause, and the exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says; the README prints this table."""

    OK = 0
    """The command did what was asked."""
    INTERNAL = 1
    """A defect of the tool itself: please report it."""
    USAGE = 2
    """The command line, a path or a configuration file is wrong."""
    LOSSES = 3
    """`--strict` was given and something was skipped or could not be said."""
    RUN_FAILED = 4
    """`run` started the workflow, and the workflow itself failed."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""
    BROKEN_PIPE = 141
    """The program that reads the output went away, as `head` does."""


class DiscoverError(Exception):
    """Root of all errors that are shown to the user without a traceback."""


class InputError(DiscoverError):
    """The tree to be read is missing or holds nothing that can be read."""


class ConfigError(DiscoverError):
    """A configuration, catalog or definition file says something that can't be used.

    Attributes:
        file: the file as the user named it.
        line: 1-based line in it, 0 when the whole file is meant.
        column: 1-based column in that line, 0 when the whole line is meant.
    """

    def __init__(self, file: str, line: int, message: str, column: int = 0) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part)
        super().__init__(f"{place}: {message}")
        self.file = file
        self.line = line
        self.column = column


class OutputError(DiscoverError):
    """A result can't be written to where the user wants it."""


class SelectionError(DiscoverError):
    """What the user named matches no workflow, or several.

    Attributes:
        candidates: the ids that the user may have meant.
        names: what each of them is called, in the same order; empty where that says no more than its id.
        more: how all that there are can be listed.
    """

    def __init__(
        self, message: str, candidates: tuple[str, ...] = (), names: tuple[str, ...] = (), more: str = ""
    ) -> None:
        super().__init__(message)
        self.more = more
        self.candidates = candidates
        self.names = names or ("",) * len(candidates)
