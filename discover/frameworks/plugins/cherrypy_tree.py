"""CherryPy's page handlers: the path of a method is the chain of attributes that leads from a mounted object to it.

No call names a path but the mounting one: objects hang on objects, as attributes of a class, of `self`, or set from
outside, and whatever is exposed on the way answers. A YAML rule sees one call or one decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.records import EntryPoint
from discover.frameworks.rules.given import Given
from discover.model import TriggerDetail
from discover.resolve.symbols import Class, Function
from discover.resolve.values import ConstantValue, InstanceValue

if TYPE_CHECKING:
    from discover.frameworks.workbench import Workbench

_MOUNTS = ["cherrypy.quickstart", "cherrypy.Tree.mount", "cherrypy.Application"]
_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_DEPTH = 8


class _Tree:
    """Walks from the mounted objects down."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.program = bench.program
        self.aliases: dict[Function, list[str]] = {}
        """Exposed functions, with the further names that they answer to."""
        self.classes: set[Class] = set()
        """Exposed classes: their methods are named after the HTTP methods that they answer."""
        self.between: dict[Class, list[str]] = {}
        """Parts of the path that a class takes off before its attributes are looked up."""
        self.seen: set[Class] = set()

    def run(self) -> None:
        """Read what is exposed, then walk; what nothing mounts has an unknown path."""
        self._read()
        for match in self.bench.index.calls(_MOUNTS):
            given = Given(match.site.call, match.site.function)
            prefixes = self.bench.picker.texts(Pick(argument=1, keyword="script_name", default=""), given)
            for value in self.bench.picker.values(Pick(argument=0, keyword="root"), given):
                if isinstance(value, InstanceValue):
                    for prefix in prefixes:
                        self._object(value, prefix.rstrip("/"), 0.95, ())
        holders = {function.owner for function in self.aliases if function.owner is not None} | self.classes
        for cls in sorted(holders - self.seen, key=lambda c: c.id):
            if not any(below in self.seen for below in cls.subclasses):
                self._object(self.program.engine.intern.instance(cls, ()), "{}", 0.6, ())

    def _read(self) -> None:
        for decoration, _ in self.bench.index.decorations("cherrypy.expose"):
            definition = decoration.definition
            if isinstance(definition, Class):
                self.classes.add(definition)
                continue
            given = Given(decoration.call, definition.module.body)
            self.aliases[definition] = self.bench.picker.texts(Pick(argument=0, keyword="alias"), given)
        for decoration, _ in self.bench.index.decorations("cherrypy.popargs"):
            if isinstance(decoration.definition, Class):
                given = Given(decoration.call, decoration.definition.module.body)
                names = self.bench.picker.texts(Pick(argument=0, rest=True), given)
                self.between[decoration.definition] = names
        for cls in self.program.all_classes:
            for name in _marked(cls.record.body):
                method = self.program.find_method(cls, name)
                if method is not None and method.is_project:
                    self.aliases.setdefault(method, [])
            slot = cls.names.get("exposed")
            if slot is not None and any(isinstance(v, ConstantValue) and v.value is True for v in slot.values):
                self.classes.add(cls)

    def _object(self, value: InstanceValue, path: str, sure: float, way: tuple[Class, ...]) -> None:
        cls = value.cls
        if not cls.is_project or cls in way or len(way) > _DEPTH:
            return
        self.seen.update(level for level in cls.mro if level.is_project)
        taken = [name for level in cls.mro for name in self.between.get(level, ())]
        path += "".join(f"/<{name}>" for name in taken)
        if any(level in self.classes for level in cls.mro):
            for verb in _VERBS:
                method = self.program.find_method(cls, verb)
                if method is not None and method.is_project:
                    self._add(cls, method, (path or "/") + _parts(method, taken), (verb,), sure)
        for name in _names(cls):
            method = self.program.find_method(cls, name)
            if method is not None:
                for alias in [name, *self.aliases[method]] if method in self.aliases else ():
                    self._add(cls, method, _path(path, alias, _parts(method, taken)), (), sure)
                continue
            for inner in self.program.attribute((value,), name, cls.module.body):
                if isinstance(inner, InstanceValue):
                    tail = "" if name == "index" else f"/{name}"
                    self._object(inner, path + tail, sure, (*way, cls))

    def _add(self, cls: Class, method: Function, path: str, methods: tuple[str, ...], sure: float) -> None:
        self.bench.found.entry(
            EntryPoint(
                id="",
                kind="http",
                framework="cherrypy",
                unit=method.id,
                line=method.record.line,
                receiver=cls.id,
                detail=TriggerDetail(path=path, methods=methods),
                confidence=sure,
                evidence=f"exposed {method.module.path}:{method.record.line}",
            )
        )


def register(bench: Workbench) -> None:
    """Find all page handlers."""
    _Tree(bench).run()


def _names(cls: Class) -> list[str]:
    """The attributes of a class and of its objects, those of its bases too."""
    levels = [level for level in cls.mro if level.is_project]
    names = {n: None for level in levels for n in (*level.names, *level.attributes, *level.self_attributes)}
    return [name for name in names if not name.startswith("_")]


def _marked(body: list[ir.Stmt]) -> list[str]:
    """The older way: `index.exposed = True` in the class's body."""
    return [
        target.value.id
        for statement in body
        if isinstance(statement, ir.Assign)
        and isinstance(statement.value, ir.Constant)
        and statement.value.value is True
        for target in statement.targets
        if isinstance(target, ir.Attribute) and target.name == "exposed" and isinstance(target.value, ir.Name)
    ]


def _path(head: str, name: str, parts: str) -> str:
    if name == "index":
        return f"{head}/"
    if name == "default":
        return f"{head}/*"
    return f"{head}/{name}{parts}"


def _parts(method: Function, taken: list[str]) -> str:
    """The parts of the path that a handler must be given, as far as its parameters have no default."""
    given = [p for p in method.record.parameters[1:] if p.kind in ("positional", "normal") and p.default is None]
    return "".join(f"/<{parameter.name}>" for parameter in given if parameter.name not in taken)
