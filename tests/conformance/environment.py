"""Where a run takes place: its folder, database, broker, mail server, outside services and environment variables."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.conformance.outside import Mailbox, Outside
from tests.conformance.record import Record, Response, renamed, steady
from tests.conformance.spec import Fixture, Scenario
from tests.conformance.stores import Broker, Database
from tests.ports import free_port

CODE_CACHE = Path(tempfile.gettempdir()) / f"undercurrent-conformance-{os.getuid()}-bytecode"
INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class Environment:
    """The surroundings of one run of one scenario, which every runner gets alike."""

    def __init__(
        self, fixture: Fixture, scenario: Scenario, folder: Path, outside: Outside, mailbox: Mailbox, broker: Broker
    ) -> None:
        self.fixture, self.scenario, self.folder = fixture, scenario, folder
        self.outside, self.mailbox, self.broker = outside, mailbox, broker
        self.ports = {name: free_port() for name, process in fixture.processes.items() if process.ready.port}
        self.database = Database(prepared_copy(fixture, folder), fixture.tables)
        self.variables = variables(fixture, {**fixture.environment, **scenario.environment}, self.placeholders())

    def placeholders(self, port: int = 0) -> dict[str, str]:
        """What stands for `{database}`, `{broker}`, a service and the like in fixture.yaml."""
        urls = {f"{name}_url": f"http://127.0.0.1:{number}" for name, number in self.ports.items()}
        services = {name: self.outside.url(name) for name in self.fixture.services}
        places = {"database": str(self.database.file), "folder": str(self.folder), "app": str(self.fixture.root)}
        mail = {"smtp_host": "127.0.0.1", "smtp_port": str(self.mailbox.port)}
        return {**services, **urls, **places, **mail, "broker": self.broker.url, "port": str(port)}

    def command(self, run: tuple[str, ...], port: int = 0) -> list[str]:
        """A command line of fixture.yaml with everything filled in."""
        return filled(run, self.placeholders(port))

    def quiet(self, *, pending: bool = False, seconds: float = 0.3) -> bool:
        """Whether nothing is asked, nothing was for a moment, and (but for `pending`) no work waits in the broker."""
        calm = self.outside.open == 0 and time.monotonic() - self.outside.changed > seconds
        return calm and (pending or not self.broker.waiting(self.fixture.pending))

    def record(self, responses: list[Response]) -> Record:
        """What the run has left so far."""
        found = Record(
            calls=tuple(self.outside.calls),
            effects={label: tuple(keys) for label, keys in self.outside.effects.items()},
            mails=tuple(self.mailbox.mails),
            rows=self.database.rows(),
            messages=self.broker.messages(self.fixture.messages),
            responses=tuple(responses),
        )
        addresses = {self.outside.url(name): f"http://{name}" for name in self.fixture.services}
        return steady(renamed(found, addresses), self.fixture.volatile)


@contextmanager
def surroundings(
    fixture: Fixture, scenario: Scenario, folder: Path, on_kill: Callable[[int], None]
) -> Generator[Environment]:
    """Everything that a run needs around it, for as long as the block lasts."""
    with ExitStack() as stack:
        broker = Broker(folder)
        stack.callback(broker.close)
        mailbox = Mailbox()
        stack.callback(mailbox.close)
        outside = Outside(fixture.services, scenario.answers, scenario.kill, on_kill)
        stack.callback(outside.close)
        environment = Environment(fixture, scenario, folder, outside, mailbox, broker)
        stack.callback(environment.database.close)
        yield environment


def variables(fixture: Fixture, said: dict[str, str], placeholders: dict[str, str]) -> dict[str, str]:
    """The whole environment of a process of the backend: nothing leaks in from the caller's."""
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        "HOME": placeholders["folder"],
        "PYTHONPATH": str(fixture.root),
        "PYTHONPYCACHEPREFIX": str(CODE_CACHE),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        **{name: value.format_map(placeholders) for name, value in said.items()},
    }


def filled(run: tuple[str, ...], placeholders: dict[str, str]) -> list[str]:
    """A command line with its placeholders filled in; `python` is the one that runs the tests."""
    words = [word.format_map(placeholders) for word in run]
    return [sys.executable, *words[1:]] if words[0] == "python" else words


def prepared_copy(fixture: Fixture, folder: Path) -> Path:
    """A fresh database with the backend's tables."""
    file = folder / "database.sqlite"
    shutil.copyfile(_prepared(fixture.name, fixture.prepare, fixture), file)
    return file


class _Nowhere(dict[str, str]):
    """Placeholders of what does not run while a database is prepared."""

    def __missing__(self, key: str) -> str:
        return "1" if key.endswith("port") else "http://127.0.0.1:1"


_PREPARED: dict[str, Path] = {}


def _prepared(name: str, commands: tuple[tuple[str, ...], ...], fixture: Fixture) -> Path:
    if name not in _PREPARED:
        folder = Path(tempfile.mkdtemp(prefix=f"conformance-{name}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        file = folder / "database.sqlite"
        file.touch()
        places = _Nowhere(database=str(file), folder=str(folder), app=str(fixture.root), broker="redis://127.0.0.1:1/0")
        environment = variables(fixture, fixture.environment, places)
        for command in commands:
            subprocess.run(filled(command, places), env=environment, cwd=folder, check=True, timeout=60)
        _PREPARED[name] = file
    return _PREPARED[name]
