"""How a definition names the exceptions that code names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from exporters.cutting.names import BUILTINS
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.source import NO_PATHS, Class, Code, File, Function, dotted_name

_OF_MODELS = frozenset({"DoesNotExist", "MultipleObjectsReturned"})
"""The exceptions that Django gives each model, under the model's own name."""


def error_names(
    node: ast.expr,
    file: File | None,
    code: Code,
    own: frozenset[str] = frozenset(),
    paths: Mapping[str, str] = NO_PATHS,
) -> Iterator[str]:
    """The names of one exception class, or of a tuple of them; raises where the code computes one.

    `own` are the local names where the expression stands, `paths` the dotted paths of what is imported there.
    """
    for part in node.elts if isinstance(node, ast.Tuple) else [node]:
        yield _error_name(part, file, code, own, paths)


def _error_name(node: ast.expr, file: File | None, code: Code, own: frozenset[str], paths: Mapping[str, str]) -> str:
    dotted = dotted_name(node)
    if not dotted or file is None or dotted.partition(".")[0] in own:
        raise CannotCutError(f"the exceptions `{ast.unparse(node)}` are computed")
    named = code.named(file, dotted, paths)
    if isinstance(named, Class):
        return f"{named.file.module}.{named.node.name}"
    holder, _, last = dotted.rpartition(".")
    if holder and last in _OF_MODELS:
        model = code.named(file, holder, paths)
        if isinstance(model, Class):
            return f"{model.file.module}.{model.node.name}.{last}"
        if isinstance(model, str) and model.rpartition(".")[2][:1].isupper():
            return f"{model}.{last}"
        raise CannotCutError(f"the exceptions `{dotted}` are computed")
    if isinstance(named, Function) or (named is None and dotted not in BUILTINS):
        raise CannotCutError(f"the exceptions `{dotted}` are computed")
    return dotted.rpartition(".")[2]
