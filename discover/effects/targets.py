"""What an effect touches: a URL, a model, SQL tables, recipients, a file."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from discover.catalog.spec import Pick
from discover.effects.columns import models_of_columns
from discover.effects.picks import MISSING, Picked, dotted, every_name_of, names_of, pick, text_of
from discover.effects.services import may_be_url
from discover.effects.sql import Kind, Statement, statements_of
from discover.facts import records as ir
from discover.resolve.values import ConstantValue, ContainerValue, InstanceValue, Values

if TYPE_CHECKING:
    from discover.catalog.spec import Effect
    from discover.effects.models import Models
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite, External
    from discover.resolve.symbols import Function

_STATEMENT_VERBS: dict[str, tuple[Kind, str]] = {
    "sqlalchemy.Select": ("db_read", "SELECT"),
    "sqlalchemy.Insert": ("db_write", "INSERT"),
    "sqlalchemy.Upsert": ("db_write", "INSERT"),
    "sqlalchemy.Update": ("db_write", "UPDATE"),
    "sqlalchemy.Delete": ("db_write", "DELETE"),
}
_TABLE = "sqlalchemy.Table"
_TEXT = "sqlalchemy.TextClause"
_NAMING_KINDS = frozenset({"email", "message"})
_LONGEST = 160


class Target(NamedTuple):
    """The target's text, and the name in the code that stands for it where its value is not known."""

    text: str = ""
    name: str = ""
    among: tuple[str, ...] = ()
    """The models of which it is one, where they are more than the text names."""


def target_of(program: Program, site: CallSite, external: External | None, rule: Effect) -> Target:
    """What the rule's `target` finds at the call."""
    if rule.target is None:
        return Target()
    if isinstance(rule.target, str):
        return Target(_filled(rule.target, external))
    found = pick(program, site, external, rule.target)
    if not found.given:
        return Target()
    name = dotted(found.expression)
    if rule.kind in ("db_read", "db_write"):
        shown = found.text or names_of(found.values)
        return Target(_shortened(shown), name, () if shown else every_name_of(found.values))
    text = found.text or (None if is_parameter(site.function, found.expression) else _text(found))
    if text is None and rule.target.form == "url" and not is_parameter(site.function, found.expression):
        text = _what_urls_share(found.values)
    if rule.base is not None:
        text = _based(text, pick(program, site, external, rule.base))
    if rule.target.form == "url" and (text is None or not may_be_url(text)):
        return Target(f"{{{name}}}" if name else "", name)
    if text is None and rule.kind in _NAMING_KINDS:
        return Target(name, name)
    return Target(_shortened(text or ""), name)


def is_existing(program: Program, site: CallSite, external: External | None, rule: Effect) -> bool:
    """Whether the target is, or may be, an object of a known class that was read rather than made."""
    if not isinstance(rule.target, Pick):
        return False
    found = pick(program, site, external, rule.target)
    objects = [v for v in found.values if isinstance(v, InstanceValue) and v.cls.is_project]
    return any(not v.exact for v in objects)


def is_parameter(function: Function, expression: ir.Expr | None) -> bool:
    """Whether the expression is a bare parameter: what one caller is known to pass says nothing about the others."""
    return isinstance(expression, ir.Name) and any(p.name == expression.id for p in function.record.parameters)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _filled(text: str, external: External | None) -> str:
    """`{name}` is the called name, `{path}` what follows the package, `{owner}` that without the name."""
    path = external.path if external is not None else ""
    words = {"{name}": path.rpartition(".")[2], "{path}": path.partition(".")[2], "{owner}": _owner(path)}
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text


def _owner(path: str) -> str:
    """`stripe.checkout.Session.create` -> `checkout.Session`."""
    parts = [part for part in path.split(".")[1:-1] if not part.endswith(")")]
    return ".".join(parts)


def _text(found: Picked) -> str | None:
    text = text_of(found.values)
    if text is not None:
        return text
    if isinstance(found.expression, ir.Sequence):
        texts = [_item(item) for item in found.expression.items]
        named = [one for one in texts if one]
        if named:
            return ", ".join(named) if len(named) == len(texts) else None
    parts = [text_of(v.element.values) for v in found.values if isinstance(v, ContainerValue)]
    return parts[0] if len(parts) == 1 else None


def _based(text: str | None, base: Picked) -> str | None:
    """The whole address: a path below what the client was made with."""
    before = base.text if base.text is not None else text_of(base.values)
    if not before or (text is not None and "://" in text):
        return text
    return f"{before.rstrip('/')}/{(text if text is not None else '{}').lstrip('/')}"


def _what_urls_share(values: Values) -> str | None:
    """`https://api.example.com/v1/{}` of several URLs of one host, as callers of `_post(path)` make them."""
    texts = [value.value for value in values if isinstance(value, ConstantValue)]
    urls = [text for text in texts if isinstance(text, str) and "://" in text]
    if len(urls) < 2 or len(urls) < len(values):
        return None
    columns = zip(*(url.split("/") for url in urls), strict=False)
    shared = "/".join(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))
    return f"{shared}/{{}}" if shared.partition("://")[2] else None


def _item(item: ir.Expr) -> str:
    return str(item.value) if isinstance(item, ir.Constant) else dotted(item)


def statements_at(
    program: Program, site: CallSite, external: External | None, rule: Pick, models: Models
) -> list[Statement] | None:
    """The SQL that the call runs, as text or as a statement object; None when it is not known."""
    found = pick(program, site, external, rule)
    built = _built(found.values)
    if built:
        columns = models_of_columns(program, site.function, found.expression, models)
        return [s if s.tables or not columns else s._replace(tables=(columns,)) for s in built]
    texts = [v.value for v in _sql_texts(found.values) if isinstance(v.value, str)]
    statements = [statement for text in texts for statement in statements_of(text, qualified=rule.qualified)]
    if not statements:
        return [] if texts and all(_is_known(text) for text in texts) else None
    named = [s._replace(tables=tuple(models.of_table(table) for table in s.tables)) for s in statements]
    return list(dict.fromkeys(named))


def _is_known(text: str) -> bool:
    """Whether the text says at least its first word."""
    return bool(text.strip()) and not text.strip().startswith("{")


def _built(values: Values) -> list[Statement]:
    """Statements that SQLAlchemy's `select()`, `insert()`, … built."""
    found: list[Statement] = []
    for value in values:
        if isinstance(value, InstanceValue) and value.cls.path in _STATEMENT_VERBS:
            kind, verb = _STATEMENT_VERBS[value.cls.path]
            entities = tuple(v for _, bound in value.bindings for v in bound)
            name = "" if _is_unnamed_table(entities) else names_of(entities)
            found.append(Statement(kind, verb, (name,) if name else ()))
    return list(dict.fromkeys(found))


def _is_unnamed_table(entities: Values) -> bool:
    return all(isinstance(v, InstanceValue) and v.cls.path == _TABLE and not v.bindings for v in entities)


def _sql_texts(values: Values) -> list[ConstantValue]:
    found: list[ConstantValue] = []
    for value in values:
        if isinstance(value, ConstantValue):
            found.append(value)
        elif isinstance(value, InstanceValue) and value.cls.path == _TEXT:
            found += [v for _, bound in value.bindings for v in bound if isinstance(v, ConstantValue)]
    return found


def text_at(program: Program, site: CallSite, external: External | None, rule: Pick | str | float | None) -> str:
    """A rule's text: a constant, or what it picks from the call."""
    if rule is None:
        return ""
    if isinstance(rule, str | int | float):
        return str(rule)
    found = pick(program, site, external, rule)
    if found is MISSING:
        return ""
    text = found.text or text_of(found.values) or names_of(found.values)
    return _shortened(text or "")
