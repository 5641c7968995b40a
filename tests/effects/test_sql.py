from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from discover.effects.sql import Statement, looks_like_sql, statements_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM users u JOIN orders o ON o.user_id = u.id", [("db_read", "SELECT", ("users", "orders"))]),
        ('UPDATE "shop"."stock" SET n = %(n)s WHERE id = %s', [("db_write", "UPDATE", ("stock",))]),
        ("DELETE FROM {} WHERE id = 1", [("db_write", "DELETE", ())]),
        ("INSERT INTO a (x) SELECT x FROM b", [("db_write", "INSERT", ("a",))]),
        ("UPDATE a SET x = :x; DELETE FROM b", [("db_write", "UPDATE", ("a",)), ("db_write", "DELETE", ("b",))]),
        ("WITH t AS (SELECT 1 FROM a) SELECT * FROM t, c", [("db_read", "SELECT", ("c", "a"))]),
        ("WITH t AS (SELECT id FROM a) DELETE FROM a USING t", [("db_write", "DELETE", ("a",))]),
        ("REFRESH MATERIALIZED VIEW totals", [("db_write", "REFRESH", ("totals",))]),
        ("TRUNCATE TABLE sessions", [("db_write", "TRUNCATE", ("sessions",))]),
        ("LOCK TABLE jobs IN SHARE MODE", [("db_write", "LOCK", ("jobs",))]),
        ("PRAGMA table_info(x)", [("db_read", "PRAGMA", ())]),
        ("SELECT id::text FROM a WHERE b IN %s FOR UPDATE SKIP LOCKED", [("db_read", "SELECT", ("a",))]),
        ("SET statement_timeout = 5", []),
        ("BEGIN; ROLLBACK", []),
        ("UPDATE ONLY stock SET n = 1", [("db_write", "UPDATE", ("stock",))]),
        ("DELETE FROM ONLY stock", [("db_write", "DELETE", ("stock",))]),
        ("UPDATE LOW_PRIORITY stock SET n = 1", [("db_write", "UPDATE", ("stock",))]),
        ("/**/" * 2000 + "1", []),
        ("/* a */ -- b\n SELECT 1 FROM stock", [("db_read", "SELECT", ("stock",))]),
        ("make tea", []),
        ("", []),
    ],
)
def test_a_statement_names_its_verb_and_its_tables(text: str, expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert statements_of(text) == [Statement(*one) for one in expected]  # type: ignore[arg-type]


def test_sql_that_no_dialect_parses_is_read_by_its_first_word_and_its_keywords() -> None:
    assert statements_of("UPDATE stock SETT )( n = 1 WHERE") == [Statement("db_write", "UPDATE", ("stock",))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1", True),
        ("  -- why\n delete from a", True),
        ("update", False),
        ("select", False),
        ("hello you", False),
    ],
)
def test_only_a_statement_that_touches_data_looks_like_sql(text: str, *, expected: bool) -> None:
    assert looks_like_sql(text) is expected


def test_a_text_of_any_size_and_depth_is_survived() -> None:
    assert statements_of("SELECT " + "(" * 5000 + "1" + ")" * 5000) in ([], [Statement("db_read", "SELECT", ())])
    assert statements_of("SELECT 1 FROM a " + "x" * 100_000) == []


def test_a_plain_statement_is_read_without_loading_the_parser() -> None:
    script = (
        "import sys; from discover.effects.sql import statements_of as s; "
        "assert s('UPDATE stock SET n = %s WHERE id = 3')[0].tables == ('stock',); "
        "assert s('SELECT a, b FROM shop.users WHERE id = :id')[0].tables == ('users',); "
        "assert 'sqlglot' not in sys.modules; "
        "assert s('SELECT a FROM b JOIN c ON 1 = 1')[0].tables == ('b', 'c'); "
        "assert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize(
    ("text", "kind", "verb", "table"),
    [
        ("SELECT 1 FROM `open-data.names.usa`", "db_read", "SELECT", "open-data.names.usa"),
        ("SELECT 1 FROM names.usa", "db_read", "SELECT", "names.usa"),
        ("SELECT 1 FROM usa", "db_read", "SELECT", "usa"),
        ("UPDATE names.usa SETT )( n = 1 WHERE", "db_write", "UPDATE", "names.usa"),
    ],
)
def test_a_warehouse_keeps_what_stands_before_a_tables_name(text, kind, verb, table):
    [found] = statements_of(text, qualified=True)
    assert (found.kind, found.verb) == (kind, verb)
    assert found.tables == (table,)
