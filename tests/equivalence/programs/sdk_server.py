"""The HTTP side of the simulation: the routes that the official SDK's workers call, and a queue per worker."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class Queues:
    """Work that waits for a worker, and results that wait for the simulation."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Json]] = defaultdict(deque)
        self._results: dict[int, Json] = {}
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self.polls = 0

    def call(self, record: Json, queue: str, given: Json) -> Json:
        """Put work on a queue and wait for what the worker makes of it."""
        number, now = next(self._ids), int(time.time() * 1000)
        item = {
            "processId": record["id"],
            "stepId": number,
            "stepExecutionId": number,
            "shardInstanceId": None,
            "stepName": queue,
            "stepNamespace": "default",
            "stepRef": queue,
            "inputParam": given,
            "isOptional": False,
            "polled": now,
            "scheduled": now,
            "updated": now,
            "priority": 0,
        }
        with self._changed:
            self._waiting[queue].append(item)
            if not self._changed.wait_for(lambda: number in self._results, timeout=60):
                raise RuntimeError(f"no worker took {queue}")
            result = self._results.pop(number)
        if result["status"] != "COMPLETED":
            raise RuntimeError(result["output"].get("lastError"))
        return result["output"]

    def take(self, wanted: list[Json]) -> list[Json]:
        """What a poll gets."""
        with self._changed:
            self.polls += 1
            return [
                self._waiting[one["stepQueueNameData"]["name"]].popleft()
                for one in wanted
                for _ in range(min(one["size"], len(self._waiting[one["stepQueueNameData"]["name"]])))
            ]

    def give(self, results: list[Json]) -> None:
        """Results from a worker."""
        with self._changed:
            self._results.update({result["stepId"]: result for result in results})
            self._changed.notify_all()


def serve(queues: Queues) -> int:
    """Serve on a free port and return it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body: Any = json.loads(self.rfile.read(length)) if length else None
            if not (self.headers.get("Authorization") or "").startswith("Bearer client.sdk."):
                self.answer({"errorMessage": "no authorization"}, 401)
            elif self.path.startswith("/api/clients/register"):
                self.answer(body)
            elif self.path.startswith("/api/clients/poll"):
                self.answer(queues.take(body))
            elif self.path.startswith("/api/clients/bulkResults"):
                queues.give(body)
                self.answer({str(r["stepId"]): {"processId": r["processId"], "stepId": r["stepId"]} for r in body})
            else:
                self.answer({"errorMessage": f"{self.path} is not simulated"}, 404)

        def do_PUT(self) -> None:
            self.do_POST()

        def answer(self, value: Any, status: int = 200) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])
