"""A PostgreSQL server on loopback: the real one, as the system's package brings it, where it is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.processes import running
from tests.ports import free_ports

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


@contextmanager
def server(folder: Path) -> Generator[str]:
    """Start the server, with its log in the folder; the address of it, to which a database's name is added."""
    if PROGRAMS is None or not (PROGRAMS / "initdb").is_file():
        pytest.skip("PostgreSQL is not installed")
    user = _user()
    # A socket's path must be short, and the server's user must get there.
    place = Path(tempfile.mkdtemp(prefix="undercurrent-postgres-", dir="/tmp"))
    if user:
        shutil.chown(place, user)
    data, (port,) = place / "data", free_ports(1)
    try:
        made = [str(PROGRAMS / "initdb"), "-D", str(data), "-U", "runs", "-A", "trust", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd="/", user=user)
        command = [str(PROGRAMS / "postgres"), "-D", str(data), "-p", str(port), "-k", str(place), "-F"]
        asked = [str(PROGRAMS / "pg_isready"), "--quiet", "-h", "127.0.0.1", "-p", str(port)]

        def answers() -> bool:
            return subprocess.run(asked, check=False).returncode == 0

        log = folder / "postgres.log"
        with running([*command, "-h", "127.0.0.1"], log, answers, folder=Path("/"), user=user) as process:
            yield f"postgresql://runs@127.0.0.1:{port}"
            process.send_signal(signal.SIGINT)  # It waits for no client then.
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _user() -> str | None:
    """PostgreSQL refuses to run as root: Debian's package has a user for it."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL can't run as root, and there is no user postgres")
