from __future__ import annotations

from discover.terminal.safe import width
from discover.terminal.table import Column, table

COLUMNS = (Column("#", right=True), Column("name", shrinks=True), Column("services", shrinks=True))


def test_columns_are_as_wide_as_their_widest_cell():
    assert table(COLUMNS, [("1", "Create order", "Stripe"), ("10", "Clean", "")], 80) == [
        " #  name          services",
        " 1  Create order  Stripe",
        "10  Clean",
    ]


def test_a_column_without_a_word_is_left_out():
    assert table(COLUMNS, [("1", "Create order", ""), ("2", "Clean", "")], 80)[0] == "#  name"


def test_a_narrow_terminal_takes_from_the_widest_column_that_may_shrink():
    lines = table(COLUMNS, [("1", "x" * 90, "Stripe")], 40)
    assert max(map(width, lines)) == 40
    assert lines[1].endswith("Stripe")
    assert "…" in lines[1]


def test_a_name_with_line_breaks_stays_on_one_line():
    assert len(table(COLUMNS, [("1", "a\nb", "")], 80)) == 2
