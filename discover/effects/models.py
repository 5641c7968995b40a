"""The project's mapped classes: which they are, their tables, and their attributes that stand for columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts import records as ir
from discover.facts.source_text import ending
from discover.resolve.symbols import Class
from discover.resolve.values import ClassValue, ConstantValue, InstanceValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.resolve.program import Program

DJANGO_MODEL = "django.db.models.Model"
MAPPED_BASES = frozenset(
    {
        "sqlalchemy.orm.DeclarativeBase",
        "sqlalchemy.orm.DeclarativeBaseNoMeta",
        "flask_sqlalchemy.model.Model",
        "sqlmodel.SQLModel",
    }
)
_MAPPERS = frozenset({"map_imperatively", "mapper"})
_RELATIONSHIPS = frozenset({"relationship", "Relationship", "dynamic_loader"})


class Models:
    """Looks up what is mapped; `attributes` is empty unless SQLAlchemy maps something.

    `imperative`: look for classes that a call maps, too.
    """

    def __init__(self, program: Program, *, imperative: bool = False) -> None:
        self.mapped: dict[Class, str] = {}
        """Classes that SQLAlchemy maps, with their tables where declared."""
        self.attributes: set[str] = set()
        """Names of columns and relationships of the mapped classes."""
        self._collections: dict[Class, set[str]] = {}
        """The relationships that each class declares."""
        self._back_references: set[str] = set()
        """Names that relationships give to attributes of the other class."""
        self._by_table: dict[str, str] = {}
        for cls in program.classes.values():
            program.engine.hierarchy.resolve(cls)
            if any(base.path == DJANGO_MODEL for base in cls.mro):
                self._by_table.setdefault(_django_table(cls), cls.record.name)
            elif is_mapped(cls):
                self._add(cls, _declared(cls, "__tablename__"))
        if imperative:
            self._imperative(program)

    def _add(self, cls: Class, table: str) -> None:
        self.mapped[cls] = table
        if table:
            self._by_table.setdefault(table, cls.record.name)
        for statement in cls.record.body:
            if not isinstance(statement, ir.Assign):
                continue
            for target in statement.targets:
                if isinstance(target, ir.Name) and not target.id.startswith("__"):
                    self.attributes.add(target.id)
        for level in cls.mro:
            if level.is_project and level not in self._collections:
                self._collections[level] = set(self._relationships(level))
        self.attributes.update(cls.attributes)

    def _relationships(self, cls: Class) -> Iterator[str]:
        for statement in cls.record.body:
            value = statement.value if isinstance(statement, ir.Assign) else None
            if isinstance(statement, ir.Assign) and isinstance(value, ir.Call) and _is_relationship(value):
                yield from (target.id for target in statement.targets if isinstance(target, ir.Name))
                self._back_references.update(_back_references(value))

    def is_collection(self, cls: Class, name: str) -> bool:
        """Whether the attribute of a mapped class stands for rows of another one."""
        is_back = name in self._back_references
        return any(
            name in self._collections.get(level, ()) or (is_back and name in level.attributes) for level in cls.mro
        )

    def _imperative(self, program: Program) -> None:
        """Classical mappings: `registry.map_imperatively(Class, table, properties={…})`."""
        for function in program.functions.values():
            for site in function.sites.values():
                if ending(site.call.function) in _MAPPERS and len(site.arguments) > 1:
                    for value in site.arguments[0]:
                        if isinstance(value, ClassValue) and value.cls.is_project:
                            self._add_imperative(value.cls, site.arguments[1], site.call)

    def _add_imperative(self, cls: Class, tables: Values, call: ir.Call) -> None:
        self._add(cls, next((name for value in tables for name in _table_names(value)), ""))
        self.attributes.update(cls.self_attributes)
        for keyword in call.keywords:
            if keyword.name == "properties" and isinstance(keyword.value, ir.Mapping):
                for key in keyword.value.keys:
                    if isinstance(key, ir.Constant) and isinstance(key.value, str):
                        self.attributes.add(key.value)
                        self._collections.setdefault(cls, set()).add(key.value)

    def of_table(self, table: str) -> str:
        """The model that stands for a table; the table's own name when no model declares it."""
        return self._by_table.get(table, table)

    def mapped_class(self, values: Values) -> Class | None:
        """The mapped class that the values are objects of, if there is one."""
        for value in values:
            if isinstance(value, InstanceValue) and value.cls in self.mapped:
                return value.cls
        return None


def is_mapped(cls: Class) -> bool:
    """Whether objects of the class are rows of a table."""
    if any(base.path in MAPPED_BASES for base in cls.mro):
        return True
    return any("__tablename__" in level.names or "__table__" in level.names for level in cls.mro if level.is_project)


def _is_relationship(value: ir.Call) -> bool:
    return ending(value.function) in _RELATIONSHIPS


def _back_references(relationship: ir.Call) -> Iterator[str]:
    """The names in `backref="lines"`, `backref=backref("lines")`."""
    for keyword in relationship.keywords:
        value = keyword.value if keyword.name == "backref" else None
        if isinstance(value, ir.Call) and value.arguments:
            value = value.arguments[0]
        if isinstance(value, ir.Constant) and isinstance(value.value, str):
            yield value.value


def _declared(cls: Class, name: str) -> str:
    """The constant that a class, or a project class above it, assigns to a name in its body."""
    for level in cls.mro:
        for statement in level.record.body:
            if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Constant):
                for target in statement.targets:
                    if isinstance(target, ir.Name) and target.id == name:
                        return str(statement.value.value)
    return ""


def _django_table(cls: Class) -> str:
    for child in cls.children.values():
        if isinstance(child, Class) and child.record.name == "Meta":
            table = _declared(child, "db_table")
            if table:
                return table
    packages = [part for part in cls.module.name.split(".") if part != "models"]
    if "models" in cls.module.name.split("."):
        parts = cls.module.name.split(".")
        packages = parts[: parts.index("models")]
    return f"{packages[-1] if packages else ''}_{cls.record.name}".lower()


def _table_names(value: object) -> list[str]:
    """The name of a `sqlalchemy.Table` object."""
    if not isinstance(value, InstanceValue):
        return []
    return [str(v.value) for _, values in value.bindings for v in values if isinstance(v, ConstantValue)]
