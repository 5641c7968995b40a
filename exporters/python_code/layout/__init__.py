"""Python source in the form that ruff's formatter (and black) leaves alone.

`leaves` reads a statement's tokens with the spaces between them, `priorities` says where a line would best be split,
`parentheses` where parentheses may come and go, `splitting` puts a statement on as many lines as it needs, and
`statements` goes over a module. Nothing of what the code does or says changes: what is not surely the same stays.
"""

from __future__ import annotations

from exporters.python_code.layout.statements import laid_out

__all__ = ["laid_out"]
