"""The conformance harness: any runner of a fixture's scenario leaves the same kind of record.

    record = play(fixture("orders"), scenario, Original(), folder)     # the backend as it stands
    other  = play(fixture("orders"), scenario, MyEngine(…), folder2)   # an exported definition on some engine
    faults(scenario, record)                                           # what is not as the scenario says: []
    differences(record, other, scenario.calls)                         # what the two left that is not the same: []

`play` makes the surroundings (stand-ins of the outside services, a mail sink, a Redis, a database with the backend's
tables, the environment variables), starts the runner in them, delivers the scenario's stimuli one by one and waits
after each for what its `until` says, at last for all that the scenario expects. Then it reads what was left.

A second runner implements `Runner`:

- `start(environment)`: bring up whatever runs the backend. `environment.variables` is the whole environment that the
  backend's code needs (database, broker, URLs of the stand-ins), `environment.fixture.root` its folder,
  `environment.folder` a folder of the run's own (put the engine's database there), `environment.scenario.processes` the
  extra processes that this scenario wants.
- `deliver(stimulus)`: a request or webhook (`stimulus.sent`), answered with a `Response` (with status 0 where it never
  came); or a job (`stimulus.job`, whose `environment.fixture.jobs[…].handler` is the unit that a schedule's trigger
  names), answered with None; or neither, where a scenario only waits.
- `settle(condition, pending)`: return as soon as the condition holds and no work is under way; with `pending`, work may
  wait for its time (an unfinished timer), but no call be open. Give up after
  `environment.scenario.seconds` without an error: the record then shows what is missing.
- `kill(port)`: kill -9 the process that has a connection from that local port (it is in the middle of a call to a
  stand-in), then see to it that what was killed starts again (a resume, for an engine). A stand-in's thread calls it.
- `stop()`: end everything, also after a failure. Only processes that the runner started, by their handles.

A run that is killed may repeat what the original repeats, and no more: compare such records with `repeats=True`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tests.conformance.environment import Environment, surroundings
from tests.conformance.expectations import check_tables, end_of, reached
from tests.conformance.record import Record, Response
from tests.conformance.spec import Fixture, Scenario, Stimulus, Until


class Runner(Protocol):
    """What runs a backend's work: its own processes, or an engine with a definition made from it."""

    def start(self, environment: Environment) -> None:
        """Bring it up; return when it takes stimuli."""
        ...

    def deliver(self, stimulus: Stimulus) -> Response | None:
        """Hand over what comes from outside, and return what is answered."""
        ...

    def settle(self, condition: Callable[[], bool], *, pending: bool = False) -> None:
        """Wait until the condition holds and no work is under way; with `pending`, work may wait for its time."""
        ...

    def kill(self, port: int) -> None:
        """Kill -9 the process that calls from that local port, and start again what was killed."""
        ...

    def stop(self) -> None:
        """End all that was started."""
        ...


def play(fixture: Fixture, scenario: Scenario, runner: Runner, folder: Path) -> Record:
    """Run one scenario in a folder of its own and return what it left outside."""
    check_tables(fixture, scenario)
    folder.mkdir(parents=True, exist_ok=True)
    with surroundings(fixture, scenario, folder, runner.kill) as environment:
        environment.database.insert(scenario.given)
        responses: list[Response] = []
        try:
            runner.start(environment)
            for stimulus in scenario.stimuli:
                response = runner.deliver(stimulus)
                responses += [response] if response else []
                if stimulus.until:
                    runner.settle(_condition(environment, stimulus.until), pending=stimulus.until.pending)
            runner.settle(_condition(environment, end_of(scenario)))
        finally:
            runner.stop()
        return environment.record(responses)


def _condition(environment: Environment, until: Until) -> Callable[[], bool]:
    def holds() -> bool:
        return reached(until, environment.outside.calls, environment.mailbox.mails, environment.database.rows())

    return holds
