"""The calls that a correction means: by the text of what is called, or by their line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.facts.source_text import text_of

if TYPE_CHECKING:
    from discover.config.corrections import Correction
    from discover.resolve.program import Program
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function


def calls_meant(functions: list[Function], rule: Correction) -> list[CallSite]:
    """The calls in the functions that the correction's `call` and `line` mean, in source order; all without either."""
    sites = [site for function in functions for site in function.sites.values() if rule.means_line(site.line)]
    text = _plain(rule.of("call").removesuffix("()"))
    if not text:
        return sites
    # `getattr(x, name)` is meant as what is called in `getattr(x, name)(1)`, and only without that as a call itself.
    called = [site for site in sites if text == _plain(text_of(site.call.function))]
    return called or [site for site in sites if text == _plain(text_of(site.call))]


def _plain(text: str) -> str:
    """Without what says the same in another hand: the kind of quotes, spaces."""
    return text.replace('"', "'").replace(" ", "")


def functions_named(program: Program, unit: str) -> list[Function]:
    """The functions and module bodies of exactly this unit."""
    return [function for function in program.all_functions if function.id == unit]
