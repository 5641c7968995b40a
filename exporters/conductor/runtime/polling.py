"""Takes tasks from the server, does them, and tells what came of them and that they are under way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from conductor.client.configuration.configuration import Configuration
from conductor.client.http.models.task import Task
from conductor.client.http.models.task_result import TaskResult
from conductor.client.http.rest import ApiException
from conductor.client.orkes.orkes_base_client import OrkesBaseClient
from conductor.client.orkes.orkes_task_client import OrkesTaskClient

Json = dict[str, Any]
Work = Callable[[Json, int], tuple[str, Json]]
"""Takes a task's input and how often it was tried before; gives the task's status and output."""

_AT_ONCE = 1
"""Milliseconds that the server may hold a question for work: it has said that there is some."""
_SOON, _LATE = 0.02, 0.25
"""Seconds between two looks for work: right after some has been done, and when none has come for a while."""
_BEAT = 3.0
"""Seconds between two signs of life: a third of what the task definitions allow."""
_PAUSE = 1.0
_NOT_SAID = frozenset({403, 404, 405, 501})
_OWN_FAULT = 500
"""The first status that tells of a fault of the server's own; 0 tells that it can't be reached."""
_log = logging.getLogger(__name__)


class Polling:
    """Workers of many task types in this process.

    One question tells which of the server's queues hold work, and only those are asked for it: hundreds of types that
    each ask for themselves would keep the server busy with nothing.
    """

    def __init__(self, configuration: Configuration, name: str, threads: int) -> None:
        self._name = name
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads)
        self._open: dict[str, TaskResult] = {}
        self._client = OrkesTaskClient(configuration)
        self._queues: Any = OrkesBaseClient(configuration).taskResourceApi
        self._has_ended = threading.Event()

    def serve(self, works: Mapping[str, Work], on_ready: Callable[[], None]) -> None:
        """Serve these task types for ever."""
        threading.Thread(target=self._beat, daemon=True).start()
        on_ready()
        pause = _SOON
        while True:
            try:
                taken = self._take_all(works)
            except Exception as error:  # noqa: BLE001 - the server is away for a while
                _log.warning("no work can be taken: %s", error)
                time.sleep(_PAUSE)
                continue
            pause = _SOON if taken else min(2 * pause, _LATE)
            if self._has_ended.wait(pause):
                self._has_ended.clear()
                pause = _SOON

    def _take_all(self, works: Mapping[str, Work]) -> int:
        """Take what there is, as far as there are threads for it."""
        sizes = self._sizes(works)
        taken = 0
        for kind, size in sizes.items():
            count = min(size, self._threads - len(self._open))
            if count <= 0:
                continue
            for task in self._client.batch_poll_tasks(kind, self._name, count, _AT_ONCE) or ():
                self._open[task.task_id] = self._result(task, "IN_PROGRESS", extend_lease=True)
                self._pool.submit(self._do, task, works[kind])
                taken += 1
        return taken

    def _sizes(self, works: Mapping[str, Work]) -> dict[str, int]:
        """How many tasks wait, by type; a server that does not say is asked for one of each."""
        try:
            told: Mapping[str, int] = self._queues.all()
        except ApiException as error:
            if error.status not in _NOT_SAID:
                raise
            return dict.fromkeys(works, 1)
        return {kind: size for kind in works if (size := told.get(kind, 0))}

    def _beat(self) -> None:
        """Tell of all work under way that it is."""
        while True:
            time.sleep(_BEAT)
            for result in list(self._open.values()):
                self._tell(result)

    def _do(self, task: Task, work: Work) -> None:
        try:
            status, output = work(task.input_data or {}, task.retry_count or 0)
            result = self._result(task, status, output)
        except Exception as error:  # noqa: BLE001 - a fault of the workers themselves
            _log.exception("the task %s can't be done", task.task_def_name)
            reason = f"{type(error).__name__}: {error}"
            result = self._result(task, "FAILED_WITH_TERMINAL_ERROR", reason=reason)
        while not self._tell(result):
            time.sleep(_PAUSE)
        self._open.pop(task.task_id, None)
        self._has_ended.set()

    def _tell(self, result: TaskResult) -> bool:
        try:
            self._client.update_task(result)
        except Exception as error:  # noqa: BLE001 - the server is away for a while
            _log.warning("what came of a task can't be told: %s", error)
            return False
        return True

    def _result(
        self,
        task: Task,
        status: str,
        output: Json | None = None,
        *,
        reason: str | None = None,
        extend_lease: bool = False,
    ) -> TaskResult:
        return TaskResult(
            workflow_instance_id=task.workflow_instance_id,
            task_id=task.task_id,
            worker_id=self._name,
            status=status,
            output_data=output or {},
            reason_for_incompletion=reason,
            extend_lease=extend_lease,
        )


def patiently(ask: Callable[[], object]) -> None:
    """Ask the server for something until it has answered: it may be away for a while."""
    while True:
        try:
            ask()
        except ApiException as error:
            if error.status and error.status < _OWN_FAULT:
                raise
            _log.warning("the server has not answered: %s", error)
            time.sleep(_PAUSE)
        else:
            return
