"""What a user may point the command at by mistake or on purpose: a message or an entry under skipped, the rest done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Undercurrent = Callable[..., "subprocess.CompletedProcess[str]"]
Tree = Callable[[Mapping[str, str | bytes]], Path]

APP = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.post("/orders")
def create_order():
    requests.post("https://api.example.com/orders", timeout=3)
    return {}
"""
CYRILLIC = '# -*- coding: cp1251 -*-\nNAME = "имя"\n'.encode("cp1251")


def scanned(undercurrent: Undercurrent, root: Path, *arguments: str) -> dict[str, Any]:
    run = undercurrent("scan", root, "--format", "json", *arguments)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    return json.loads(run.stdout)


def finds_the_order(document: dict[str, Any]) -> bool:
    handlers = [trigger["handler"] for trigger in document["triggers"]]
    hosts = [effect["target"] for effect in document["effects"] if effect["kind"] == "http"]
    return handlers == ["app.py::create_order"] and any("api.example.com" in host for host in hosts)


def skipped(document: dict[str, Any]) -> dict[str, str]:
    return {entry["file"]: entry["reason"] for entry in document["skipped"]}


def test_a_missing_folder_is_named(undercurrent: Undercurrent):
    run = undercurrent("scan", "no/such/folder")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "undercurrent: no/such/folder: no such folder; name the folder that holds the backend\n"


@pytest.mark.parametrize("files", [{}, {"README.md": "# Nothing"}, {"notes.txt": "x", "web/app.js": "1"}])
def test_a_folder_without_python_is_said_to_hold_none(undercurrent: Undercurrent, tree: Tree, files: dict[str, str]):
    root = tree(files)
    run = undercurrent("scan", root)
    assert run.returncode == 2, run.stdout
    assert "Python" in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.py", b"def broken(:\n    pass\n"),
        ("python2.py", b"print 'hello'\nexec 'x' in {}\n"),
        ("binary.py", bytes(range(256)) * 40),
        ("nul.py", b"x = 1\x00\n"),
        ("latin.py", 'x = "größe"\n'.encode("latin-1")),
        ("codec.py", b"# coding: no-such-codec\nx = 1\n"),
        ("utf16.py", 'x = "größe"\n'.encode("utf-16")),
        ("deep.py", b"x = " + b"(" * 5000 + b"1" + b")" * 5000 + b"\n"),
        ("deeper.py", b"x = " + b"[" * 5000 + b"]" * 5000 + b"\n"),
        ("minus.py", b"x = " + b"-" * 50_000 + b"1\n"),
        ("chain.py", b"x = " + b"a" + b".b" * 20_000 + b"\n"),
        ("sum.py", b"x = " + b"1 + " * 20_000 + b"1\n"),
        ("elif.py", b"if a:\n    pass\n" + b"elif b:\n    pass\n" * 3000),
        ("indent.py", b"".join(b" " * n + b"if x:\n" for n in range(120)) + b" " * 120 + b"pass\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_skipped_and_the_rest_is_done(
    undercurrent: Undercurrent, tree: Tree, name: str, content: bytes
):
    document = scanned(undercurrent, tree({"app.py": APP, name: content}), "--workers", "2")
    assert finds_the_order(document)
    readable = {"chain.py", "sum.py", "elif.py"}
    if name not in readable:
        assert name in skipped(document)
    assert set(skipped(document)) <= {name}


DEEP = {
    "calls": "return " + "send(" * 180 + ")" * 180,
    "lists": "return " + "[" * 190 + "send()" + "]" * 190,
    "functions": "f0()\n\n\n"
    + "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(2000))
    + "def f2000():\n    send()",
    "results": "r0()\n\n\n" + "".join(f"def r{n}():\n    return r{n + 1}()\n" for n in range(2000)) + "r2000 = send",
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_deep_and_can_be_read_goes_through_all_stages(undercurrent: Undercurrent, tree: Tree, kind: str):
    code = (
        "from app import app\nfrom sending import send\n\n\n@app.get('/deep')\ndef deep(x):\n    " + DEEP[kind] + "\n"
    )
    sending = "import requests\n\n\ndef send(*a):\n    requests.get('https://deep.example')\n"
    document = scanned(undercurrent, tree({"app.py": APP, "sending.py": sending, "deep.py": code}))
    assert "deep.py::deep" in [trigger["handler"] for trigger in document["triggers"]]


def test_a_skipped_file_is_named_with_its_line(undercurrent: Undercurrent, tree: Tree):
    root = tree({"app.py": APP, "broken.py": "x = 1\ny = 2\ndef broken(:\n"})
    document = scanned(undercurrent, root)
    (entry,) = document["skipped"]
    assert (entry["file"], entry["line"]) == ("broken.py", 3)
    assert "broken.py:3: " in undercurrent("scan", root).stdout


def test_strict_turns_a_skipped_file_into_a_status(undercurrent: Undercurrent, tree: Tree):
    root = tree({"app.py": APP, "broken.py": "def broken(:\n"})
    run = undercurrent("scan", root, "--strict")
    assert run.returncode == 3
    assert "POST /orders" in run.stdout
    assert "--strict" in run.stderr
    (root / "broken.py").unlink()
    assert undercurrent("scan", root, "--strict").returncode == 0


def test_a_generated_module_of_ten_megabytes_stops_nothing(undercurrent: Undercurrent, tree: Tree):
    table = "TABLE = {\n" + "".join(f"    'key{n}': {n},\n" for n in range(500_000)) + "}\n"
    assert len(table) > 10_000_000
    document = scanned(undercurrent, tree({"app.py": APP, "table.py": table}))
    assert finds_the_order(document)
    assert "table.py" in skipped(document)


def test_links_that_lead_in_circles_or_out_are_not_followed(undercurrent: Undercurrent, tree: Tree, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("import os\nos.system('secret')\n", encoding="utf-8")
    root = tree({"app.py": APP, "package/inner.py": "X = 1\n"})
    (root / "package" / "loop").symlink_to(root, target_is_directory=True)
    (root / "self").symlink_to("self")
    (root / "out").symlink_to(outside, target_is_directory=True)
    (root / "secret.py").symlink_to(outside / "secret.py")
    (root / "gone.py").symlink_to(root / "nowhere.py")
    document = scanned(undercurrent, root)
    assert finds_the_order(document)
    assert "secret.py::" not in json.dumps(document)
    assert document["stats"]["files"] == 2


# Without its capabilities, root may read no more than others; they come back with a new program, so none is started.
UNPRIVILEGED = """
import ctypes, os, sys
if os.geteuid() == 0:
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(header, data) == 0
from discover.cli import main
main(sys.argv[1:])
"""


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may read every file")
@pytest.mark.parametrize("place", ["private.py", "closed", ".gitignore"])
def test_what_may_not_be_read_is_skipped(tree: Tree, project: Path, place: str):
    root = tree({"app.py": APP, "private.py": "X = 1\n", "closed/a.py": "", ".gitignore": "x\n"})
    (root / place).chmod(0)
    try:
        run = subprocess.run(
            [sys.executable, "-c", UNPRIVILEGED, "scan", str(root), "--no-cache", "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
            cwd=project,
        )
    finally:
        (root / place).chmod(0o700)
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    assert finds_the_order(document)
    name = "closed/" if place == "closed" else place
    assert "Permission denied" in skipped(document)[name]


@pytest.mark.parametrize(
    "name", ["serverless.yml", "docker-compose.yml", "deploy/cronjob.yaml", ".github/workflows/x.yml"]
)
def test_a_yaml_bomb_is_skipped(undercurrent: Undercurrent, tree: Tree, name: str):
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    bomb = "services: {}\nfunctions: {}\non: {}\nkind: CronJob\nl0: &l0 [x, x]\n" + levels
    document = scanned(undercurrent, tree({"app.py": APP, name: bomb}))
    assert finds_the_order(document)
    assert name in skipped(document)


def test_a_yaml_bomb_as_configuration_is_an_error_with_its_file(undercurrent: Undercurrent, tree: Tree):
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    root = tree({"app.py": APP, "undercurrent.yaml": "l0: &l0 [x, x]\n" + levels})
    run = undercurrent("scan", root)
    assert run.returncode == 2
    assert "undercurrent.yaml" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_wrong_setting_is_an_error_with_its_line(undercurrent: Undercurrent, tree: Tree):
    root = tree({"app.py": APP, "undercurrent.yaml": "include: ['*.py']\nexlude: [legacy]\n"})
    run = undercurrent("scan", root)
    assert run.returncode == 2
    assert "undercurrent.yaml:2: " in run.stderr
    assert "did you mean `exclude`?" in run.stderr


HOSTILE = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.post('/"><script>alert(1)</script>/\\n\\x1b[2J')
def create_order():
    requests.post("https://api.example.com/'</script><!--\\u2028")
    if input() == "</script><img src=x onerror=alert(1)>":
        open("it's `quoted` \\"twice\\"\\n---\\n- yaml: *bomb", "w").write("x")
"""


@pytest.mark.parametrize("command", ["scan", "show", "diagram", "yaml", "mermaid"])
def test_hostile_texts_stay_texts(undercurrent: Undercurrent, tree: Tree, tmp_path: Path, command: str):
    root = tree({"app.py": HOSTILE, 'it\'s "a" <b>\n.py': APP})
    arguments = {
        "scan": ("scan", root),
        "show": ("show", root, "app.py::create_order"),
        "diagram": ("diagram", root, "-o", tmp_path / "page.html"),
        "yaml": ("export", root, "--to", "yaml", "-o", tmp_path / "out"),
        "mermaid": ("export", root, "--to", "mermaid", "-o", tmp_path / "out"),
    }[command]
    run = undercurrent(*arguments)
    assert run.returncode == 0, run.stderr
    assert "\x1b" not in run.stdout
    assert "\x1b" not in run.stderr
    if command == "diagram":
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize("damage", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_broken_cache_is_made_anew(undercurrent: Undercurrent, tree: Tree, tmp_path: Path, damage: bytes):
    root, cache = tree({"app.py": APP}), tmp_path / "cache"
    first = scanned(undercurrent, root, "--cache-dir", str(cache))
    files = [file for file in cache.rglob("*") if file.is_file()]
    assert files
    for file in files:
        file.write_bytes(damage)
    assert scanned(undercurrent, root, "--cache-dir", str(cache)) == first
    assert scanned(undercurrent, root, "--cache-dir", str(cache)) == first


def test_a_cache_that_cannot_be_written_is_done_without(undercurrent: Undercurrent, tree: Tree, tmp_path: Path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    document = scanned(undercurrent, tree({"app.py": APP}), "--cache-dir", str(tmp_path / "file" / "cache"))
    assert finds_the_order(document)


def test_every_encoding_that_python_allows_is_read(undercurrent: Undercurrent, tree: Tree):
    document = scanned(undercurrent, tree({"app.py": APP, "cyrillic.py": CYRILLIC, "bom.py": b"\xef\xbb\xbfX = 1\n"}))
    assert skipped(document) == {}
    assert document["stats"]["files"] == 3


ODD_VALUES = """\
import time
import requests
from celery import Celery
from flask import Flask

app = Flask(__name__)
queue = Celery()


@app.get("/users/all")
def odd():
    requests.get("http://[bad/users/all")
    for turn in range(10**30, 99999999999999999999999999999999):
        try:
            return requests.get("http://localhost:port]/users/all")
        except OSError:
            pass
    for turn in range(0, 5, 0):
        try:
            return requests.get("http://x:99999999/users/all")
        except OSError:
            pass


@queue.task(max_retries=1e999, default_retry_delay=1e999, retry_backoff=1e999)
def endless():
    requests.post("https://a.example")


@queue.task(autoretry_for=(OSError,), max_retries=50_000, default_retry_delay=10, retry_backoff=True)
def many():
    requests.post("https://a.example")
"""


@pytest.mark.parametrize("target", ["yaml", "mermaid", "dbos", "unmeshed"])
def test_values_that_cannot_be_reckoned_with_stop_nothing(
    undercurrent: Undercurrent, tree: Tree, tmp_path: Path, target: str
):
    run = undercurrent("export", tree({"app.py": ODD_VALUES}), "--to", target, "-o", tmp_path / "out")
    assert run.returncode == 0, run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_is_the_users_to_mend(undercurrent: Undercurrent, tree: Tree, form: str, project: Path):
    code = f"import sys; from discover.cli import main; main(['scan', sys.argv[1], '--format', {form!r}])"
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        run = subprocess.run(
            [sys.executable, "-c", code, str(tree({"app.py": APP}))],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=project,
        )
    assert (run.returncode, run.stderr) == (
        2,
        "undercurrent: standard output can't be written: No space left on device\n",
    )
