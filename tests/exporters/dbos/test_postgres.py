"""The embedded engine on a real PostgreSQL, started on loopback."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from tests.equivalence.conftest import answers_on, free_port, process, wait_for
from tests.exporters.dbos.test_runtime import DEFINITION, JOBS

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)


def _as_server() -> list[str]:
    """PostgreSQL refuses to run as root: Debian's package has a user for it."""
    if os.getuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL can't run as root, and there is no user postgres")
    runuser = shutil.which("runuser")
    if runuser is None:
        pytest.skip("PostgreSQL can't run as root, and there is no runuser")
    return [runuser, "-u", "postgres", "--"]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    if PROGRAMS is None or not (PROGRAMS / "initdb").is_file():
        pytest.skip("PostgreSQL is not installed")
    user = _as_server()
    folder = Path(f"/tmp/undercurrent-postgres-{os.getpid()}")
    folder.mkdir(mode=0o700)
    if user:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    try:
        made = [*user, str(PROGRAMS / "initdb"), "-D", str(data), "-U", "runs", "-A", "trust", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd="/")
        command = [*user, str(PROGRAMS / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-F"]
        log = tmp_path_factory.mktemp("postgres") / "log"
        with process([*command, "-h", "127.0.0.1"], env=dict(os.environ), cwd=Path("/"), log=log):
            wait_for(lambda: answers_on(port), "PostgreSQL")
            yield f"postgresql://runs@127.0.0.1:{port}/runs"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_run_is_kept_in_postgresql_and_told_from_it(
    postgres: str, tree: Callable[[dict[str, str]], Path], undercurrent: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("dbos")
    root = tree({"jobs.py": JOBS})
    file = tmp_path / "flow.yaml"
    file.write_text(DEFINITION, encoding="utf-8")
    options = ["--root", root, "--database", postgres, "--format", "json", "--run-id", "a"]
    done = undercurrent("run", file, *options, "--input", "[5]")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == {"n": 5, "a": 5, "b": "ok"}
    told = undercurrent("status", "a", "--database", postgres, "--format", "json")
    assert json.loads(told.stdout)["status"] == "done", told.stderr
