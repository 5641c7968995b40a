"""An exported package on disk, and its command as a process."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exporters.base import Artifact
from tests.engines.processes import running


def write(artifacts: Sequence[Artifact], folder: Path) -> None:
    """Put the files there."""
    for artifact in artifacts:
        file = folder / artifact.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(artifact.text, encoding="utf-8")


@contextmanager
def served(folder: Path, backend: Path, ready: str, *options: str) -> Generator[None]:
    """`python -m workers serve`, until its output holds a text."""
    log = folder / "worker.log"
    command = [sys.executable, "-m", "workers", "serve", "--root", str(backend), *options]
    with running(command, log, lambda: ready in log.read_text(), folder=folder):
        yield
