"""Management commands get what their parser fills in; scripts run as such, and may end themselves."""

from __future__ import annotations

from tests.exporters.worker.conftest import Perform, context

FILES = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n',
    "settings.py": 'INSTALLED_APPS = ["shop"]\nSECRET_KEY = "k"\nUSE_TZ = True\n',
    "shop/__init__.py": "",
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/tidy.py": """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=7)
    def handle(self, *args, **options):
        self.stdout.write("done")
        return f"{options['days']} {options['verbosity']}"
""",
    "shop/management/commands/count.py": """
from django.core.management.base import BaseCommand
made = []
class Command(BaseCommand):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        made.append(self)
    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=7)
        parser.add_argument("names", nargs="*")
    def handle(self, days, **options):
        first = (days, options["names"])
        self.stdout.write(str(first))
""",
    "shop/management/commands/tell.py": """
import io
from django.core.management.base import BaseCommand
printed = io.StringIO()
class Command(BaseCommand):
    def __init__(self):
        super().__init__(stdout=printed)
    def handle(self, **options):
        return "Done"
""",
    "good.py": "import sys\nprint('working')\nsys.exit(0)\n",
    "bad.py": "import sys\nsys.exit('no disk')\n",
    "plain.py": "value = object()\n",
}
RUNS = """
- id: first
  kind: command
  framework: django
  function: shop.management.commands.tidy:Command.handle
  parameters: [args, options]
  context: [self]
  steps:
  - {type: step, id: tidy, call: "shop.management.commands.tidy:Command.handle", inputs: {args: args, options: options}, outputs: {result: result}}
"""
CUT = """
- id: first
  kind: command
  framework: django
  function: shop.management.commands.count:Command.handle
  parameters: [days, options]
  context: [self]
  steps:
  - {type: step, id: one, module: shop.management.commands.count, code: "first = (days, options['names'])", inputs: {days: days, options: options}, outputs: {first: first}}
  - {type: step, id: two, module: shop.management.commands.count, code: "self.stdout.write(str(first)); result = [len(set(map(id, made))), self is made[-1]]", inputs: {first: first}, outputs: {result: result}}
"""
TOLD = "".join(
    ["- {id: first, kind: command, framework: django, context: [self], parameters: [options]"]
    + [', function: "shop.management.commands.tell:Command.handle", steps: [']
    + [
        f'{{type: step, id: {name}, module: shop.management.commands.tell, code: "{code}", outputs: {{result: result}}{more}}}, '
        for name, code, more in (
            ("quiet", "result = 'Working'", ""),
            ("loud", "result = 'Done'", ", responds: true"),
            ("silent", "result = None", ", responds: true"),
            ("wrong", "result = 7", ", responds: true"),
            ("heard", "result = printed.getvalue()", ""),
        )
    ]
    + ["]}\n"]
)
SCRIPTS = "".join(
    f"""
- id: {name}
  kind: schedule
  function: "{name}:<module>"
  steps:
  - {{type: step, id: run_{name}, call: "{name}:<module>", outputs: {{result: result}}}}
"""
    for name in ("good", "bad", "plain")
)


def test_a_command_is_called_with_its_parsers_defaults_and_with_what_it_is_given(perform: Perform) -> None:
    given = {"args": {"$": "tuple", "items": []}, "options": {}}
    started, default, told = perform(
        FILES,
        RUNS,
        [
            ("start", {}, context()),
            ("tidy", given, context(arguments=given)),
            ("tidy", {**given, "options": {"days": 30}}, context(arguments=given)),
        ],
    )
    filled = started["context"]["origin"]["arguments"]
    assert filled["args"] == given["args"]
    assert (filled["options"]["days"], filled["options"]["verbosity"]) == (7, 1)
    assert default["outputs"]["result"] == "7 1"
    assert told["outputs"]["result"] == "30 1"


def test_each_piece_of_a_command_has_a_command_of_its_own_and_what_the_parser_gives(perform: Perform) -> None:
    started, first, again, second = perform(
        FILES,
        CUT,
        [
            ("start", {"days": 3}, context()),
            ("one", {"days": 3, "options": {"names": ["a"]}}, context()),
            ("two", {"first": 1}, context()),
            ("two", {"first": 1}, context()),
        ],
    )
    filled = started["context"]["origin"]["arguments"]
    assert (filled["days"], filled["options"]["names"]) == (3, [])
    assert first["outputs"] == {"first": {"$": "tuple", "items": [3, ["a"]]}}
    made, own = again["outputs"]["result"]
    assert own
    assert second["outputs"]["result"] == [made + 1, True]


def test_what_the_handle_of_a_command_returns_is_printed_by_the_piece_that_returns_it(perform: Perform) -> None:
    steps = ("quiet", "loud", "silent", "wrong", "heard")
    quiet, loud, silent, wrong, heard = perform(FILES, TOLD, [(step, {}, context()) for step in steps])
    assert [one["outputs"]["result"] for one in (quiet, loud, silent)] == ["Working", "Done", None]
    assert heard["outputs"]["result"] == "Done\n"
    assert wrong["error"]["types"][0] == "builtins.AttributeError", "as Django's own printing fails"


def test_a_script_leaves_nothing_behind_and_fails_when_it_says_so(perform: Perform) -> None:
    started, good, bad, plain = perform(
        FILES,
        SCRIPTS,
        [("start", None, context()), *((f"run_{name}", {}, context()) for name in ("good", "bad", "plain"))],
        head="start: good",
    )
    assert started["context"]["origin"]["arguments"] == {}
    assert good["outputs"] == plain["outputs"] == {"result": None}
    assert "no disk" in bad["error"]["message"]


ENDING = """
- id: first
  kind: command
  function: "ending:main"
  parameters: [status]
  steps:
  - {type: step, id: ends, module: ending, code: "sys.exit(status)", inputs: {status: status}}
  - {type: step, id: whole, call: "ending:main", inputs: {status: status}, outputs: {result: result}}
"""


def test_code_that_ends_its_process_ends_the_run_and_not_the_worker(perform: Perform) -> None:
    files = {"ending.py": "import sys\ndef main(status):\n    sys.exit(status)\n"}
    asked = [
        (step, {"status": status}, context(arguments={"status": status}))
        for step in ("ends", "whole")
        for status in (0, None, 3, "no disk")
    ]
    for well, none, number, text in zip(*[iter(perform(files, ENDING, asked))] * 4, strict=True):
        assert well == none
        assert "ended" in well or "result" in well
        assert number["error"]["types"][0] == text["error"]["types"][0] == "builtins.SystemExit"
        assert "builtins.Exception" not in number["error"]["types"]
        assert text["error"]["message"] == "no disk"
