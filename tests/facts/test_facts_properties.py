"""What holds for every file, and a run over the standard library with its tests."""

from __future__ import annotations

import ast
import random
import sysconfig
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from discover.facts.contents import read_contents
from discover.facts.extract import extract
from discover.facts.failure import Failure
from discover.facts.newer_syntax import rewritten
from discover.facts.pool import extract_all
from discover.facts.records import Call, ModuleFacts
from discover.facts.worker import facts_or_failure

MINUTES = 60.0

names = st.sampled_from(["a", "b", "self", "ä", "Order", "delay", "_"])
literals = st.one_of(
    st.integers().map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(max_size=20).map(ascii),
    st.binary(max_size=8).map(repr),
    st.sampled_from(["None", "True", "...", "1j", "'''a\n  b'''", "f'{a}'", "f'''{\na()}'''"]),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({}\n.{})".format, inner, names),
        st.builds("({})({})".format, inner, lists),
        st.builds("({})(\n{}={}, **{})".format, inner, names, inner, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[{}:{}]".format, inner, inner, inner),
        st.builds("[{}]".format, lists),
        st.builds("{{{}: {}, **{}}}".format, inner, inner, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("({} < {})".format, inner, inner),
        st.builds("(lambda {}={}: {})".format, names, inner, inner),
        st.builds("[{} for {} in {} if {}]".format, inner, names, inner, inner),
        st.builds("({} := {})".format, names, inner),
        st.builds("(not {})".format, inner),
    )


expressions = st.recursive(st.one_of(names, literals), _compound, max_leaves=12)


def _indented(body: list[str]) -> str:
    return "\n".join("  " + line for line in "\n".join(body).split("\n"))


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    bodies = st.lists(inner, min_size=1, max_size=3).map(_indented)
    return st.one_of(
        st.builds("if {}:\n{}\nelif {}:\n{}\nelse:\n{}".format, expressions, bodies, expressions, bodies, bodies),
        st.builds("for {} in {}:\n{}".format, names, expressions, bodies),
        st.builds("while {}:\n{}".format, expressions, bodies),
        st.builds("try:\n{}\nexcept {} as {}:\n{}\nfinally:\n{}".format, bodies, expressions, names, bodies, bodies),
        st.builds("with {} as {}:\n{}".format, expressions, names, bodies),
        st.builds("@{}\ndef {}({}: {} = {}):\n{}".format, expressions, names, names, expressions, expressions, bodies),
        st.builds("class {}({}):\n{}".format, names, expressions, bodies),
    )


statements = st.recursive(
    st.one_of(
        expressions,
        st.builds("{} = {}".format, names, expressions),
        st.builds("{}: {} = {}".format, names, expressions, expressions),
        st.builds("raise {} from {}".format, expressions, expressions),
        st.builds("assert {}".format, expressions),
        st.sampled_from(["pass", "import a.b as c", "from . import a", "del a, b"]),
    ),
    _blocks,
    max_leaves=10,
)
sources = st.lists(statements, max_size=4).map("\n".join)


def _records(value: object) -> Iterator[msgspec.Struct]:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(current)
        elif isinstance(current, msgspec.Struct):
            yield current
            stack.extend(getattr(current, field) for field in current.__struct_fields__)


def _calls_of(code: str) -> int | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return None
    return sum(isinstance(node, ast.Call) for node in ast.walk(tree))


@settings(deadline=None, max_examples=80)
@given(sources)
def test_facts_keep_every_call_and_survive_messagepack(code: str) -> None:
    expected = _calls_of(code)
    if expected is None:
        return
    facts = extract("a.py", code.encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=ModuleFacts) == facts
    calls = [record for record in _records(facts) if isinstance(record, Call)]
    assert sorted(call.number for call in calls) == list(range(expected))
    for record in _records(facts):
        line, end_line = getattr(record, "line", 1), getattr(record, "end_line", facts.lines)
        assert 1 <= line <= facts.lines or facts.lines == 0
        assert line <= end_line <= facts.lines or facts.lines == 0


@settings(deadline=None, max_examples=80)
@given(sources)
def test_no_record_stands_in_two_places(code: str) -> None:
    found = [id(record) for record in _records(extract("module.py", code.encode()))]
    assert len(found) == len(set(found))


@settings(deadline=None, max_examples=80)
@given(sources)
def test_rewriting_moves_no_line_and_changes_no_fact(code: str) -> None:
    if _calls_of(code) is None:
        return
    found = rewritten(code)
    assert found is not None
    assert found.text.count("\n") == code.count("\n")
    assert ast.dump(found.restored(ast.parse(found.text))) == ast.dump(ast.parse(code))


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore"))))
def test_any_bytes_become_facts_or_a_reason(source: bytes) -> None:
    result = facts_or_failure("a.py", source)
    if isinstance(result, ModuleFacts):
        assert msgspec.msgpack.encode(result)
    else:
        assert result.reason
        assert "could not be read" not in result.reason
        assert 0 <= result.line <= source.count(b"\n") + source.count(b"\r") + 2


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="fft'\"{}\\\n:!=# a()[],lambda", max_size=60))
def test_no_text_breaks_the_rewriting(text: str) -> None:
    found = rewritten(text)
    if found is not None:
        assert found.text.count("\n") == text.count("\n")


class _File(msgspec.Struct):
    path: str
    absolute: Path


def test_the_standard_library_and_its_tests_are_read_without_a_crash() -> None:
    root = Path(sysconfig.get_paths()["stdlib"])
    files = [
        _File(path.relative_to(root).as_posix(), path)
        for path in sorted(root.rglob("*.py"))
        if "site-packages" not in path.parts
    ]
    start = time.monotonic()
    results = extract_all(files, workers=2)
    assert time.monotonic() - start < MINUTES
    assert [result.path for result in results] == [file.path for file in files]
    assert sum(result.lines for result in results if isinstance(result, ModuleFacts)) > 300_000
    for file, content, result in zip(files, read_contents(files), results, strict=True):
        if isinstance(result, Failure):
            assert not _is_python(content), (file.path, result)
            assert result.reason


def test_damaged_sources_of_the_standard_library_are_read_without_a_crash() -> None:
    root = Path(sysconfig.get_paths()["stdlib"])
    randomness = random.Random(20)
    for path in sorted(root.glob("*.py"))[::4]:
        source = bytearray(path.read_bytes())
        for _ in range(3):
            at = randomness.randrange(len(source) + 1)
            source[at : at + randomness.randrange(4)] = randomness.choice(
                [b"f'{", b"(", b'"""', b"\\", b"}", b"\xff", b""]
            )
            result = facts_or_failure(path.name, bytes(source))
            assert isinstance(result, ModuleFacts) or "could not be read" not in result.reason


def _is_python(content: bytes | Failure) -> bool:
    try:
        assert isinstance(content, bytes)
        ast.parse(content)
    except (SyntaxError, ValueError, AssertionError, RecursionError, MemoryError):
        return False
    return True
