"""The shape of a module that writes canonical definitions in an engine's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from exporters.base import ExportResult, Loss
from exporters.canonical.records import Definition


class Writer(Protocol):
    """Every exporter whose form is made of definitions, whether these come from a scan or from edited files."""

    NAME: str
    """The word after `export --to`."""

    def write(self, definitions: Sequence[Definition], before: Sequence[Loss] = ()) -> ExportResult:
        """Write the definitions in the target's form, with what it can't say.

        `before` are losses of the definitions themselves: they stand first in the result, and in its instructions.
        """
        ...
