"""Functions with one way out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from discover import model
from exporters.cutting.exits import single_exit
from exporters.cutting.flow import Body, Leave, Plain, Turn, assign, statement
from exporters.cutting.lay import lay, new_frame
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.render import render
from exporters.cutting.source import Code
from tests.exporters.cutting.beside import built

import libcst as cst  # isort: skip


def closed(body: str) -> str:
    text = "def job(a):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"
    code = Code({"app.py": text}.get, ["."])
    function = code.function("app.py::job")
    assert function is not None
    frame = new_frame(function, {"a": "a"})

    def bound(item: Leave | Turn) -> Body:
        assert isinstance(item, Leave)
        return [statement(assign("result", item.value or cst.Name("None")), item.plain)]

    items = single_exit(lay(code, function, frame, ()), frame, bound, lambda: "left")
    assert not any(isinstance(item, Leave) for item in items)
    return Plain(render(items), frame).text.strip("\n")


def given(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


def test_what_an_early_return_skips_becomes_the_other_branch():
    assert closed("if a:\n    return 1\nb = 2\nreturn b") == given(
        """
        if a:
            result = 1
        else:
            b = 2
            result = b
        """
    )


def test_a_chain_of_guards_becomes_one_decision():
    assert closed("if a == 1:\n    return 1\nif a == 2:\n    return 2\nreturn 3") == given(
        """
        if a == 1:
            result = 1
        elif a == 2:
            result = 2
        else:
            result = 3
        """
    )


def test_a_return_in_a_loop_leaves_it_and_skips_the_rest():
    assert closed("for b in a:\n    if b:\n        return b\nreturn 0") == given(
        """
        left = False
        for b in a:
            if b:
                result = b
                left = True
                break
        if not left:
            result = 0
        """
    )


def test_the_end_of_the_function_returns_nothing_where_others_return_something():
    assert closed("with a:\n    if a.b:\n        return 1\na.c()").endswith("a.c()\n    result = None")


def test_a_try_that_returns_at_its_end_needs_no_flag():
    assert closed("try:\n    return a()\nexcept ValueError:\n    return None") == given(
        """
        try:
            result = a()
        except ValueError:
            result = None
        """
    )


def test_the_else_of_a_try_that_returned_is_skipped():
    text = closed("try:\n    if a:\n        return 1\nexcept ValueError:\n    pass\nelse:\n    a.b()\na.c()")
    assert "else:\n    if not left:\n        a.b()" in text
    assert text.endswith("if not left:\n    a.c()\n    result = None")


def test_a_return_in_finally_is_refused():
    with pytest.raises(CannotCutError, match="finally"):
        closed("try:\n    a()\nfinally:\n    return 1")


def test_comments_stay():
    assert "# why" in closed("# why\nif a:\n    # because\n    return 1\nreturn 2")
    assert "# because" in closed("# why\nif a:\n    # because\n    b = 1\n    return 1\nreturn 2")


def test_code_that_ends_the_process_of_its_worker_is_a_loss_with_its_place(
    workflow_over: Callable[..., model.Workflow],
) -> None:
    files = {
        "job.py": """
import os
from outside import effect, watch

def give_up(n):
    from os import abort as stop
    effect("two", n)
    effect("three", n)
    stop()

def job(n):
    effect("one", n)
    if n > 3:
        os._exit(1)
    watch(os._exit)
    give_up(n)

def other(n):
    effect("one", n)
    effect("two", n)
    raise SystemExit(1)
""",
        "outside.py": "def effect(name, value=None): ...\ndef watch(function): ...\n",
    }
    told = [(loss.code, loss.where, loss.why.partition(" ends")[0]) for loss in built(workflow_over, files).losses]
    assert told == [
        ("process-ends", "workflow:job.py::job#job", "`os._exit` (job.py:14)"),
        ("process-ends", "workflow:job.py::job#job", "`os._exit` (job.py:15)"),
        ("process-ends", "workflow:job.py::job#job", "`os.abort` (job.py:9)"),
    ]
    assert not built(workflow_over, files, "job.py::other").losses
