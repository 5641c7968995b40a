"""A Conductor server on loopback: the real one, with a Redis of its own for all that it keeps."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.engines.processes import TOOLS, is_open, program, running
from tests.ports import free_ports

_OPTIONS = (
    "--conductor.db.type=redis_standalone",
    "--conductor.queue.type=redis_standalone",
    "--conductor.indexing.enabled=false",
    "--conductor.grpc-server.enabled=false",
    "--logging.level.root=WARN",
    "--loadSample=false",
    # As a server of one's own would have it: two threads do not decide on one execution at once.
    "--conductor.app.workflowExecutionLockEnabled=true",
    "--conductor.workflow-execution-lock.type=local_only",
    # A decision that does not get the lock by then is not made until the next sweep.
    "--conductor.app.lockTimeToTry=10s",
    # As often as a machine of its own would look for what has ended: the defaults are seconds.
    "--conductor.sweep-frequency.millis=20",
    "--conductor.app.sweeperWorkflowPollTimeout=50ms",
    "--conductor.app.systemTaskWorkerPollInterval=20ms",
    "--conductor.app.workflowOffsetTimeout=10s",
    # What a JOIN waits for is looked at in doubling pauses, up to this one.
    "--conductor.app.systemTaskWorkerCallbackDuration=1s",
)


class Server:
    """The server's process; what it keeps is kept elsewhere."""

    def __init__(self, command: Sequence[str], address: str, folder: Path) -> None:
        self.address = address
        self._command = command
        self._folder = folder
        self._stack = ExitStack()
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        log = self._folder / "conductor.log"
        ready = f"{self.address}/health"
        return self._stack.enter_context(
            running(self._command, log, lambda: _answers(ready), folder=self._folder, seconds=240)
        )

    def kill(self) -> None:
        """Kill -9, and start it again."""
        self._process.kill()
        self.stop()
        self._process = self._started()

    def stop(self) -> None:
        """End it."""
        self._stack.close()


@contextmanager
def server(folder: Path) -> Generator[Server]:
    """Start the server."""
    jar = Path(os.environ.get("CONDUCTOR_JAR") or TOOLS / "conductor-server.jar")
    java, redis = shutil.which("java"), program("redis-server", "REDIS_SERVER")
    if not jar.is_file():
        pytest.skip("Conductor's server is not installed: `.ci/engines` puts it into build/tools")
    if java is None or redis is None:
        pytest.skip(f"Conductor's server needs {'Java' if java is None else 'redis-server'}, which is not installed")
    port, kept = free_ports(2)
    store = [redis, "--port", str(kept), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    command = [java, "-Xmx600m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jar), *_OPTIONS]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    command += [f"--conductor.redis.hosts=127.0.0.1:{kept}:us-east-1c"]
    with running(store, folder / "redis.log", lambda: is_open(kept)):
        made = Server(command, f"http://127.0.0.1:{port}", folder)
        try:
            yield made
        finally:
            made.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
