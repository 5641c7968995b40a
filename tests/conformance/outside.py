"""The outside world of a run, played on loopback: HTTP services that answer from a script, and a sink for mail."""

from __future__ import annotations

import fnmatch
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from aiosmtpd.controller import Controller

from tests.conformance.record import Call, Mail
from tests.conformance.spec import Answer, Kill, Service
from tests.ports import free_port

_FAILURE = 400
NOT_EXPECTED = Answer(status=599, text="this scenario has no answer for it")


class Outside:
    """All outside services of a fixture, each on a port of its own, in one record of calls."""

    def __init__(
        self,
        services: Mapping[str, Service],
        answers: Mapping[str, Sequence[Answer]],
        kill: Kill | None = None,
        on_kill: Callable[[int], None] = lambda port: None,
    ) -> None:
        self.calls: list[Call] = []
        self.effects: dict[str, list[str]] = {}
        """What services that do a thing once have done, by call: the keys of it."""
        self._done: dict[tuple[str, str], Answer] = {}
        self.open = 0
        self.changed = time.monotonic()
        self._services = services
        self._answers = {key: list(given) for key, given in answers.items()}
        self._kill, self._on_kill, self._times = kill, on_kill, 0
        self._lock = threading.Lock()
        self._servers = {name: _Server(name, self) for name in services}

    def url(self, service: str) -> str:
        """The base URL of a service."""
        return f"http://127.0.0.1:{self._servers[service].server_address[1]}"

    def answer(self, service: str, request: BaseHTTPRequestHandler) -> None:
        """Write down a request and answer it, or kill who asks."""
        call = self._recorded(service, request)
        with self._lock:
            self.calls.append(call)
            self.open += 1
            self.changed = time.monotonic()
            answer = self._next(call)
            self._times += self._kill is not None and call.label == self._kill.after
            kills = self._kill is not None and call.label == self._kill.after and self._times == self._kill.times
        try:
            if kills:
                self._on_kill(request.client_address[1])
            else:
                self._send(request, answer)
        finally:
            with self._lock:
                self.open -= 1
                self.changed = time.monotonic()

    def close(self) -> None:
        """Stop serving."""
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def _recorded(self, service: str, request: BaseHTTPRequestHandler) -> Call:
        text = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        parts = urlsplit(request.path)
        headers = {name: request.headers[name] for name in self._services[service].headers if name in request.headers}
        return Call(
            service, request.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, plain(text)
        )

    def _next(self, call: Call) -> Answer:
        """The script's next answer, or the one that a service gave to this request when it came first."""
        key = key_of(call, self._services[call.service])
        known = self._done.get((call.label, key)) if key else None
        if known is not None:
            return known
        given = self._answers.get(call.label) or self._answers.get(call.service) or [NOT_EXPECTED]
        answer = given.pop(0) if len(given) > 1 else given[0]
        if key and answer.status < _FAILURE and not answer.closed:
            self._done[call.label, key] = msgspec.structs.replace(answer, delay=0)
            self.effects.setdefault(call.label, []).append(key)
        return answer

    def _send(self, request: BaseHTTPRequestHandler, answer: Answer) -> None:
        time.sleep(answer.delay)
        request.close_connection = True
        if answer.closed:
            return
        is_json = answer.json is not msgspec.UNSET
        data = (json.dumps(answer.json) if is_json else answer.text).encode()
        try:
            request.send_response(answer.status)
            request.send_header("Content-Type", "application/json" if is_json else "text/plain")
            request.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(data)
        except OSError:
            pass  # The asker waited no longer.


def key_of(call: Call, service: Service) -> str | None:
    """What a service knows the request by when it comes again; None for one that is done each time."""
    for pattern, said in service.once.items():
        if fnmatch.fnmatchcase(f"{call.method} {call.path}", pattern):
            place, _, name = said.partition(" ")
            match place:
                case "header":
                    return call.headers.get(name)
                case "json":
                    return str(call.body[name]) if isinstance(call.body, dict) and name in call.body else None
                case _:
                    return call.path
    return None


class _Server(ThreadingHTTPServer):
    """One service: every method and path goes to `Outside.answer`."""

    daemon_threads = True
    request_queue_size = 32

    def __init__(self, service: str, outside: Outside) -> None:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                outside.answer(service, self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names of the base class

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        body = message.get_body(("plain", "html"))
        text = str(body.get_content()) if body is not None else ""
        self.mails.append(
            Mail(
                str(envelope.mail_from),
                tuple(sorted(envelope.rcpt_tos)),
                str(message["Subject"]),
                text.replace("\r\n", "\n").strip(),
            )
        )
        return "250 OK"

    def close(self) -> None:
        """Stop serving."""
        self._controller.stop()


def plain(text: str) -> Any:
    """The value of a JSON text; of any other, the text; nothing for an empty one."""
    try:
        return json.loads(text)
    except ValueError:
        return text or None
