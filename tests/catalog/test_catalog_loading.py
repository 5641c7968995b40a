"""Loading catalogs: which libraries apply, what the cache keeps, what the bundled stubs look like."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from discover.catalog.compiled import LIBRARIES
from discover.catalog.load import narrowed, read_libraries
from discover.errors import ConfigError


def test_only_libraries_that_the_project_imports_are_used(tmp_path: Path) -> None:
    catalog = narrowed(read_libraries((), [tmp_path]), {"flask"})
    assert "flask" in catalog.libraries
    assert "celery" not in catalog.libraries


def test_a_library_brings_those_whose_types_it_needs(tmp_path: Path) -> None:
    assert "django" in narrowed(read_libraries((), [tmp_path]), {"rest_framework"}).libraries
    assert "starlette" in narrowed(read_libraries((), [tmp_path]), {"fastapi"}).libraries


def test_the_parsed_catalogs_are_kept_and_read_again(tmp_path: Path) -> None:
    first = read_libraries((), [tmp_path])
    assert len(list(tmp_path.glob("catalogs-*.msgpack"))) == 1
    assert read_libraries((), [tmp_path]) == first


def test_a_broken_cache_is_made_again(tmp_path: Path) -> None:
    first = read_libraries((), [tmp_path])
    (stored,) = tmp_path.glob("catalogs-*.msgpack")
    stored.write_bytes(b"\xc1 not msgpack")
    assert read_libraries((), [tmp_path]) == first
    assert stored.read_bytes() != b"\xc1 not msgpack"


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    read_libraries((), [tmp_path / "taken", tmp_path / "cache"])
    assert len(list((tmp_path / "cache").glob("catalogs-*.msgpack"))) == 1


def test_a_users_file_adds_a_library_and_replaces_a_bundled_one(tmp_path: Path) -> None:
    house = tmp_path / "house.yaml"
    house.write_text("library: house\nimports: [house]\nplumbing: [house.log]\n")
    mine = tmp_path / "schedule.yaml"
    mine.write_text("library: schedule\nimports: [schedule]\n")
    catalog = narrowed(read_libraries([house, mine], [tmp_path / "cache"]), {"house", "schedule"})
    assert catalog.plumbing == ["house.log"]
    assert not [rule for library, rule in catalog.entry_points if library == "schedule"]


def test_a_missing_users_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        read_libraries([tmp_path / "nowhere.yaml"], [tmp_path])


def test_every_bundled_library_has_its_own_name_documentation_and_imports() -> None:
    catalog = narrowed(read_libraries())
    assert len(catalog.libraries) == len(list(LIBRARIES.glob("*.yaml")))


@pytest.mark.parametrize("module", sorted(narrowed(read_libraries()).types))
def test_stub_text_is_python_and_no_member_hides_a_name_that_its_class_uses(module: str) -> None:
    for node in ast.walk(ast.parse(narrowed(read_libraries()).types[module])):
        if isinstance(node, ast.ClassDef):
            members = {n.name for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
            members |= {
                n.target.id for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            }
            assert not members & _annotated_names(node), f"{module}.{node.name}"


def _annotated_names(cls: ast.ClassDef) -> set[str]:
    annotations: list[ast.expr] = []
    for member in cls.body:
        if isinstance(member, ast.AnnAssign):
            annotations.append(member.annotation)
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*member.args.args, *member.args.kwonlyargs]
            annotations += [a.annotation for a in arguments if a.annotation is not None]
            annotations += [member.returns] if member.returns is not None else []
    return {name.id for annotation in annotations for name in ast.walk(annotation) if isinstance(name, ast.Name)}
