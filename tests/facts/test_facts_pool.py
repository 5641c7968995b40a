from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from discover.facts import newer_syntax, pool, processes
from discover.facts.cache import FactsCache
from discover.facts.contents import read_contents, tree_key
from discover.facts.failure import Failure
from discover.facts.pool import extract_all
from discover.facts.records import ModuleFacts
from discover.facts.rewriting import Rewritten


class File(msgspec.Struct):
    path: str
    absolute: Path


Write = Callable[[dict[str, bytes]], list[File]]


@pytest.fixture
def forking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults that are put into this process reach the others, whatever threads earlier tests have left behind."""
    monkeypatch.setattr(processes, "_context", lambda: multiprocessing.get_context("fork"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(contents: dict[str, bytes]) -> list[File]:
        for name, content in contents.items():
            (tmp_path / name).write_bytes(content)
        return [File(name, tmp_path / name) for name in contents]

    return files


@pytest.fixture
def parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are used for however little work, in small batches."""
    monkeypatch.setattr(pool, "IN_PROCESS_BYTES", 0)
    monkeypatch.setattr(processes, "BATCH_BYTES", 60)


MANY = {f"m{number:02}.py": f"a{number}()\n".encode() * (number + 1) for number in range(40)} | {
    "bad.py": b"x = 1\n  def (",
    "binary.py": b"\0",
    "a_copy.py": b"a3()\n" * 4,
}


def _bytes(results: Sequence[ModuleFacts | Failure]) -> bytes:
    return msgspec.msgpack.encode(results)


@pytest.mark.usefixtures("parallel")
def test_results_are_the_same_bytes_for_any_number_of_workers_and_with_a_cache(write: Write, tmp_path: Path) -> None:
    files = write(MANY)
    expected = extract_all(files, workers=1)
    assert [result.path for result in expected] == list(MANY)
    for workers in (2, 5):
        assert _bytes(extract_all(files, workers=workers)) == _bytes(expected)
    for workers in (2, 1, 3):
        with FactsCache(tmp_path / "cache") as cache:
            assert _bytes(extract_all(files, workers=workers, cache=cache)) == _bytes(expected)


def test_failures_say_path_line_and_reason(write: Write) -> None:
    files = [*write(MANY), File("missing.py", Path("/nowhere/missing.py")), File("folder.py", Path("/"))]
    failures = [result for result in extract_all(files, workers=1) if isinstance(result, Failure)]
    assert [(failure.path, failure.line) for failure in failures] == [
        ("bad.py", 2),
        ("binary.py", 1),
        ("missing.py", 0),
        ("folder.py", 0),
    ]
    assert failures[0].reason.startswith("syntax error: ")
    assert failures[2].reason == "cannot be read: No such file or directory"
    assert failures[3].reason == "not a regular file"


def test_a_named_pipe_does_not_stop_the_scan(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (result,) = extract_all([File("pipe.py", tmp_path / "pipe.py")], workers=1)
    assert result == Failure("pipe.py", 0, "not a regular file")


def test_a_file_beyond_the_limit_is_not_read(write: Write) -> None:
    small, large = extract_all(write({"small.py": b"x", "large.py": b"x" * 11}), workers=1, limit=10)
    assert isinstance(small, ModuleFacts)
    assert large == Failure("large.py", 0, "11 bytes are more than the limit of 10")


@pytest.mark.usefixtures("parallel")
@pytest.mark.parametrize("workers", [1, 2])
def test_progress_counts_each_file_once(write: Write, tmp_path: Path, workers: int) -> None:
    for _ in ("cold", "warm"):
        counts: list[int] = []
        with FactsCache(tmp_path / "cache") as cache:
            extract_all(write(MANY), workers=workers, cache=cache, progress=counts.append)
        assert sum(counts) == len(MANY)


def test_only_what_changed_is_read_again(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FactsCache(tmp_path / "cache") as cache:
        extract_all(write({"a.py": b"a()", "b.py": b"b()"}), workers=1, cache=cache)
        read: list[str] = []
        original = pool.facts_or_failure

        def noted(path: str, content: bytes, *, own_syntax: bool) -> ModuleFacts | Failure:
            read.append(path)
            return original(path, content, own_syntax=own_syntax)

        monkeypatch.setattr(pool, "facts_or_failure", noted)
        results = extract_all(write({"a.py": b"a()", "b.py": b"c()", "d.py": b"a()"}), workers=1, cache=cache)
    assert read == ["b.py"]
    assert [result.path for result in results] == ["a.py", "b.py", "d.py"]


def test_a_broken_entry_of_the_cache_is_read_anew(write: Write, tmp_path: Path) -> None:
    files = write({"a.py": b"a()"})
    with FactsCache(tmp_path / "cache") as cache:
        expected = extract_all(files, workers=1, cache=cache)
        cache.store([(pool.facts_key(b"a()"), b"\x96 broken")])
        assert extract_all(files, workers=1, cache=cache) == expected
        assert extract_all(files, workers=1, cache=cache) == expected


@pytest.mark.skipif(sys.platform != "linux", reason="the fault is put in by forking")
@pytest.mark.usefixtures("parallel", "forking")
@pytest.mark.parametrize("fault", ["signal", "exit"])
def test_a_file_that_kills_its_process_becomes_a_failure(
    write: Write, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    from discover.facts import worker

    original = worker.extract

    def deadly(path: str, content: bytes, *, own_syntax: bool) -> ModuleFacts:
        if b"deadly" in content:
            os.kill(os.getpid(), signal.SIGKILL) if fault == "signal" else os._exit(3)
        return original(path, content, own_syntax=own_syntax)

    monkeypatch.setattr(worker, "extract", deadly)
    files = write(MANY | {"deadly1.py": b"deadly()", "after.py": b"x", "deadly2.py": b"deadly(1)"})
    results = extract_all(files, workers=2)
    assert [result.path for result in results] == [file.path for file in files]
    ended = "was killed by signal 9" if fault == "signal" else "ended with status 3"
    assert [result for result in results if isinstance(result, Failure)][2:] == [
        Failure("deadly1.py", 0, f"the process that read it {ended}"),
        Failure("deadly2.py", 0, f"the process that read it {ended}"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the fault is put in by forking")
@pytest.mark.usefixtures("forking")
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [("crash", "was killed by signal 9"), ("hang", "took more than 1 seconds")],
)
def test_a_file_that_breaks_the_parser_of_newer_syntax_becomes_a_failure(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, fault: str, reason: str
) -> None:
    original = newer_syntax.rewritten

    def broken(text: str) -> Rewritten | None:
        if "hostile" in text:
            os.kill(os.getpid(), signal.SIGKILL) if fault == "crash" else time.sleep(60)
        return original(text)

    monkeypatch.setattr(newer_syntax, "rewritten", broken)
    monkeypatch.setattr(processes, "DEADLINE_SECONDS", 1.0)
    if workers > 1:
        monkeypatch.setattr(pool, "IN_PROCESS_BYTES", 0)
    names = ["a.py", "before.py", "hostile.py", "last.py", "z.py"]
    newer = b"try:\n    a()\nexcept A, B:\n    pass\n"
    files = write(dict(zip(names, [b"a()", newer, b"def hostile(:", newer + b"b()", b"b()"], strict=True)))
    with FactsCache(tmp_path / "cache") as cache:
        results = extract_all(files, workers=workers, cache=cache)
    assert [result.path for result in results] == names
    assert [result for result in results if isinstance(result, Failure)] == [
        Failure("hostile.py", 0, f"the process that read it {reason}")
    ]


def test_little_to_read_in_the_interpreters_own_syntax_starts_no_process(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "results_of", None)
    assert len(extract_all(write({"a.py": b"a()", "b.py": b"\0", "c.py": b"c"}), workers=4)) == 3


@pytest.mark.usefixtures("parallel")
def test_processes_also_start_while_other_threads_run(write: Write) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        files = write({name: MANY[name] for name in list(MANY)[:3]})
        assert _bytes(extract_all(files, workers=2)) == _bytes(extract_all(files, workers=1))
    finally:
        stop.set()
        thread.join()


@pytest.mark.usefixtures("parallel")
@pytest.mark.parametrize("possible", [0, 1])
def test_fewer_processes_do_where_the_system_gives_no_more(
    write: Write, monkeypatch: pytest.MonkeyPatch, possible: int
) -> None:
    started: list[object] = []
    original = processes._Worker

    def scarce(context: Any) -> object:
        if len(started) >= possible:
            raise BlockingIOError("Resource temporarily unavailable")
        started.append(context)
        return original(context)

    files = write(MANY)
    expected = _bytes(extract_all(files, workers=1))
    monkeypatch.setattr(processes, "_Worker", scarce)
    assert _bytes(extract_all(files, workers=4)) == expected
    assert len(started) == possible


HOSTILE = [
    b"x = " + b"(" * 5_000 + b")" * 5_000,
    b"x = 1\ny = " + b"[" * 190 + b"]" * 190,
    b"x = " + b" + ".join([b"a"] * 3_000),
    b"x = " + b" + ".join([b"a"] * 100_000),
    b"if a: pass\n" + b"elif b: pass\n" * 3_000,
    b"x = " + b"-" * 50_000 + b"1",
    b"x = " + b"not " * 5_000 + b"a",
    b"x = " + b"lambda: " * 3_000 + b"a",
    b"x = a" + b".b()" * 20_000,
    b"x = " + b"a if b else " * 3_000 + b"c",
    b"x = " + b"f'{" * 3_000,
    b"x = a" + b"[0]" * 50_000,
    b"\n".join(b" " * number + b"if a:" for number in range(90)) + b" b()",
    b"\n".join(b" " * number + b"if a:" for number in range(3_000)) + b" b()",
    b"x: '" + b"list[" * 3_000 + b"a" + b"]" * 3_000 + b"'",
    b"match a:\n case " + b"[" * 150 + b"b" + b"]" * 150 + b": pass",
    b"x = {" * 3_000,
    b"a" * 3_000_000,
    b"'" * 1_000_001,
    b"except " + b"a, " * 100_000 + b": pass",
]


@pytest.mark.parametrize("content", HOSTILE, ids=[str(content[:20]) for content in HOSTILE])
def test_deep_nesting_is_read_or_reported_and_never_crashes(write: Write, content: bytes) -> None:
    (result,) = extract_all(write({"deep.py": content}), workers=1)
    assert _bytes([result])
    if isinstance(result, Failure):
        assert result.reason


def test_what_is_nested_too_deeply_is_left_out_alone(write: Write) -> None:
    deep = b"a" + b".b()" * 700
    source = b"class A:\n  def m(self):\n    b()\n    x = " + deep + b"\n    c()\n  def n(self): pass\nd()\n"
    (facts,) = extract_all(write({"deep.py": source}), workers=1)
    assert isinstance(facts, ModuleFacts)
    body: list[Any] = facts.body
    cls, last = body
    assert [method.qualname for method in cls.body] == ["A.m", "A.n"]
    assert [statement.line for statement in cls.body[0].body] == [3, 5]
    assert last.line == 7
    assert [(note.line, note.message) for note in facts.diagnostics] == [
        (4, "nested too deeply: this statement was left out")
    ]


INTERRUPTED = """
import sys, pathlib
from discover.facts import pool, extract_all
from types import SimpleNamespace
pool.IN_PROCESS_BYTES = 0
path = pathlib.Path(sys.argv[1])
path.write_bytes(b"a(b, c=d)\\n" * 30_000)
files = [SimpleNamespace(path=f"{n}.py", absolute=path) for n in range(500)]
print("started", flush=True)
try:
    extract_all(files, workers=2)
except KeyboardInterrupt:
    import multiprocessing
    print("interrupted", multiprocessing.active_children(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_an_interrupt_ends_the_processes_quietly(tmp_path: Path, project: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "a.py")]
    scan = subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert scan.stdout is not None
    assert scan.stdout.readline() == "started\n"
    time.sleep(1)
    os.killpg(scan.pid, signal.SIGINT)
    output, errors = scan.communicate(timeout=30)
    assert (output, errors, scan.returncode) == ("interrupted []\n", "", 0)


def test_the_key_of_a_tree_depends_on_paths_contents_and_salt(write: Write) -> None:
    files = write({"a.py": b"1", "b.py": b"2"})
    contents = read_contents(files)
    key = tree_key(files, contents, b"salt")
    assert key == tree_key(files, read_contents(files), b"salt")
    others = [
        tree_key(files, contents, b"other"),
        tree_key(files, [b"12", b""], b"salt"),
        tree_key(files[::-1], contents, b"salt"),
        tree_key(files[:1], contents[:1], b"salt"),
    ]
    assert len({key, *others}) == 5
    assert extract_all(files, workers=1, contents=contents) == extract_all(files, workers=1)


def test_importing_the_stage_loads_nothing_heavy(project: Path) -> None:
    code = (
        "import sys, discover.facts, discover.facts.records\n"
        "heavy = {'libcst', 'sqlite3', 'multiprocessing', 'discover.facts.extract'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
