"""SQL text to verbs and tables; tolerant of holes, parameters of every style, and SQL that no dialect parses."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from sqlglot import expressions
    from sqlglot.expressions.core import Expr

Kind = Literal["db_read", "db_write"]

_LIMIT = 20_000
_HOLE = "undercurrent_hole"
_PARAMETER = re.compile(r"%\(\w+\)s|%s|(?<![:\w]):[a-zA-Z_]\w*|\$\d+")
_BRACES = re.compile(r"\{[^{}]*\}")
_START = re.compile(r"\s*(?>--[^\n]*\n\s*|/\*.*?\*/\s*)*+\(*\s*([A-Za-z]+)", re.DOTALL)
_TABLE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?|TRUNCATE|VIEW)\s+"
    r"(?:ONLY\s+|TABLE\s+)?[`\"\[]?([A-Za-z_][\w$]*(?:[`\"\]]?\.[`\"\[]?[A-Za-z_][\w$]*)*)",
    re.IGNORECASE,
)
_NAME = r"(?:[A-Za-z_]\w*\.)?\"?(?P<table>[A-Za-z_]\w*)\"?"
_PLAIN = re.compile(
    rf"\s*(?:(?P<write>INSERT\s+INTO|DELETE\s+FROM|UPDATE|TRUNCATE\s+TABLE)\s+"
    rf"(?:(?:ONLY|LOW_PRIORITY|IGNORE)\s+(?!SET\b))*+{_NAME}(?![\w.\"])[^;]*"
    rf"|SELECT\s[^();']*?\sFROM\s+{_NAME.replace('table', 'read')}(?:\s+WHERE\s[^();]*)?)\s*;?\s*$",
    re.IGNORECASE,
)
_NOTIFIES = re.compile(r"\s*SELECT\s+pg_notify\s*\(", re.IGNORECASE)
"""A message to those who listen, and no row."""
_COMPLEX = re.compile(r"\b(?:JOIN|UNION|FROM\s.*\bFROM)\b", re.IGNORECASE | re.DOTALL)
_READS = frozenset({"SELECT", "SHOW", "EXPLAIN", "PRAGMA", "DESCRIBE", "DESC", "WITH", "VALUES", "TABLE"})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "UPSERT", "COPY", "CALL", "EXEC", "EXECUTE"})
_DEFINES = frozenset({"CREATE", "DROP", "ALTER", "TRUNCATE", "REFRESH", "GRANT", "REVOKE", "REINDEX", "VACUUM"})
_WRITES = _CHANGES | _DEFINES | {"LOCK", "COMMIT"}
_QUIET = frozenset({"SET", "BEGIN", "START", "ROLLBACK", "SAVEPOINT", "RELEASE", "USE", "ANALYZE", "DECLARE", "LISTEN"})
_WORDS = frozenset({"SELECT", "LATERAL", "UNNEST", "ONLY", "SET", "VALUES", "WHERE"})


class Statement(NamedTuple):
    """What one SQL statement does, to which tables; the first table is the one that a write changes."""

    kind: Kind
    verb: str
    tables: tuple[str, ...]


def looks_like_sql(text: str) -> bool:
    """Whether a text starts as a statement that touches data."""
    match = _START.match(text)
    if not match:
        return False
    word = match[1].upper()
    return word in _READS | _WRITES and (" " in text.strip() or "\n" in text.strip())


def statements_of(text: str, *, qualified: bool = False) -> list[Statement]:
    """The statements of a SQL text; statements that only steer the session are left out.

    `qualified` keeps what stands before a table's name: in a warehouse the project and the dataset are part of it.
    """
    if len(text) > _LIMIT or not _START.match(text) or _NOTIFIES.match(text):
        return []
    plain = None if qualified else _plain(text)
    if plain is not None:
        return [plain]
    cleaned = _PARAMETER.sub("NULL", _BRACES.sub(_HOLE, text))
    parsed = _parsed(cleaned, ("bigquery", "postgres") if qualified else ("postgres", "mysql"))
    found = [_read_tree(tree, qualified) for tree in parsed] if parsed is not None else _scan(cleaned, qualified)
    return list(dict.fromkeys(statement for statement in found if statement is not None))


def _plain(text: str) -> Statement | None:
    """A statement so plain that its words say all, so that the parser need not be loaded."""
    match = _PLAIN.match(text)
    if match is None:
        return None
    if match["write"]:
        return Statement("db_write", match["write"].split()[0].upper(), (match["table"],))
    return None if _COMPLEX.search(text) else Statement("db_read", "SELECT", (match["read"],))


def _parsed(text: str, dialects: tuple[str, ...]) -> list[Expr] | None:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        for dialect in dialects:
            try:
                trees = [tree for tree in sqlglot.parse(text, dialect=dialect) if tree is not None]
            except (SqlglotError, RecursionError):
                continue
            if trees:
                return trees
    finally:
        logger.setLevel(before)
    return None


def _read_tree(tree: Expr, qualified: bool) -> Statement | None:
    from sqlglot import expressions

    if isinstance(tree, expressions.Command):
        rest = tree.args.get("expression")
        return _one(f"{tree.name} {rest if isinstance(rest, str) else getattr(rest, 'name', '')}", qualified)
    verb = tree.key.upper()
    with_names = {cte.alias_or_name for cte in tree.find_all(expressions.CTE)}
    tables = [t for t in _tables(tree, qualified) if t not in with_names]
    if isinstance(tree, expressions.Query):
        inner = tree.find(expressions.Insert, expressions.Update, expressions.Delete)
        if inner is not None:
            return _read_tree(inner, qualified)
        return Statement("db_read", "SELECT", tuple(dict.fromkeys(tables)))
    if verb in ("TRUNCATETABLE", "ALTERTABLE"):
        verb = verb.removesuffix("TABLE")
    if verb in _QUIET or verb not in _WRITES | _READS:
        return None
    if verb in _READS:
        return Statement("db_read", verb, tuple(dict.fromkeys(tables)))
    changed = tree.this.find(expressions.Table) if hasattr(tree.this, "find") else None
    first = [name for name in [_table_name(changed, qualified)] if name] if changed is not None else tables[:1]
    return Statement("db_write", verb, tuple(first))


def _tables(tree: Expr, qualified: bool) -> list[str]:
    from sqlglot import expressions

    return [name for table in tree.find_all(expressions.Table, bfs=False) if (name := _table_name(table, qualified))]


def _table_name(table: expressions.Table, qualified: bool) -> str:
    parts = [table.catalog, table.db, table.name] if qualified else [table.name]
    name = ".".join(str(part) for part in parts if part)
    return "" if _HOLE in name else name


def _scan(text: str, qualified: bool) -> list[Statement | None]:
    return [_one(part, qualified) for part in text.split(";")]


def _one(text: str, qualified: bool) -> Statement | None:
    match = _START.match(text)
    if not match:
        return None
    verb = match[1].upper()
    found = [name for name in _TABLE.findall(text) if name.upper() not in _WORDS]
    names = [name.replace('"', "").replace("`", "") for name in found]
    names = names if qualified else [name.rpartition(".")[2] for name in names]
    tables = tuple(dict.fromkeys(name for name in names if _HOLE not in name))
    if verb == "WITH":
        changing = re.search(r"\b(INSERT|UPDATE|DELETE)\b", text, re.IGNORECASE)
        verb = changing[1].upper() if changing else "SELECT"
    if verb in _READS:
        return Statement("db_read", verb, tables)
    return Statement("db_write", verb, tables[:1]) if verb in _WRITES else None
