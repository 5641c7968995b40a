"""Where functions are cut, and where they must not be."""

from __future__ import annotations

import textwrap

import pytest

from discover import model
from exporters.shared.identifiers import Unique
from exporters.unmeshed.pieces import Choice, Piece, pieces_of
from exporters.unmeshed.slicing import CannotSliceError, Slicer
from exporters.unmeshed.source import Code

HELPERS = """
def load(n): return n
def send(n): return n
def note(n): return n
def both(n, flag=False):
    first = send(n)
    second = note(first)
    return second
def writes(n):
    session.add(n)
    session.commit()
"""


def cut(body: str, *marks: tuple[int, str], decorator: str = "") -> list[Piece | Choice]:
    """Cut `job(n)` with this body; a mark is a line of the body (from 1) and the kind of effect on it."""
    head = f"from helpers import both, load, note, send, writes\n{decorator}\ndef job(n):\n"
    text = head + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
    nodes: list[model.Node] = []
    for line, kind in marks:
        place = line + 3
        if kind == "hop":
            nodes.append(model.Hop(id=f"h{line}", unit="app.py::job", line=place, runs=("r",)))
        else:
            helper = model.Step(id=f"s{line}", unit="helpers.py::x", line=1, kind=kind, name=f"Step {line}")
            nodes.append(model.Call(id=f"c{line}", unit="app.py::job", line=place, body=(helper,), name=f"Call {line}"))
    code = Code({"app.py": text, "helpers.py": HELPERS}.get, ["."])
    return list(Slicer(code, Unique()).slice("app.py::job", nodes, {"n": "{{ context.input.arguments.n }}"}))


def codes(parts: list[Piece | Choice]) -> list[list[str]]:
    return [[block.code for block in piece.blocks] for piece in pieces_of(parts)]


def test_statements_between_two_effects_belong_to_the_second() -> None:
    parts = cut("a = send(n)\nb = a + 1\nc = b * 2\nnote(c)", (1, "http"), (4, "http"))
    assert codes(parts) == [["a = send(n)"], ["b = a + 1\nc = b * 2\nnote(c)"]]
    second = parts[1]
    assert isinstance(second, Piece)
    assert second.inputs == {"a": f"{{{{ steps.{parts[0].ref}.output.a }}}}"}


def test_a_read_is_repeated_where_its_value_is_needed() -> None:
    parts = cut("row = load(n)\nsend(row.name)\nnote(row.mail)", (1, "db_read"), (2, "http"), (3, "http"))
    assert codes(parts) == [["row = load(n)\nsend(row.name)"], ["row = load(n)\nnote(row.mail)"]]


def test_a_read_that_rests_on_values_made_nearby_stays_in_its_place() -> None:
    body = "m = n + 1\nrow = load(m)\nm = 0\nsend(row, m)"
    assert codes(cut(body, (2, "db_read"), (4, "http")))[-1][-1].endswith("m = 0\nsend(row, m)")
    assert not any(
        code.startswith("row = ") for piece in codes(cut(body, (2, "db_read"), (4, "http"))) for code in piece
    )
    rebound = "n = load(n)\nsend(n)"
    assert codes(cut(rebound, (1, "db_read"), (2, "http")))[0][0] == "n = load(n)"


def test_a_read_whose_row_is_changed_keeps_the_function_whole() -> None:
    with pytest.raises(CannotSliceError, match="changed"):
        cut("row = load(n)\nrow.name = 1\nsend(row)", (1, "db_read"), (3, "http"))


def test_work_that_is_sent_goes_with_the_piece_before_it() -> None:
    parts = cut("a = send(n)\nnext_job.delay(a)", (1, "http"), (2, "hop"))
    assert codes(parts) == [["a = send(n)", "next_job.delay(a)"]]
    assert [hop.id for piece in pieces_of(parts) for hop in piece.hops] == ["h2"]


def test_a_condition_becomes_a_choice_with_a_piece_that_decides() -> None:
    parts = cut(
        "a = send(n)\nif a > 1:\n    note(a)\nelse:\n    note(-a)\nsend(a)",
        (1, "http"),
        (3, "http"),
        (5, "http"),
        (6, "http"),
    )
    choice = parts[1]
    assert isinstance(choice, Choice)
    assert choice.decide.blocks[0].code == 'case = "yes" if a > 1 else "no"'
    assert codes(choice.yes) == [["note(a)"]]
    assert codes(choice.no) == [["note(-a)"]]


def test_a_branch_that_makes_a_value_for_later_stays_one_piece() -> None:
    parts = cut("if n:\n    a = send(n)\nelse:\n    a = 1\nnote(a)", (2, "http"), (5, "http"))
    assert [len(codes([part])) for part in parts] == [1, 1]
    assert all(isinstance(part, Piece) for part in parts)


def test_what_follows_an_early_return_stays_with_it() -> None:
    parts = cut("send(n)\nif n > 3:\n    return None\nnote(n)\nsend(n)", (1, "http"), (4, "http"), (5, "http"))
    assert codes(parts) == [["send(n)"], ["if n > 3:\n    return None\nnote(n)\nsend(n)"]]


def test_a_try_stays_one_piece() -> None:
    body = "try:\n    send(n)\n    note(n)\nexcept ValueError:\n    note(0)\nsend(1)"
    assert len(cut(body, (2, "http"), (3, "http"), (6, "http"))) == 2


def test_a_called_function_of_several_steps_is_cut_as_well() -> None:
    parts = cut("x = both(n=n + 1, flag=True)\nnote(x)", (1, "http"), (2, "http"))
    assert codes(parts) == [["n = n + 1\nflag = True", "first = send(n)"], ["second = note(first)"], ["note(x)"]]
    last = parts[2]
    assert isinstance(last, Piece)
    assert last.inputs["x"] == f"{{{{ steps.{parts[1].ref}.output.second }}}}"


def test_a_called_function_with_defaults_left_out_stays_a_call() -> None:
    assert codes(cut("both(n)", (1, "http"))) == [["both(n)"]]


def test_a_called_function_that_commits_stays_a_call() -> None:
    assert codes(cut("writes(n)\nsend(n)", (1, "db_write"), (2, "http"))) == [["writes(n)"], ["send(n)"]]


def test_a_value_that_is_changed_in_place_is_handed_on_anew() -> None:
    parts = cut("a = send(n)\na.append(note(n))\nnote(a)", (1, "http"), (2, "http"), (3, "http"))
    last = parts[2]
    assert isinstance(last, Piece)
    assert last.inputs["a"].startswith(f"{{{{ steps.{parts[1].ref}.output.a")


def test_a_value_that_a_call_may_change_is_watched() -> None:
    parts = cut("a = send(n)\nnote(a)\nsend(a)", (1, "http"), (2, "http"), (3, "http"))
    assert [piece.watched for piece in pieces_of(parts)] == [set(), {"a"}, set()]


def test_a_value_that_is_made_from_itself_is_asked_for() -> None:
    parts = cut("a = send(n)\na = note(a)\nsend(a)", (1, "http"), (2, "http"), (3, "http"))
    second, third = parts[1], parts[2]
    assert isinstance(second, Piece)
    assert isinstance(third, Piece)
    assert second.inputs["a"].startswith(f"{{{{ steps.{parts[0].ref}.")
    assert third.inputs["a"].startswith(f"{{{{ steps.{second.ref}.")


def test_multi_line_strings_keep_their_lines() -> None:
    parts = cut('send("""a\n  b""" + n)', (1, "http"))
    assert eval(codes(parts)[0][0], {"send": str, "n": ""}) == "a\n      b"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("yield send(n)", "yields"),
        ("global total\ntotal = send(n)", "changes names outside"),
        ("session.add(n)\nsession.commit()", "commit"),
    ],
)
def test_what_can_not_be_cut_says_why(body: str, reason: str) -> None:
    with pytest.raises(CannotSliceError, match=reason):
        cut(body, (1, "http"))


def test_a_decorator_that_wraps_the_whole_keeps_it_whole() -> None:
    with pytest.raises(CannotSliceError, match="locked"):
        cut("send(n)\nnote(n)", (1, "http"), (2, "http"), decorator="@locked('x')")
    assert len(cut("send(n)\nnote(n)", (1, "http"), (2, "http"), decorator="@app.task(max_retries=3)")) == 2


def test_a_hop_whose_place_is_unknown_keeps_the_function_whole() -> None:
    with pytest.raises(CannotSliceError, match="hands work over"):
        cut("send(n)", (1, "http"), (40, "hop"))


def test_methods_nested_functions_and_unread_files_are_kept_whole() -> None:
    code = Code({"a.py": "class A:\n    def m(self): pass\n", "b.py": "def f(:\n"}.get, ["."])
    for unit in ("a.py::A.m", "b.py::f", "none.py::f", "a.py::f.<locals>.g"):
        with pytest.raises(CannotSliceError):
            Slicer(code, Unique()).slice(unit, [], {})


def test_arguments_of_two_calls_are_told_apart_even_when_the_first_was_forgotten() -> None:
    """An address of a freed object may come again: what stands for an argument must not depend on one."""
    slicer = Slicer(Code({}.get, ["."]), Unique())
    given = [slicer.stand_ins(["n", "flag"]) for _ in range(3)]
    assert len({template for names in given for template in names.values()}) == 6
    assert given[0] == Slicer(Code({}.get, ["."]), Unique()).stand_ins(["n", "flag"])
