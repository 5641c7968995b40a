"""A list that holds itself, where a rule reads texts."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings


def test_a_list_that_holds_itself_is_read_once(find: Callable[[dict[str, str]], Findings]) -> None:
    code = """
        from flask import Flask
        app = Flask(__name__)
        methods = ["PUT"]
        methods.append(methods)
        @app.route("/x", methods=methods)
        def x(): ...
        """
    found = find({"app.py": "\n".join(line.strip() for line in code.splitlines())})
    assert [entry.detail.methods for entry in found.entry_points if entry.kind == "http"] == [("PUT",)]
