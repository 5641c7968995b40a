"""The resolver's call graph in the names of PyCG's micro-benchmark.

It only translates: which function a call reaches is taken from the resolver as it stands. PyCG names a module's body
by the module, an inner function by its path, a lambda by its number in its function, the builtins `<builtin>.name`,
and an unknown library's things by their dotted path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.document import clean
from discover.resolve.program import CallSite, Class, Decoration, External, Function, Program
from discover.resolve.values import ClassValue, Values

TYPES = {"str": "PyStr", "dict": "PyDict", "list": "PyList", "int": "PyNum", "float": "PyNum"}
LAMBDA = re.compile(r"<lambda>(?:#(\d+))?")


def calls(program: Program) -> set[tuple[str, str]]:
    """Every pair of a caller and what it calls."""
    found: set[tuple[str, str]] = set()
    for function in program.all_functions:
        caller = _name(function)
        for site in program.sites(function):
            found.update((caller, callee) for callee in _called(program, site))
        for _, _, functions in program.reads(function):
            found.update((caller, _name(_entered(one, function))) for one in functions)
    found.update(_decorator_calls(program))
    return found


def _called(program: Program, site: CallSite) -> Iterator[str]:
    for target in site.targets:
        yield _name(_entered(target.function, site.function))
    for external in site.externals:
        if external.handed is None and not _is_hidden(program, external):
            yield _external_name(external)


def _entered(function: Function, caller: Function) -> Function:
    """What runs first where a function is called: the resolver notes wrappers beside it, PyCG calls the outermost.

    A wrapper calls the next one inside.
    """
    wrappers = function.wrappers
    if caller in wrappers:
        wrappers = wrappers[: wrappers.index(caller)]
    return wrappers[-1] if wrappers else function


def _is_hidden(program: Program, external: External) -> bool:
    """The resolver also notes an external base class where a class below it is made; its constructor may not run."""
    made = external.receiver
    if not isinstance(made, ClassValue) or not made.cls.is_project or external.function is not None:
        return False
    constructor = program.find_method(made.cls, "__init__")
    return constructor is not None and constructor.is_project


def _external_name(external: External) -> str:
    path = external.path.replace("()", "")
    if isinstance(external.receiver, ClassValue) and external.function is None and external.receiver.cls.is_project:
        path += ".__init__"
    top, _, rest = path.partition(".")
    if top != "builtins":
        return path
    kind, _, method = rest.partition(".")
    return f"<**{TYPES[kind]}**>.{method}" if method and kind in TYPES else f"<builtin>.{rest}"


def _decorator_calls(program: Program) -> Iterator[tuple[str, str]]:
    """A definition calls its decorators where it stands."""
    for decoration in program.decorations:
        caller = _definer(decoration)
        for name in _functions(program, decoration.values):
            yield _name(caller), name


def _definer(decoration: Decoration) -> Function:
    definition = decoration.definition
    if isinstance(definition, Class):
        return definition.unit
    return (definition.owner or definition.outer or definition.module.body).unit


def _functions(program: Program, values: Values) -> list[str]:
    return [_name(function) for function in program.functions_of(values)]


def _name(function: Function) -> str:
    qualname = clean(function.id.rpartition("::")[2])
    module = function.module.name.removesuffix(".__init__")
    if qualname == "<module>":
        return module
    return f"{module}.{LAMBDA.sub(lambda match: f'<lambda{match[1] or 1}>', qualname)}"
