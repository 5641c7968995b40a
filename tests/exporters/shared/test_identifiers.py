"""Names from any text."""

from __future__ import annotations

from exporters.shared.identifiers import python_identifier, slug


def test_a_name_ends_with_a_whole_word():
    assert slug("Confirm the local id", limit=15) == "confirm-the"
    assert slug("Confirm the local", limit=11) == "confirm-the"
    assert slug("confirmation", limit=7) == "confirm"


def test_nothing_is_left_of_a_text_without_letters():
    assert python_identifier("→") == "unnamed"
