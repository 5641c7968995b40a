"""What a process holds as long as it lives: values of modules, attributes of classes and functions, mutable defaults.

A holder is named by a text: `shop/app.py::STORE`, `shop/app.py::Shop.seen`, `shop/app.py::collect(found)` for the
default of a parameter, `shop/app.py::store()` for what a function keeps that answers once, `app.state` for what a
library holds. An attribute of an object is a holder of its own, one level deep: `shop/app.py::STORE.items`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from exporters.cutting.selves import given_by, lineage
from exporters.cutting.source import Class, Code, Constant, File, Function, FunctionNode, Named, dotted_name, given_in

_CONTAINERS = frozenset(
    {"dict", "list", "set", "bytearray", "collections.defaultdict", "collections.OrderedDict", "collections.deque"}
    | {"collections.Counter", "collections.ChainMap", "collections.UserDict", "weakref.WeakValueDictionary"}
    | {"weakref.WeakKeyDictionary", "weakref.WeakSet", "types.SimpleNamespace", "array.array", "heapq.merge"}
)
OF_REQUESTS = frozenset({"flask.g", "flask.session", "quart.g", "quart.session"})
"""What libraries hold as long as a request lives."""
_OUTSIDE = (*sorted(OF_REQUESTS), "flask.current_app", "quart.current_app", "sys.modules")
"""What libraries hold and code sets."""
_PROXY = "current_"
"""Begins what a library calls what belongs to a request or a task: `current_user`."""
_MADE_ANEW = (*_OUTSIDE, "flask.request", "quart.request", "bottle.request", "bottle.response")
"""What is told by its name, and what each step finds made anew."""
_GOING_ON = frozenset({"itertools.count", "itertools.cycle"})
"""What gives another value each time that it is asked."""
_OF_FIELDS = ("dataclass", "attrs.define", "attr.s", "attrs.frozen")
_COPYING = ("pydantic.BaseModel", "pydantic.main.BaseModel", "BaseSettings", "msgspec.Struct", "sqlmodel.SQLModel")
"""What makes an attribute of each object of what the class says of it."""
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp


class Holders:
    """Finds what dotted names hold, and what that is."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._values: dict[str, Constant] = {}
        self._names: dict[str, dict[int, str]] = {}
        self._bound: dict[ast.AST, frozenset[str]] = {}
        self._declared: dict[str, frozenset[str]] = {}
        self._shared: dict[str, frozenset[str]] = {}
        self.set_outside: set[str] = set()
        """Names of modules, of the backend's and of libraries', that code elsewhere sets."""
        self._asked: set[str] = set()
        self.late: list[str] = []
        """Those that had been asked for before it was known that they are set."""
        self.when_asked: Callable[[str], None] = lambda _path: None

    def at(self, dotted: str, file: File, own: Collection[str], paths: Mapping[str, str]) -> str:
        """The holder that a dotted name means where it is written; empty for local names and for what is none."""
        parts = dotted.split(".")
        if parts[0] in own:
            return ""
        holder = file
        for size in range(1, len(parts) + 1):
            named = self._code.named(file, ".".join(parts[:size]), paths)
            rest = parts[size:]
            if isinstance(named, File):
                holder = named
                continue
            path = f"{holder.path}::{parts[size - 1]}"
            if named is None:
                return below(path, rest) if parts[size - 1] in self._bound_in(holder.tree) else ""
            return self._of(named, rest) or ("" if rest or isinstance(named, str) else self._where_set(path))
        return ""

    def _where_set(self, path: str) -> str:
        """The path, where code elsewhere sets what is there; else it is kept that it was asked for."""
        if path in self.set_outside:
            return path
        self._asked.add(path)
        self.when_asked(path)
        return ""

    def _of(self, named: Named, rest: list[str]) -> str:
        match named:
            case Constant():
                name = self._name_of(named)
                return below(name, rest) if name and self._is_state(name, named, rest) else ""
            case Class():
                return self.of_class(named, rest[0]) if rest else ""
            case Function():
                return f"{named.unit}.{rest[0]}" if rest else ""
            case str():
                path = ".".join([named, *rest])
                return _first_around(path, _OUTSIDE) or self._where_set(path)
            case _:
                return ""

    def _is_state(self, name: str, constant: Constant, rest: list[str]) -> bool:
        """Whether what the module holds can be changed: it is set anew somewhere, or has parts that may be."""
        value = constant.value
        if self.is_container(constant) or name.rpartition("::")[2] in self._declared_in(constant.file):
            return True
        if isinstance(value, ast.Call):
            named = self._code.meant(value.func, constant.file)
            return isinstance(named, Class | Function) or bool(rest) or named in _GOING_ON
        return isinstance(value, ast.Name | ast.Attribute) or _is_none(value)

    def of_class(self, named: Class, attribute: str) -> str:
        """The attribute, at the class that gives it: those below share it."""
        for one in lineage(named, self._code):
            if self._code.method(one, attribute) is not None:
                return ""
            if attribute in self._bound_in(one.node):
                return self._at_class(one, attribute)
        return f"{named.file.path}::{named.node.name}.{attribute}"

    def of_attribute(self, owner: Class, attribute: str) -> str:
        """The holder of an attribute that the class itself gives its objects to share; empty for their own."""
        for one in lineage(owner, self._code):
            made = self._code.method(one, "__init__")
            if made is not None and any(_gives(node, attribute) for node in ast.walk(made.node)):
                return ""
            if self._makes_each(one):
                continue
            for name, value in _values_of(one.node.body):
                is_shared = name == attribute and attribute in self._set_of_classes(one.file)
                if is_shared or (name == attribute and self.is_container(Constant(one.file, value))):
                    return self._at_class(one, attribute)
        return ""

    def _makes_each(self, owner: Class) -> bool:
        """Whether what the class's body gives an attribute is made anew for each object."""
        if any(dotted_name(getattr(one, "func", one)).endswith(_OF_FIELDS) for one in owner.node.decorator_list):
            return True
        bases = (self._code.meant(base, one.file) for one in lineage(owner, self._code) for base in one.node.bases)
        return any(isinstance(base, str) and base.endswith(_COPYING) for base in bases)

    def _set_of_classes(self, file: File) -> frozenset[str]:
        """The attributes that code of a file sets of classes: `cls.total`, `type(self).total`."""
        if file.path not in self._shared:
            stored = (one for one in ast.walk(file.tree) if isinstance(one, ast.Attribute))
            self._shared[file.path] = frozenset(
                one.attr for one in stored if not isinstance(one.ctx, ast.Load) and _is_class(one.value)
            )
        return self._shared[file.path]

    def _at_class(self, owner: Class, attribute: str) -> str:
        holder = f"{owner.file.path}::{owner.node.name}.{attribute}"
        for name, value in _values_of(owner.node.body):
            if name == attribute:
                self._values[holder] = Constant(owner.file, value)
        return holder

    def _name_of(self, constant: Constant) -> str:
        file = constant.file
        if file.path not in self._names:
            found = {id(value): f"{file.path}::{name}" for name, value in _values_of(file.tree.body)}
            for node in file.tree.body:
                if isinstance(node, ast.ClassDef):
                    inside = _values_of(node.body)
                    found |= {id(value): f"{file.path}::{node.name}.{name}" for name, value in inside}
            self._names[file.path] = found
        name = self._names[file.path].get(id(constant.value), "")
        if name:
            self._values[name] = constant
        return name

    def _bound_in(self, node: ast.Module | ast.ClassDef) -> frozenset[str]:
        """All that a module or a class binds itself, also more than once; what it imports is not its own."""
        if node not in self._bound:
            self._bound[node] = frozenset(_bound_by(node.body))
        return self._bound[node]

    def names_in(self, node: ast.Module | ast.ClassDef) -> frozenset[str]:
        """All names that a module or a class binds to values itself."""
        return self._bound_in(node)

    def set_from_outside(self, path: str) -> frozenset[str]:
        """The holder of that path, which is one from now on, whatever it holds."""
        if path not in self.set_outside:
            self.set_outside.add(path)
            if path in self._asked:
                self.late.append(path)
        return frozenset({path})

    def _declared_in(self, file: File) -> frozenset[str]:
        """The names that functions of a file declare to be the module's, since they set them."""
        if file.path not in self._declared:
            declared = (node for node in ast.walk(file.tree) if isinstance(node, ast.Global))
            self._declared[file.path] = frozenset(name for node in declared for name in node.names)
        return self._declared[file.path]

    def class_of_attribute(self, owner: Class, attribute: str) -> Class | None:
        """The backend's class of what an attribute of its objects holds, where the class makes that itself."""
        for file, value in given_by(owner, attribute, self._code):
            named = self._code.meant(value.func, file) if isinstance(value, ast.Call) else None
            if isinstance(named, Class):
                return named
        return None

    def class_of(self, holder: str) -> Class | None:
        """The backend's class of which the holder has an object, where that is known."""
        for constant in self._given(holder):
            if isinstance(constant.value, ast.Call):
                named = self._code.meant(constant.value.func, constant.file)
                if isinstance(named, Class):
                    return named
        return None

    def made_of(self, holder: str) -> Constant | None:
        """The expression that gives the holder what it holds, as far as it is known."""
        return self._values.get(holder)

    def _given(self, holder: str) -> Iterator[Constant]:
        if holder in self._values:
            constant = self._values[holder]
            yield constant
            yield from self._set_later(holder, constant.file)
            return
        outer, _, attribute = holder.rpartition(".")
        if outer in self._values and (owner := self.class_of(outer)) is not None:
            yield from (Constant(file, value) for file, value in given_by(owner, attribute, self._code))
            for one in lineage(owner, self._code):
                if any(_promises_container(statement, attribute) for statement in one.node.body):
                    yield Constant(one.file, ast.List([]))

    def _set_later(self, holder: str, file: File) -> Iterator[Constant]:
        """What functions of the module give the name: `global store; store = Store()`."""
        name = holder.rpartition("::")[2]
        if name in self._declared_in(file):
            functions = [node for node in ast.walk(file.tree) if isinstance(node, FunctionNode)]
            declaring = (node for node in functions if any(_declares(inner, name) for inner in node.body))
            for node in declaring:
                yield from (Constant(file, value) for own, value in _values_of(node.body) if own == name)

    def may_be_changed(self, holder: str) -> bool:
        """Whether a method such as `append` changes what it holds: not where a library's object has such methods."""
        if "::" not in holder:
            return False
        if holder.endswith(")"):
            return True
        given = list(self._given(holder))
        is_open = not given and "." not in holder.rpartition("::")[2]
        return is_open or any(self.is_container(one) or _is_none(one.value) for one in given)

    def is_told(self, holder: str, changing: str) -> bool:
        """Whether the code says plainly that the function changes the holder, and not a part of what it gives.

        A class's attribute is changed where it is a container, or by methods of that class; what a function gives
        that answers once is an object whose own attributes nothing tells from those of others.
        """
        path, _, name = holder.partition("::")
        outer, _, attribute = name.partition(".")
        file = self._code.file(path)
        if file is None or not attribute or not isinstance(self._code.named(file, outer), Class):
            return not (outer.endswith("()") and attribute)
        is_own = changing.startswith(f"{path}::{outer}.")
        return is_own or any(self.is_container(one) for one in self._given(holder))

    def is_container(self, constant: Constant) -> bool:
        """Whether the expression makes a list, a dict or the like."""
        value = constant.value
        if isinstance(value, ast.Call):
            named = self._code.meant(value.func, constant.file)
            path = named if isinstance(named, str) else dotted_name(value.func)
            if path == "dataclasses.field":
                made = [keyword.value for keyword in value.keywords if keyword.arg == "default_factory"]
                return any(dotted_name(one) in _CONTAINERS for one in made)
            return path in _CONTAINERS or (isinstance(named, Class) and self._extends_container(named))
        return isinstance(value, _DISPLAYS)

    def _extends_container(self, named: Class) -> bool:
        bases = [(one.file, base) for one in lineage(named, self._code) for base in one.node.bases]
        return any((self._code.meant(base, file) or dotted_name(base)) in _CONTAINERS for file, base in bases)


def below(holder: str, rest: list[str]) -> str:
    """The attribute of a holder; of an attribute's own attributes nothing is known apart."""
    return f"{holder}.{rest[0]}" if rest and "." not in holder.rpartition("::")[2] else holder


def is_of_process(path: str) -> bool:
    """Whether a library holds what has that dotted path as long as the process lives, and nothing else tells of it."""
    return f".{_PROXY}" not in f".{path}" and not _first_around(path, _MADE_ANEW)


def _first_around(path: str, holders: Iterable[str]) -> str:
    """The first of the holders that is there, or that has it for a part."""
    return next((one for one in holders if path == one or path.startswith(f"{one}.")), "")


def is_display(node: ast.expr) -> bool:
    """Whether the expression makes a container in place."""
    return isinstance(node, _DISPLAYS)


def _declares(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Global) and name in node.names


def _promises_container(statement: ast.stmt, attribute: str) -> bool:
    """Whether a class says of its objects' attribute that it is a list, a dict or a set."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=None) if name == attribute:
            text = ast.unparse(annotation).partition("[")[0].rpartition(".")[2]
            return text.lower() in _CONTAINERS
        case _:
            return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _gives(node: ast.AST, attribute: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == attribute and isinstance(node.ctx, ast.Store)


def _values_of(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """What each name is bound to, also below conditions and tries."""
    for statement in body:
        match statement:
            case ast.Assign() | ast.AnnAssign():
                yield from given_in(statement)
            case ast.If() | ast.Try() | ast.With():
                yield from _values_of([one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)])
                for handler in getattr(statement, "handlers", ()):
                    yield from _values_of(handler.body)
            case _:
                pass


def _bound_by(body: list[ast.stmt]) -> set[str]:
    """The names that assignments bind, at any depth but in functions and classes."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def _is_class(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name == "cls" or name[:1].isupper()
        case ast.Call(func=ast.Name(id="type")) | ast.Attribute(attr="__class__"):
            return True
        case _:
            return False
