"""Python source in the form that a formatter leaves alone: black writes it, and ruff's formatter agrees."""

from __future__ import annotations

from black import assert_equivalent, format_str
from black.mode import Mode, TargetVersion
from black.parsing import ASTSafetyError, InvalidInput

from exporters.shared.python_text import LINE_LENGTH

_MODE = Mode(target_versions={TargetVersion.PY311}, line_length=LINE_LENGTH)


def laid_out(text: str) -> str:
    """The module's text as black writes it; as it is where black can't read it, or would change what it does."""
    try:
        made = format_str(text, mode=_MODE)
        assert_equivalent(text, made)
    except (InvalidInput, ASTSafetyError):
        return text
    return made
