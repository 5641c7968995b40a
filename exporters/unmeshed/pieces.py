"""What slicing yields: pieces of functions in sequence, and choices between sequences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from discover import model


@dataclass(slots=True)
class Block:
    """Statements of one function, as the body of a function of their own."""

    module: str
    code: str
    imports: tuple[str, ...]
    parameters: dict[str, str]
    """Each variable that the code takes, and the key of its value in the piece."""
    results: dict[str, str]
    """Each variable that the code makes for others, and the key under which the piece keeps it."""


@dataclass(slots=True)
class Piece:
    """One worker: blocks that run one after the other over common keys and values."""

    ref: str
    name: str
    at: str
    blocks: list[Block] = field(default_factory=list[Block])
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    """The template of each value that comes from outside."""
    outputs: set[str] = field(default_factory=set[str])
    """The keys that later steps ask for; nothing else leaves the worker."""
    watched: set[str] = field(default_factory=set[str])
    """The inputs that later steps use as well: a change of them in place must not get lost."""
    hops: list[model.Hop] = field(default_factory=list[model.Hop])
    whole: str = ""
    """Not empty: the import path of a function that is called as it is, with all of its arguments."""


@dataclass(slots=True)
class Choice:
    """A condition, evaluated by a piece, and the parts of its two branches."""

    ref: str
    name: str
    decide: Piece
    yes: list[Part]
    no: list[Part]


Part = Piece | Choice


OUTPUT = re.compile(r"\{\{ steps\.(\w+)\.output\.(\w+)")


def output(ref: str, key: str) -> str:
    """The template of a value that an earlier piece has made."""
    return f"{{{{ steps.{ref}.output.{key} }}}}"


def pieces_of(parts: Iterable[Part]) -> Iterator[Piece]:
    """All pieces, in the order of the source."""
    for part in parts:
        if isinstance(part, Piece):
            yield part
        else:
            yield part.decide
            yield from pieces_of(part.yes)
            yield from pieces_of(part.no)
