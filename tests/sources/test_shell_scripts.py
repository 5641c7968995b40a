from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.sources.shell_scripts import script_commands

SCRIPT = textwrap.dedent("""\
    #!/bin/bash
    worker() {
      echo "Starting"
      exec python -m shop.worker $QUEUES
    }
    function serve {
      cat <<EOF
    python -m not.run
    EOF
      gunicorn \\
        shop.wsgi
    }
    case "$1" in
      worker)
        shift
        worker
        ;;
      serve|web) serve ;;
      manage)
        shift
        exec ./manage.py $*
        ;;
      *)
        exec "$@"
        ;;
    esac
    """)


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        (("worker",), [(4, "module", "shop.worker")]),
        (("serve",), [(10, "server", "gunicorn")]),
        (("web",), [(10, "server", "gunicorn")]),
        (("manage", "close", "--all"), [(21, "manage", "close")]),
        (("python", "-m", "a.b"), [(24, "module", "a.b")]),
        ((), []),
    ],
)
def test_the_first_argument_selects_what_runs(arguments: tuple[str, ...], started: list[tuple[int, str, str]]):
    assert [(s.line, s.command.kind, s.command.name) for s in script_commands(SCRIPT, arguments)] == started


def names(text: str, *arguments: str) -> list[str]:
    return [started.command.name for started in script_commands(text, arguments)]


def test_a_test_of_the_first_argument_is_followed():
    text = 'if [ "$1" = "worker" ]; then\n  run_worker\nelif [ "$1" == web ]; then\n  run_web\nelse\n  other\nfi\n'
    assert names(text, "worker") == ["run_worker"]
    assert names(text, "web") == ["run_web"]
    assert names(text, "x") == ["other"]
    nested = 'if [ "$1" = "worker" ]; then\n  if [ -n "$X" ]; then\n    a\n  fi\n  b\nfi\nc\n'
    assert names(nested, "worker") == ["a", "b", "c"]
    assert names(nested, "web") == ["c"]


def test_a_test_of_anything_else_counts_as_both_ways():
    assert names('if [ "$ROLE" = "worker" ]; then\n  a\nelse\n  b\nfi\n') == ["a", "b"]
    assert names('case "$ROLE" in\n  x) a ;;\n  *)\n    b\n    ;;\nesac\n') == ["a", "b"]


def test_arguments_are_handed_on_with_their_quotes():
    (started,) = script_commands('exec python job.py "$@"\n', ("a b", "c"))
    assert started.command.arguments == ("a b", "c")


def test_the_folder_changes_for_later_lines():
    started = script_commands("cd /srv/app\npython a.py\ncd jobs || exit 1\npython b.py\n", ())
    assert [s.command.folder for s in started] == ["/srv/app", "/srv/app/jobs"]


def test_a_function_that_calls_itself_ends():
    assert names("loop() {\n  loop\n  python a.py\n}\nloop\n")[:1] != []


@given(st.text(alphabet="abc $@1\n\"'(){};|&<>case esac if fi in *)", max_size=200), st.lists(st.text(max_size=5)))
def test_no_script_raises(text: str, arguments: list[str]):
    script_commands(text, tuple(arguments))
