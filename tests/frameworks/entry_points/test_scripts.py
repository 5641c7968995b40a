"""Which files are commands because they can be run by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]
MAIN = 'def main(): ...\nif __name__ == "__main__":\n    '


def commands(found: Findings) -> list[tuple[str | None, str]]:
    return [(entry.detail.command, entry.unit) for entry in found.entry_points if entry.kind == "command"]


@pytest.mark.parametrize(
    "line",
    ["main()", "import sys; sys.exit(main())", "import asyncio; asyncio.run(main())", "raise SystemExit(main())"],
)
def test_the_function_that_the_guarded_line_calls_is_a_command(find: Find, line: str) -> None:
    assert commands(find({"job.py": MAIN + line})) == [("python job.py", "job.py::main")]


def test_a_file_of_a_package_is_run_as_a_module(find: Find) -> None:
    found = find({"shop/__init__.py": "", "shop/__main__.py": MAIN + "main()"})
    assert commands(found) == [("python -m shop", "shop/__main__.py::main")]


def test_of_several_functions_the_file_is_what_runs(find: Find) -> None:
    found = find({"job.py": 'def one(): ...\ndef two(): ...\nif __name__ == "__main__":\n    one()\n    two()\n'})
    assert [command for command, _ in commands(found)] == ["python job.py"]
    assert "one" not in commands(found)[0][1]


@pytest.mark.parametrize(
    "files",
    [
        {"tools/job.py": MAIN + "main()"},
        {"job.py": MAIN + "print('hello')"},
        {"job.py": "def main(): ...\nif __name__ == '__other__':\n    main()"},
        {"job.py": MAIN + "import uvicorn; uvicorn.run(main())"},
        {"job.py": 'import uvicorn\ndef main():\n    uvicorn.run("x")\nif __name__ == "__main__":\n    main()'},
        {"job.py": "import click\n@click.group()\ndef main(): ...\nif __name__ == '__main__':\n    main()"},
    ],
    ids=[
        "in a folder without a package",
        "calls nothing of the project",
        "no guard",
        "starts a server",
        "its function starts one",
        "a group",
    ],
)
def test_what_is_no_script_of_the_backend_is_no_command(find: Find, files: dict[str, str]) -> None:
    assert commands(find(files)) == []
