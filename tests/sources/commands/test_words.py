from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.sources.commands.words import split_commands, with_defaults


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("a b && c || d; e | f & g", [["a", "b"], ["c"], ["d"], ["e"], ["f"], ["g"]]),
        ("a 'b c' \"d $X\" e\\ f", [["a", "b c", "d $X", "e f"]]),
        ("a > /dev/null 2>&1", [["a"]]),
        ("a >> 'my log' 2>> err x", [["a", "x"]]),
        ("a &> log", [["a"]]),
        ("a 2 > x", [["a", "2"]]),
        ("a # comment", [["a"]]),
        ("a#b", [["a#b"]]),
        ("a $(date +%s) b", [["a", "$(date +%s)", "b"]]),
        ("a `date +%s` b", [["a", "`date +%s`", "b"]]),
        ("a \\\n b", [["a", "b"]]),
        ("a\nb", [["a"], ["b"]]),
        ("while ! nc -z db 5432; do sleep 1; done; run", [["nc", "-z", "db", "5432"], ["sleep", "1"], ["run"]]),
        ("if [ -f x ]; then a; else b; fi", [["[", "-f", "x", "]"], ["a"], ["b"]]),
        ("(cd x && a)", [["cd", "x"], ["a"]]),
        ("a %(ENV_QUEUES)s b", [["a", "%(ENV_QUEUES)s", "b"]]),
        ("a ''", [["a", ""]]),
        ("", []),
        ("a 'never closed", [["a", "never closed"]]),
        ('a "never closed', [["a", "never closed"]]),
    ],
)
def test_a_line_is_split_as_a_shell_would(line: str, commands: list[list[str]]):
    assert split_commands(line) == commands


@given(st.lists(st.text("abc '\"\\$&|;<>()#%`{}\t-=", min_size=1, max_size=8), min_size=1, max_size=5))
def test_quoted_words_come_back_as_they_were(words: list[str]):
    words = ["run", *words]
    assert split_commands(shlex.join(words)) == [words]


@given(st.text(max_size=200))
def test_no_text_raises(text: str):
    split_commands(text)


def test_a_very_long_line_is_split_in_linear_time():
    assert len(split_commands("a; " * 30_000)) == 30_000
    split_commands("$(" * 50_000)


def test_defaults_of_variables_are_filled_in():
    assert with_defaults("a ${N:-4} ${M-x} $P ${Q}") == "a 4 x $P ${Q}"
