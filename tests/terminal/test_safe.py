from __future__ import annotations

import pytest

from discover.terminal.safe import clean, fit, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größe 名前", "größe 名前"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("right\u202eto left", "right\\u202eto left"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\udc80", "\\udc80"),
        ("\u2028line", "\\u2028line"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_an_escape(text: str, shown: str):
    assert clean(text) == shown


def test_wide_characters_take_two_columns_and_combining_marks_none():
    assert width("名前") == 4
    assert width("e\u0301") == 1


@pytest.mark.parametrize(("text", "columns"), [("short", 10), ("a long name that is cut", 10), ("名前名前名前", 5)])
def test_a_fitted_text_is_never_wider_than_asked(text: str, columns: int):
    assert width(fit(text, columns)) <= columns


def test_a_cut_text_says_so():
    assert fit("a long name", 6) == "a lon…"
