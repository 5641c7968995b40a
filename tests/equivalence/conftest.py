"""The outside of the fixtures, played on loopback, and the original backend as real processes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from discover.model import Graph
from exporters.base import Sources
from exporters.canonical.write import definition_text
from exporters.cutting import build
from tests.ports import free_port

PROGRAMS = Path(__file__).parent / "programs"
WAIT_SECONDS = 60
FIXTURE = Path(__file__).parents[2] / "fixtures" / "lead_enrichment"
SERVICES = {"/companies": "company", "/verify": "mailbox", "/hook": "slack"}


def scenarios() -> list[dict[str, Any]]:
    """The fixture's scenarios of one request each: what is posted, and what must come of it."""
    return [
        {
            "name": scenario["name"],
            "request": scenario["stimuli"][0]["request"]["json"],
            "status": scenario["stimuli"][0]["status"],
            "answers": scenario.get("answers", {}),
            "calls": [call if isinstance(call, str) else call["call"] for call in scenario.get("calls", [])],
            "user": next(iter(scenario["rows"]["users"]), None),
        }
        for scenario in yaml.safe_load((FIXTURE / "scenarios.yaml").read_text(encoding="utf-8"))
        if "kill" not in scenario and "request" in scenario["stimuli"][0]
    ]


class OutsideCall(NamedTuple):
    """One request that left the backend."""

    service: str
    method: str
    path: str
    body: str


class Outside:
    """All outside services in one server: it answers from a script and writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[OutsideCall] = []
        self._answers: dict[str, list[dict[str, Any]]] = {}
        self.held = threading.Event()
        self.release = threading.Event()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outside.answer(self)

            def do_POST(self) -> None:
                outside.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def play(self, answers: dict[str, list[dict[str, Any]]]) -> None:
        """Begin a scenario: forget the calls, take these answers in turn (the last one again and again)."""
        self.calls = []
        self._answers = {service: list(given) for service, given in answers.items()}
        self.held.clear()
        self.release.clear()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        service = SERVICES[request.path.partition("?")[0]]
        self.calls.append(OutsideCall(service, request.command, request.path, body))
        given = self._answers.get(service) or [{"status": 599, "text": "not expected in this scenario"}]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if answer.get("hold"):
            self.held.set()
            self.release.wait(WAIT_SECONDS)
        data = (json.dumps(answer["json"]) if "json" in answer else answer.get("text", "")).encode()
        try:
            request.send_response(answer.get("status", 200))
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
        except OSError:
            pass  # The asker was killed in the middle, on purpose.

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < limit, f"waited {WAIT_SECONDS} s for {what}"
        time.sleep(0.05)


def answers_on(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def process(arguments: list[str], *, env: dict[str, str], cwd: Path, log: Path) -> Generator[subprocess.Popen[bytes]]:
    """A child that is ended, by its own handle, when the block ends."""
    with log.open("wb") as output:
        child = subprocess.Popen(arguments, env=env, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(15)


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    server = Outside()
    yield server
    server.close()


@pytest.fixture(scope="session")
def environment(outside: Outside) -> Callable[[Path], dict[str, str]]:
    """The settings of the backend for one database."""

    def settings(database: Path) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_URL": f"sqlite:///{database}",
            "COMPANY_API_URL": outside.url,
            "MAILBOX_API_URL": outside.url,
            "SLACK_WEBHOOK_URL": f"{outside.url}/hook",
            "no_proxy": "127.0.0.1",
        }

    return settings


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis where the machine has one; otherwise Celery's broker over an SQLite file."""
    folder = tmp_path_factory.mktemp("broker")
    redis = shutil.which("redis-server")
    if redis is None:
        yield f"sqla+sqlite:///{folder / 'broker.sqlite'}"
        return
    port = free_port()
    command = [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with process(command, env=dict(os.environ), cwd=folder, log=folder / "redis.log"):
        wait_for(lambda: answers_on(port), "redis")
        yield f"redis://127.0.0.1:{port}/0"


class Original(NamedTuple):
    """The backend as it stands, running."""

    url: str
    database: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def original(
    lead_enrichment: Path,
    environment: Callable[[Path], dict[str, str]],
    broker: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Original]:
    """Its web process and its Celery worker, on a database of their own."""
    folder = tmp_path_factory.mktemp("original")
    env = {**environment(folder / "leads.sqlite"), "CELERY_BROKER_URL": broker, "PYTHONPATH": str(lead_enrichment)}
    port = free_port()
    web = [sys.executable, "-m", "flask", "--app", "wsgi", "run", "--port", str(port)]
    worker = [sys.executable, "-m", "celery", "-A", "leads.celery_app", "worker", "--pool", "solo", "-l", "INFO"]
    worker += ["--without-gossip", "--without-mingle"]
    with (
        process(web, env=env, cwd=folder, log=folder / "web.log"),
        process(worker, env=env, cwd=folder, log=folder / "worker.log"),
    ):
        wait_for(lambda: answers_on(port), "the web process")
        wait_for(lambda: b" ready." in (folder / "worker.log").read_bytes(), "the Celery worker")
        yield Original(f"http://127.0.0.1:{port}", folder / "leads.sqlite", env)


@pytest.fixture(scope="session")
def graph(lead_enrichment: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """What a real scan finds; only the two workflows that are compared."""
    env = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home")), "PYTHONPATH": str(project)}
    command = [sys.executable, "-m", "discover", "scan", str(lead_enrichment), "--format", "json"]
    done = subprocess.run(command, env=env, capture_output=True, check=True, timeout=WAIT_SECONDS)
    found = msgspec.json.decode(done.stdout, type=Graph)
    workflows = [w for w in found.workflows if w.unit.endswith(("::create_lead", "::requeue_stale_leads"))]
    assert len(workflows) == 2
    return msgspec.structs.replace(found, workflows=tuple(workflows))


@pytest.fixture(scope="session")
def sources(lead_enrichment: Path) -> Sources:
    """The backend's files."""

    def source(path: str) -> str | None:
        file = lead_enrichment / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return source


@pytest.fixture(scope="session")
def definitions(graph: Graph, sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The fixture's definitions by the name of their first function, as files."""
    folder = tmp_path_factory.mktemp("definitions")
    files: dict[str, Path] = {}
    for workflow in graph.workflows:
        built = build(workflow, {trigger.id: trigger for trigger in graph.triggers}, sources, graph.import_roots)
        name = workflow.unit.rpartition("::")[2]
        files[name] = folder / f"{name}.yaml"
        files[name].write_text(definition_text(built.definition), encoding="utf-8")
    return files


def run_command(
    definition: Path, root: Path, database: Path, *, payload: object = None, resume: bool = False
) -> list[str]:
    """The command line that runs a definition, under the id `run`."""
    started = ["--resume", "run"] if resume else ["--run-id", "run", "--input", json.dumps(payload)]
    places = ["--root", str(root), "--database", str(database), "--format", "json", "--timeout", str(WAIT_SECONDS)]
    return [sys.executable, "-m", "discover", "run", str(definition), *places, *started]


@pytest.fixture
def run_definition(
    lead_enrichment: Path, definitions: dict[str, Path], project: Path, tmp_path: Path
) -> Callable[..., dict[str, Any]]:
    """Runs a definition by `undercurrent run`, on the environment given, and returns its report."""

    def run(workflow: str, env: dict[str, str], *, payload: object = None, resume: bool = False) -> dict[str, Any]:
        engine = tmp_path / "engine.sqlite"
        command = run_command(definitions[workflow], lead_enrichment, engine, payload=payload, resume=resume)
        done = subprocess.run(
            command,
            env={**env, "PYTHONPATH": str(project), "CELERY_BROKER_URL": "redis://127.0.0.1:1/0"},
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS * 2,
            check=False,
        )
        assert done.stdout, done.stderr
        report = json.loads(done.stdout)
        assert done.returncode == (0 if report["ok"] else 4)
        return report

    return run


def rows(database: Path) -> list[dict[str, Any]]:
    """All users but for what the clock decides."""
    with sqlite3.connect(database, timeout=15) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("select * from users order by id").fetchall()
    return [{key: row[key] for key in row.keys() if not key.endswith("_at")} for row in found]  # noqa: SIM118
