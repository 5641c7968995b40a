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
from conductor.client.orkes.orkes_task_client import OrkesTaskClient

Json = dict[str, Any]
Work = Callable[[Json, int], tuple[str, Json]]
"""Takes a task's input and how often it was tried before; gives the task's status and output."""

_LONG_POLL = 1000
"""Milliseconds that the server may hold a question for work."""
_AT_ONCE = 1
"""Tasks that a question asks for: the server waits for as many as that, or until the time is over."""
_BEAT = 3.0
"""Seconds between two signs of life: a third of what the task definitions allow."""
_PAUSE = 1.0
_log = logging.getLogger(__name__)


class Polling:
    """Workers of several task types in this process, each with a thread that asks for work."""

    def __init__(self, configuration: Configuration, name: str, threads: int) -> None:
        self._configuration = configuration
        self._name = name
        self._pool = ThreadPoolExecutor(threads)
        self._open: dict[str, TaskResult] = {}
        self._client = OrkesTaskClient(configuration)

    def serve(self, works: Mapping[str, Work], on_ready: Callable[[], None]) -> None:
        """Serve these task types for ever."""
        for kind, work in works.items():
            threading.Thread(target=self._ask, args=(kind, work), name=kind, daemon=True).start()
        on_ready()
        while True:
            time.sleep(_BEAT)
            for result in list(self._open.values()):
                self._tell(result)

    def _ask(self, kind: str, work: Work) -> None:
        client = OrkesTaskClient(self._configuration)
        while True:
            try:
                tasks = client.batch_poll_tasks(kind, self._name, _AT_ONCE, _LONG_POLL)
            except Exception as error:  # noqa: BLE001 - the server is away for a while
                _log.warning("no work can be taken from %s: %s", kind, error)
                time.sleep(_PAUSE)
                continue
            for task in tasks or ():
                self._open[task.task_id] = self._result(task, "IN_PROGRESS", extend_lease=True)
                self._pool.submit(self._do, task, work)

    def _do(self, task: Task, work: Work) -> None:
        try:
            status, output = work(task.input_data or {}, task.retry_count or 0)
            result = self._result(task, status, output)
        except Exception as error:  # noqa: BLE001 - a fault of the workers themselves
            _log.exception("the task %s can't be done", task.task_def_name)
            reason = f"{type(error).__name__}: {error}"
            result = self._result(task, "FAILED_WITH_TERMINAL_ERROR", reason=reason)
        self._open.pop(task.task_id, None)
        while not self._tell(result):
            time.sleep(_PAUSE)

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
