"""`undercurrent serve`: a real server, asked by a real client and watched by a real browser."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from discover.cli.serving.page_server import WAITING, Shown, serving
from discover.cli.serving.watching import state_of

Tree = Callable[[Mapping[str, str | bytes]], Path]

CODE = """
import requests
from flask import Flask

app = Flask(__name__)


@app.post("/orders")
def place_order():
    requests.post("https://api.stripe.com/v1/charges", timeout=3)
"""


class Served:
    """A running `undercurrent serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line + self.end()[1]
        self.address = found[0]

    def ask(self, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        return ask(self.address, path, method, **headers)

    def news(self, version: str, trouble: str = "") -> dict[str, str]:
        """What is shown instead of that, asked for again and again as pages do: other work may slow the scan."""
        known = {"version": version, "trouble": trouble}
        for _ in range(6):
            told = json.loads(self.ask(f"/changes?{urlencode(known)}")[2])
            if told != known:
                return told
        raise AssertionError(f"nothing else than {known} is shown in two minutes")

    def end(self) -> tuple[int, str]:
        """Ctrl-C, as a terminal sends it; gives the exit status and what was said on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, said


def ask(address: str, path: str = "/", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    host = urlsplit(address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), text


@pytest.fixture
def served(tree: Tree, tmp_path: Path) -> Iterator[Served]:
    root = tree({"shop/views.py": CODE})
    process = subprocess.Popen(
        [sys.executable, "-m", "discover", "serve", root, "--cache-dir", tmp_path / "cache"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=Path(__file__).parents[2],
    )
    running = Served(process)
    yield running
    running.end()


def test_the_page_is_served_to_this_machine_and_ctrl_c_ends_it(served: Served) -> None:
    status, headers, text = served.ask()
    assert status == 200
    assert "POST /orders" in text
    assert "connect-src 'self'" in text
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert served.ask(method="HEAD")[2] == ""
    assert served.end() == (0, "stopped\n")


def test_a_change_of_the_code_is_told_and_shown(served: Served, tmp_path: Path) -> None:
    version = json.loads(served.ask("/changes")[2])["version"]
    assert f'"live":"{version}"' in served.ask()[2]
    file = tmp_path / "tree" / "shop" / "views.py"
    file.write_text(CODE.replace("/orders", "/returns"))
    news = served.news(version)
    assert news["version"] != version
    assert news["trouble"] == ""
    assert "POST /returns" in served.ask()[2]


def test_settings_that_can_not_be_read_are_told_and_the_last_page_stays(served: Served, tmp_path: Path) -> None:
    version = json.loads(served.ask("/changes")[2])["version"]
    settings = tmp_path / "tree" / "undercurrent.yaml"
    settings.write_text("exclude: 7\n")
    news = served.news(version)
    assert news["version"] == version
    assert "undercurrent.yaml" in news["trouble"]
    assert "POST /orders" in served.ask()[2]
    settings.unlink()
    assert served.news(**news) == {"version": version, "trouble": ""}


@pytest.mark.browser
def test_an_open_page_follows_the_code(served: Served, tmp_path: Path, browser: Any) -> None:
    page = browser.new_page()
    troubles: list[str] = []

    def said(message: Any) -> None:
        troubles.append(str(getattr(message, "text", message)))

    page.on("console", said)
    page.on("pageerror", said)
    page.goto(f"{served.address}#systems")
    assert (
        "api.stripe.com" in page.locator("#systems").inner_text() or "Stripe" in page.locator("#systems").inner_text()
    )
    file = tmp_path / "tree" / "shop" / "views.py"
    file.write_text(CODE.replace("api.stripe.com", "hooks.slack.com"))
    page.locator("#systems >> text=/slack/i").first.wait_for(timeout=60_000)
    assert page.evaluate("location.hash") == "#systems"
    served.end()
    page.locator("#live-bar >> text=has stopped").wait_for(timeout=30_000)
    page.close()
    assert not [one for one in troubles if "ERR_CONNECTION_REFUSED" not in one and "ERR_EMPTY_RESPONSE" not in one]


@pytest.mark.browser
def test_a_reader_may_ask_to_be_asked(served: Served, tmp_path: Path, browser: Any) -> None:
    page = browser.new_page()
    page.add_init_script("sessionStorage.setItem('asks', '1')")
    page.goto(served.address)
    (tmp_path / "tree" / "shop" / "views.py").write_text(CODE.replace("/orders", "/returns"))
    button = page.locator("#live-bar button", has_text="Show it")
    button.wait_for(timeout=60_000)
    assert page.locator("#table >> text=/orders").count()
    button.click()
    page.locator("#table >> text=/returns").first.wait_for()
    page.close()


@pytest.fixture
def bare() -> Iterator[tuple[str, Shown]]:
    shown = Shown("TOKEN")
    shown.show("the page, version TOKEN")
    with serving(shown, 0) as address:
        yield address, shown


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/index.html",
        "/shop/views.py",
        "/changes/",
        "/%00",
    ],
)
def test_no_path_but_the_two_leads_anywhere(bare: tuple[str, Shown], path: str) -> None:
    status, _, text = ask(bare[0], path)
    assert (status, text) == (404, "there is one page here: /\n")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "", "0.0.0.0"])
def test_a_name_that_leads_here_by_accident_or_intent_is_refused(bare: tuple[str, Shown], host: str) -> None:
    status, _, text = ask(bare[0], "/", Host=host)
    assert status == 421
    assert "the page" not in text


def test_the_names_of_this_machine_are_answered(bare: tuple[str, Shown]) -> None:
    port = urlsplit(bare[0]).port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert ask(bare[0], "/", Host=host)[0] == 200


def test_other_sites_learn_nothing(bare: tuple[str, Shown]) -> None:
    assert ask(bare[0], "/changes", Sec_Fetch_Site="cross-site")[0] == 403
    assert "Access-Control-Allow-Origin" not in ask(bare[0], "/changes")[1]
    assert ask(bare[0], "/", "POST")[0] == 501


def test_a_waiting_page_is_told_at_once_and_the_same_page_is_no_change(bare: tuple[str, Shown]) -> None:
    address, shown = bare
    version = shown.version
    assert shown.show("the page, version TOKEN") is False
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(ask(address, f"/changes?version={version}")[2]))
    waiting.start()
    time.sleep(0.3)
    assert not answers
    shown.show("another page, version TOKEN")
    waiting.join(timeout=5)
    assert json.loads(answers[0])["version"] == shown.version != version
    assert ask(address)[2] == f"another page, version {shown.version}"


def test_more_pages_than_may_wait_are_answered_at_once(bare: tuple[str, Shown]) -> None:
    address, shown = bare
    shown.waiting = WAITING
    start = time.monotonic()
    assert ask(address, f"/changes?version={shown.version}")[0] == 200
    assert time.monotonic() - start < 5
    shown.waiting = 0


def test_the_end_does_not_wait_for_waiting_pages() -> None:
    shown = Shown("TOKEN")
    shown.show("page")
    start = time.monotonic()
    with serving(shown, 0) as address:
        asking = threading.Thread(target=lambda: ask(address, f"/changes?version={shown.version}"))
        asking.start()
        time.sleep(0.3)
    asking.join(timeout=5)
    assert not asking.is_alive()
    assert time.monotonic() - start < 5


def test_a_port_that_is_taken_is_a_plain_error(bare: tuple[str, Shown], undercurrent: Any, tree: Tree) -> None:
    root = tree({"a.py": "x = 1\n"})
    done = undercurrent("serve", root, "--no-cache", "--port", str(urlsplit(bare[0]).port))
    assert done.returncode == 2
    assert "without --port" in done.stderr


def test_whatever_a_scan_reads_counts_as_a_change_and_nothing_else(tree: Tree) -> None:
    files = {"a.py": "x = 1\n", ".gitignore": "out/\n", "out/b.py": "x = 1\n", "notes.bin": b"\0"}
    root = tree(files)
    states = [state_of(root, None)]

    def after(name: str, text: str) -> bool:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
        states.append(state_of(root, None))
        return states[-1] != states[-2]

    assert state_of(root, None) == states[0]
    assert after("a.py", "x = 12\n")
    assert not after("out/b.py", "x = 123\n")
    assert not after("notes.bin", "more")
    assert after("new/c.py", "")
    assert after("undercurrent.yaml", "exclude: [new]\n")
    assert after("undercurrent.yaml", "exclude: 7\n")
    assert after("undercurrent.yaml", "exclude: [new]\n")
