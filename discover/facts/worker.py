"""What a process of the pool does: sources in, facts as MessagePack out."""

from __future__ import annotations

import gc
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from discover.facts.extract import NewerSyntaxError, extract
from discover.facts.failure import Failure, UnreadableSourceError
from discover.facts.records import ModuleFacts

if TYPE_CHECKING:  # The worker's code is also used without processes.
    from multiprocessing.connection import Connection

Job = tuple[int, str, bytes]
"""The number, path and content of a file."""


def facts_or_failure(path: str, content: bytes, *, own_syntax: bool = False) -> ModuleFacts | Failure:
    """The facts of a file, or the reason why there are none: no file stops a scan.

    Raises:
        NewerSyntaxError: when only the interpreter's own syntax is asked for, and the file is in another.
    """
    try:
        return extract(path, content, own_syntax=own_syntax)
    except NewerSyntaxError:
        raise
    except UnreadableSourceError as error:
        return Failure(path, error.line, error.reason)
    except Exception as error:  # noqa: BLE001 - whatever happens over one file, the others are read.
        return Failure(path, 0, f"could not be read: {type(error).__name__}: {error}")


def encoded(facts: ModuleFacts | Failure, encoder: msgspec.msgpack.Encoder) -> bytes | Failure:
    """Facts as MessagePack without their path, so that the same content has the same bytes wherever it stands."""
    if isinstance(facts, Failure):
        return facts
    path, facts.path = facts.path, ""
    try:
        return encoder.encode(facts)
    except (RecursionError, ValueError, OverflowError) as error:
        return Failure(path, 0, f"could not be written: {error}")
    finally:
        facts.path = path


def answers(jobs: Sequence[Job]) -> list[tuple[int, bytes | Failure]]:
    """The facts of each job as MessagePack, or its failure."""
    encoder = msgspec.msgpack.Encoder()
    return [(number, encoded(facts_or_failure(path, content), encoder)) for number, path, content in jobs]


def work(connection: Connection) -> None:
    """Answer batches of jobs until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    try:
        while True:
            connection.send(answers(connection.recv()))
    except (EOFError, OSError):
        return
