"""Every line of the fixtures has the effects that its mark says, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from discover.effects import SiteEffect

FIXTURES = Path(__file__).parents[2] / "fixtures" / "effects"
FOLDERS = sorted(folder for folder in FIXTURES.iterdir() if folder.is_dir())


def expected(folder: Path) -> list[str]:
    found: list[str] = []
    for file in sorted(folder.rglob("*.py")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            mark = re.search(r"# effect: (.*)$", line)
            if mark:
                found += [f"{file.relative_to(folder).as_posix()}:{number} {one}" for one in mark[1].split(" | ")]
    return sorted(found)


def written(one: SiteEffect) -> str:
    effect = one.effect
    parts = [f"{effect.at.partition('::')[0]}:{effect.line}", effect.kind, effect.detail or "-"]
    if effect.target:
        parts.append(f"<{effect.target}>")
    if effect.service:
        parts.append(f"@{effect.service}")
    if one.timeout is not None:
        parts.append(f"timeout={one.timeout:g}")
    return " ".join(parts)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_marked_lines_have_their_effects_and_the_others_none(
    folder: Path, effects_of_folder: Callable[[Path], list[SiteEffect]]
) -> None:
    found = effects_of_folder(folder)
    assert sorted(written(one) for one in found) == expected(folder)
    assert len({one.effect.id for one in found}) == len(found)
    assert all(0 < one.effect.confidence <= 1 and one.effect.evidence for one in found)
