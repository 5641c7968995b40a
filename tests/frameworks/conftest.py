"""Runs the stages up to the frameworks over a folder, and lists what was found as short lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from discover.catalog.load import narrowed, read_libraries
from discover.facts.extract import extract
from discover.facts.imports import absolute_imports, top_level_names
from discover.frameworks.find import find_frameworks
from discover.frameworks.records import Dispatch, EntryPoint, Findings
from discover.link.brokers import Brokers
from discover.resolve.program import resolve
from discover.sources.records import DeclaredTrigger

Finder = Callable[..., Findings]
Listing = dict[str, list[str]]


def run_stages(root: Path, declared: tuple[DeclaredTrigger, ...] = ()) -> Findings:
    """Facts, values and frameworks of a small project whose import root is the folder itself."""
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.py"))
    facts = [extract(path, (root / path).read_bytes()) for path in paths]
    names = {path: (path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"),) for path in paths}
    imports = [absolute_imports(module) for module in facts]
    catalog = narrowed(read_libraries(), top_level_names(imports))
    return find_frameworks(resolve(facts, names, catalog.types, namesakes=catalog.namesakes), catalog, declared)


def entry_line(entry: EntryPoint) -> str:
    """`kind what -> unit`, with the options that are set."""
    detail = entry.detail
    words = [entry.kind, ",".join(detail.methods), detail.path, detail.command, detail.signal]
    words += [f"from {detail.sender}" if detail.sender else "", detail.name if detail.command is None else ""]
    words += [f"topic={detail.topic}" if detail.topic else ""]
    words += [f"[{detail.schedule}]" if detail.schedule else "", f"queue={detail.queue}" if detail.queue else ""]
    if entry.retry is not None:
        words.append(f"tries={entry.retry.attempts} delay={entry.retry.delay}")
        words.append(f"on={'|'.join(entry.retry.on)}" if entry.retry.on else "")
    words.append(f"timeout={entry.timeout:g}" if entry.timeout is not None else "")
    return " ".join([word for word in words if word] + ["->", entry.unit])


def dispatch_line(dispatch: Dispatch, brokers: Brokers) -> str:
    """`unit -> targets`, with the edge and the options that are set; what a broker carries is joined by its channel."""
    received = [target.unit for target in brokers.receivers(dispatch)] if dispatch.sends else dispatch.targets
    targets = ", ".join(received) or f"? {dispatch.name}"
    words = [f"{dispatch.edge} {dispatch.unit}:{dispatch.line} -> {targets}"]
    words += [f"({', '.join(dispatch.arguments)})" if dispatch.arguments else ""]
    words += [
        f"via {dispatch.channel}" if dispatch.channel else "",
        f"after {dispatch.delay_text}" if dispatch.delay_text else "",
    ]
    words += [
        f"stage {dispatch.stage}" if dispatch.stage else "",
        dispatch.outcome if dispatch.outcome != "always" else "",
        f"of {', '.join(dispatch.after)}" if dispatch.after else "",
    ]
    words += [f"each {dispatch.each}" if dispatch.each else "", "passed on" if dispatch.is_passed_on else ""]
    return " ".join(word for word in words if word)


def listing(found: Findings) -> Listing:
    """Everything found, as sorted lines; empty parts are left out."""
    brokers = Brokers(found)
    lines = {
        "entry_points": [entry_line(entry) for entry in found.entry_points],
        "dispatches": [
            dispatch_line(dispatch, brokers)
            for dispatch in found.dispatches
            if not dispatch.stored or brokers.receivers(dispatch)
        ],
        "listeners": [
            f"{listener.unit} <- {', '.join(channel.name for channel in listener.channels)}"
            for listener in found.listeners
        ],
        "callbacks": [
            f"{c.runs} {c.unit}:{c.line} -> {', '.join(c.targets)}{' passed on' if c.is_passed_on else ''}"
            for c in found.callbacks
        ],
        "hooks": list({f"{h.moment} {h.unit} -> {h.target}": None for h in found.hooks}),
    }
    return {name: sorted(part) for name, part in lines.items() if part}


@pytest.fixture
def find(tmp_path: Path) -> Callable[[dict[str, str]], Findings]:
    """Writes files and finds what frameworks make of them."""

    def write_and_run(files: dict[str, str]) -> Findings:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return run_stages(tmp_path)

    return write_and_run
