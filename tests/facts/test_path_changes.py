"""Which folders a file puts on the import path: code in, ends of paths out."""

from __future__ import annotations

import pytest

from discover.facts.extract import extract
from discover.facts.path_changes import path_additions
from discover.facts.records import ModuleFacts


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        ("sys.path.append('apps')", ("apps",)),
        ("sys.path.insert(0, os.path.join(BASE_DIR, 'server', 'apps'))", ("server/apps",)),
        ("sys.path.append(str(Path(__file__).parent / 'apps'))", ("apps",)),
        ("sys.path.append(f'{BASE_DIR}/apps')", ("apps",)),
        ("sys.path += ['lib', '../apps']", ("lib", "apps")),
        ("APPS = BASE_DIR / 'apps'\nsys.path.append(str(APPS))", ("apps",)),
        ("def main():\n    if True:\n        sys.path.append('apps')", ("apps",)),
        ("site.addsitedir('vendor')", ("vendor",)),
        ("sys.path.append(os.path.dirname(__file__))", ()),
        ("paths.append('apps')", ()),
        ("sys.path.remove('apps')", ()),
        ("A = B + 'x'\nB = A + 'y'\nsys.path.append(A)", ("y/x",)),
    ],
)
def test_a_file_puts_these_on_the_import_path(code: str, ends: tuple[str, ...]) -> None:
    module = extract("settings.py", code.encode())
    assert isinstance(module, ModuleFacts)
    assert path_additions(module) == ends
