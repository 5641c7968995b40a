"""Tables of pages, in which only some rows are made anew."""

from __future__ import annotations

from pathlib import Path

from benchmarks.definitions import _family  # pyright: ignore[reportPrivateUsage]
from benchmarks.tables import markdown, put, rows_kept

HEADS = ["backend", "runs"]


def page(folder: Path) -> Path:
    file = folder / "page.md"
    file.write_text("# Page\n\n<!-- cut -->\n<!-- /cut -->\n", encoding="utf-8")
    put(file, "cut", markdown(HEADS, [["redash", "3"], ["saleor", "4; a | b"], ["pretix", "5"]]))
    return file


def test_rows_of_others_stay_in_their_places(tmp_path: Path):
    kept = rows_kept(page(tmp_path), "cut", HEADS, [["netbox", "9"], ["saleor", "7"]])
    assert [row[:2] for row in kept] == [["redash", "3"], ["saleor", "7"], ["pretix", "5"], ["netbox", "9"]]


def test_a_table_of_another_form_is_made_anew(tmp_path: Path):
    assert rows_kept(page(tmp_path), "cut", ["backend", "steps"], [["saleor", "7"]]) == [["saleor", "7"]]


def test_a_reason_is_told_by_what_it_has_in_common_with_others():
    assert _family("`AppRetry.perform_mutation` is a method") == "it is a method"
    assert _family("`telemetry` wraps all of `send_loop`, and does not just call it once") == "a decorator wraps it"
    assert _family("the `try` has an `else`") == "a `try` that no steps can say"
