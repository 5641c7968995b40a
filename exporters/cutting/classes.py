"""What a class of the backend is to a value that has to cross: a record, an enum, a row of an ORM, or nothing known."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from exporters.cutting.kinds import DATA, PLAIN, Kind, other
from exporters.cutting.source import Class, Code, Constant, dotted_name

_DEEPEST = 6
_ROWS = frozenset({
    "django.db.models.Model", "sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.DeclarativeBaseNoMeta",
    "django.contrib.auth.models.AbstractUser", "django.contrib.auth.models.AbstractBaseUser", "sqlmodel.SQLModel",
    "flask_sqlalchemy.model.Model", "peewee.Model", "tortoise.models.Model",
})  # fmt: skip
_OBJECTS = frozenset({"pydantic.BaseModel", "pydantic.main.BaseModel", "typing.NamedTuple", "msgspec.Struct"})
_PLAINS = frozenset({
    "enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag",
    "django.db.models.TextChoices", "django.db.models.IntegerChoices", "django.db.models.enums.TextChoices",
})  # fmt: skip
_DATA = frozenset({"typing.TypedDict", "typing_extensions.TypedDict"})
_DATACLASSES = frozenset({"dataclasses.dataclass", "pydantic.dataclasses.dataclass", "attr.s", "attrs.define"})
_SAVED_SINGLY = ("django.", "peewee.", "tortoise.")
_COLUMNS = frozenset({"Column", "mapped_column"})


class Classes:
    """Answers for each class once."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._known: dict[tuple[str, str], Kind] = {}

    def kind(self, found: Class) -> Kind:
        """The kind of the class's instances."""
        key = (found.file.path, found.node.name)
        if key not in self._known:
            self._known[key] = other(f"an object of {found.node.name}")
            self._known[key] = self._kind(found)
        return self._known[key]

    def _kind(self, found: Class) -> Kind:
        for decorator in found.node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self._path(found, called) in _DATACLASSES:
                return Kind("object", found)
        if any(_is_column(statement) for statement in found.node.body):
            return Kind("row", found)
        for path in self._bases(found, 0):
            if path in _ROWS:
                return Kind("row", found)
            if path in _OBJECTS:
                return Kind("object", found)
            if path in _PLAINS:
                return PLAIN
            if path in _DATA:
                return DATA
        return Kind("other", found, why=f"an object of {found.node.name}")

    def _path(self, holder: Class, node: ast.expr) -> str:
        named = self._code.meant(node, holder.file)
        return named if isinstance(named, str) else dotted_name(node)

    def lineage(self, found: Class, depth: int = 0) -> Iterator[Class]:
        """The class and those of the backend that it inherits from."""
        yield found
        for base in found.node.bases:
            named = self._code.meant(base, found.file)
            if isinstance(named, Class) and depth < _DEEPEST:
                yield from self.lineage(named, depth + 1)

    def is_in_session(self, found: Class) -> bool:
        """Whether a session keeps track of the class's rows: there is no other ORM below it that saves each itself."""
        bases = [self._code.meant(base, one.file) for one in self.lineage(found) for base in one.node.bases]
        return not any(isinstance(base, str) and base.startswith(_SAVED_SINGLY) for base in bases)

    def _bases(self, found: Class, depth: int) -> Iterator[str]:
        for base in found.node.bases:
            name = dotted_name(base)
            named = self._code.named(found.file, name) if name else None
            if isinstance(named, Class):
                if depth < _DEEPEST:
                    if any(_is_column(statement) for statement in named.node.body):
                        yield "django.db.models.Model"
                    yield from self._bases(named, depth + 1)
            elif isinstance(named, str):
                yield named
            elif isinstance(named, Constant) and _ends_in(named.value, "declarative_base"):
                yield "sqlalchemy.orm.DeclarativeBase"
            elif name:
                yield name

    def field(self, found: Class, name: str) -> ast.expr | None:
        """The annotation, or the value, that the class or one above it gives the attribute."""
        for holder in self.lineage(found):
            for statement in holder.node.body:
                match statement:
                    case ast.AnnAssign(target=ast.Name(id=own), annotation=annotation) if own == name:
                        return annotation
                    case ast.Assign(targets=[ast.Name(id=own)], value=value) if own == name:
                        return value
                    case _:
                        pass
        return None


def _ends_in(value: ast.expr, name: str) -> bool:
    return isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] == name


def _is_column(statement: ast.stmt) -> bool:
    """Whether the statement of a class's body maps an attribute to a column, or the class to a table."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if any(isinstance(target, ast.Name) and target.id == "__tablename__" for target in targets):
            return True
        value = statement.value
        if isinstance(value, ast.Call):
            path = dotted_name(value.func)
            return path.rpartition(".")[2] in _COLUMNS or (path.startswith("models.") and path.endswith("Field"))
    return False
