"""A Conductor server on loopback: the real one, in memory, with a Redis of its own for its queues."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.processes import TOOLS, free_ports, is_open, program, running

_OPTIONS = (
    "--conductor.db.type=memory",
    "--conductor.queue.type=redis_standalone",
    "--conductor.indexing.enabled=false",
    "--conductor.grpc-server.enabled=false",
    "--logging.level.root=WARN",
    # As a server of one's own would have it: two threads do not decide on one execution at once.
    "--conductor.app.workflowExecutionLockEnabled=true",
    "--conductor.workflow-execution-lock.type=local_only",
    # As often as a machine of its own would look for what has ended: the defaults are seconds.
    "--conductor.sweep-frequency.millis=20",
    "--conductor.app.sweeperWorkflowPollTimeout=50ms",
    "--conductor.app.systemTaskWorkerPollInterval=20ms",
    "--conductor.app.workflowOffsetTimeout=5s",
    # What a JOIN waits for is looked at in doubling pauses, up to this one.
    "--conductor.app.systemTaskWorkerCallbackDuration=1s",
)


@contextmanager
def server(folder: Path) -> Generator[str]:
    """Start the server; its address."""
    jar = Path(os.environ.get("CONDUCTOR_JAR") or TOOLS / "conductor-server.jar")
    java, redis = shutil.which("java"), program("redis-server", "REDIS_SERVER")
    if not jar.is_file():
        pytest.skip("Conductor's server is not installed: `.ci/engines` puts it into build/tools")
    if java is None or redis is None:
        pytest.skip(f"Conductor's server needs {'Java' if java is None else 'redis-server'}, which is not installed")
    port, queues = free_ports(2)
    store = [redis, "--port", str(queues), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    command = [java, "-Xmx600m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(jar), *_OPTIONS]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    command += [f"--conductor.redis.hosts=127.0.0.1:{queues}:us-east-1c"]
    address = f"http://127.0.0.1:{port}"
    with (
        running(store, folder / "redis.log", lambda: is_open(queues)),
        running(command, folder / "conductor.log", lambda: _answers(f"{address}/health"), folder=folder, seconds=240),
    ):
        yield address


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
