from __future__ import annotations

import pytest

from discover.config import load_config
from discover.pipeline import scan
from discover.sources.records import ImportRoot
from discover.sources.roots import (
    ModuleMap,
    added_roots,
    candidate_roots,
    choose_roots,
    module_names,
    package_of,
    score_roots,
)

TWO_SERVICES = [
    *("services/a/app/__init__.py", "services/a/app/main.py", "services/a/app/db.py"),
    *("services/b/app/__init__.py", "services/b/app/main.py", "services/b/app/db.py"),
]


def chosen(paths: list[str], declared: list[tuple[str, str]], imports: dict[str, list[str]]) -> list[str]:
    return [root.path for root in choose_roots(candidate_roots(paths, declared), imports, paths)]


@pytest.mark.parametrize(
    ("paths", "declared", "imports", "roots"),
    [
        (["app/__init__.py", "app/a.py"], [], {"app/a.py": ["app.b"]}, [""]),
        (["src/app/__init__.py", "src/app/a.py"], [], {"src/app/a.py": ["app"]}, ["src", ""]),
        (["web/manage.py", "web/shop/a.py"], [("web", "manage.py")], {"web/shop/a.py": ["shop.b"]}, ["web", ""]),
        (
            ["proj/proj/__init__.py", "proj/proj/settings.py", "proj/shop/__init__.py", "proj/shop/a.py"],
            [("proj", "proj/manage.py")],
            {"proj/shop/a.py": ["proj.settings", "shop.b"]},
            ["proj", ""],
        ),
        (["scripts/job.py", "scripts/common.py"], [], {"scripts/job.py": ["common"]}, ["scripts", ""]),
        (["scripts/job.py", "scripts/logging.py"], [], {"scripts/job.py": ["logging"]}, [""]),
        (
            TWO_SERVICES,
            [],
            {"services/a/app/main.py": ["app.db", "app.main"], "services/b/app/main.py": ["app.db"]},
            ["services/a", "services/b", ""],
        ),
        (
            ["src/company/billing/__init__.py", "src/company/billing/a.py"],
            [],
            {"src/company/billing/a.py": ["company.billing.b"]},
            ["src", ""],
        ),
    ],
    ids=["flat", "src", "manage", "django in a folder", "scripts", "a standard name", "two services", "namespace"],
)
def test_roots_are_those_that_imports_confirm(
    paths: list[str], declared: list[tuple[str, str]], imports: dict[str, list[str]], roots: list[str]
):
    assert chosen(paths, declared, imports) == roots


def test_the_name_of_a_known_library_does_not_make_a_folder_a_root():
    paths = ["shop/__init__.py", "shop/worker.py", "docker/settings/celery.py", "docker/settings/web.py"]
    imports = {"shop/worker.py": ["celery", "shop.tasks"]}
    chosen_roots = choose_roots(candidate_roots(paths, []), imports, paths, libraries={"celery"})
    assert [root.path for root in chosen_roots] == [""]
    declared = choose_roots(
        candidate_roots(paths, [("docker/settings", "setup.py")]), imports, paths, libraries={"celery"}
    )
    assert [root.path for root in declared] == ["docker/settings", ""]


def test_an_import_counts_for_the_root_that_follows_its_name_furthest():
    paths = ["web/web/settings.py", "web/web/__init__.py", "web/shop/a.py"]
    roots = candidate_roots(paths, [("web", "web/manage.py")])
    assert score_roots(roots, {"web/shop/a.py": ["web.settings"]}, paths)["web"] == 1


def test_a_declared_folder_without_python_is_no_root():
    assert [root.path for root in candidate_roots(["app/a.py"], [("lib", "setup.py")])] == ["", "app"]


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("src/app/__init__.py", ("app", "src.app")),
        ("src/app/views.py", ("app.views", "src.app.views")),
        ("src/my-tool/run.py", ()),
        ("bin/job", ()),
        ("top.py", ("top",)),
    ],
)
def test_a_file_has_a_name_from_each_root_above_it(path: str, names: tuple[str, ...]):
    roots = [ImportRoot(path="", evidence=""), ImportRoot(path="src", evidence="", declared=True)]
    assert module_names([path], roots)[path] == names


def test_a_root_that_nobody_declared_names_files_last():
    roots = [ImportRoot(path="", evidence=""), ImportRoot(path="app/routers", evidence="")]
    assert module_names(["app/routers/users.py"], roots) == {"app/routers/users.py": ("app.routers.users", "users")}


def test_a_symbolic_link_gives_the_linked_modules_a_second_name():
    roots = [ImportRoot(path="service", evidence=""), ImportRoot(path="", evidence="")]
    names = module_names(["shared/models.py"], roots, {"service/shared": "shared"})
    assert names["shared/models.py"] == ("shared.models", "service.shared.models")


def test_modules_of_the_same_name_are_told_apart_by_who_imports_them():
    roots = [ImportRoot(path=path, evidence="") for path in ("services/a", "services/b", "")]
    modules = ModuleMap(module_names(TWO_SERVICES, roots))
    assert modules.locate("app.db", "services/a/app/main.py") == "services/a/app/db.py"
    assert modules.locate("app.db", "services/b/app/main.py") == "services/b/app/db.py"
    assert modules.locate("app.none", "services/b/app/main.py") is None


PACKAGE_OF_APPS = ["web/settings.py", "web/apps/__init__.py", "web/apps/shop/__init__.py", "web/apps/shop/models.py"]


def test_a_package_that_code_puts_on_the_import_path_is_a_root_when_imports_confirm_it():
    added = added_roots(PACKAGE_OF_APPS, {"web/settings.py": ["apps"]})
    imports = {"web/apps/shop/models.py": ["shop.models", "shop.models.Order"]}
    roots = choose_roots(candidate_roots(PACKAGE_OF_APPS, []), imports, PACKAGE_OF_APPS, added)
    assert [(root.path, root.declared, root.evidence) for root in roots] == [
        ("web/apps", True, "web/settings.py"),
        ("", False, "the scanned root"),
    ]
    assert module_names(PACKAGE_OF_APPS, roots)["web/apps/shop/models.py"][0] == "shop.models"


def test_a_folder_on_the_import_path_that_no_import_needs_is_no_root():
    added = added_roots(PACKAGE_OF_APPS, {"web/settings.py": ["apps"]})
    roots = choose_roots(
        candidate_roots(PACKAGE_OF_APPS, []), {"web/settings.py": ["apps.shop"]}, PACKAGE_OF_APPS, added
    )
    assert "web/apps" not in [root.path for root in roots]


def test_files_keep_the_name_that_most_imports_give_them_beside_a_folder_that_one_script_adds():
    paths = ["app/__init__.py", "app/shop.py", "app/mail.py", "fix.py"]
    added = added_roots(paths, {"fix.py": ["app"]})
    imports = {"fix.py": ["shop"], "app/mail.py": ["app.shop"], "app/shop.py": ["app.mail"]}
    roots = choose_roots(candidate_roots(paths, []), imports, paths, added)
    assert module_names(paths, roots)["app/shop.py"] == ("app.shop", "shop")


def test_a_package_is_no_root_for_its_manage_py_when_imports_name_the_package():
    paths = ["shop/__init__.py", "shop/manage.py", "shop/mail.py"]
    roots = choose_roots(candidate_roots(paths, [("shop", "shop/manage.py")]), {"shop/manage.py": ["shop.mail"]}, paths)
    assert module_names(paths, roots)["shop/mail.py"] == ("shop.mail",)


def test_a_folder_that_its_own_files_import_by_name_stands_below_a_root():
    paths = [
        *("shop/__init__.py", "shop/main.py", "shop/build/image/agent/server.py", "shop/build/image/agent/contract.py"),
        "shop/build/agent.py",
    ]
    imports = {"shop/main.py": ["shop.db"], "shop/build/image/agent/server.py": ["agent.contract"]}
    assert chosen(paths, [], imports) == ["", "shop/build/image"]


def test_a_folder_is_no_root_for_a_module_of_its_own_name_that_another_root_has():
    paths = ["agent/__init__.py", "agent/contract.py", "build/image/agent/server.py", "build/image/agent/contract.py"]
    assert chosen(paths, [], {"build/image/agent/server.py": ["agent.contract"]}) == [""]


INSIDE = ("__init__.py", "models.py", "jobs/__init__.py", "jobs/sync.py")


@pytest.mark.parametrize(
    ("imports", "paths", "package"),
    [
        (["shop.models", "shop.jobs.sync", "requests"], INSIDE, "shop"),
        (["shop"], INSIDE, ""),  # says nothing of what is in it
        (["models", "jobs.sync", "shop.models"], INSIDE, ""),
        (["shop.models", "shop.jobs"], (*INSIDE, "shop/models.py"), ""),
        (["shop.elsewhere"], INSIDE, ""),
    ],
)
def test_the_scanned_folder_is_a_package_where_its_files_import_one_another_by_its_name(imports, paths, package):
    assert package_of("shop", {"models.py": imports}, paths) == package


def test_files_of_a_package_that_is_scanned_itself_are_its_modules_first():
    names = module_names(INSIDE, [ImportRoot(path="", evidence="the scanned root")], package="shop")
    assert names["__init__.py"] == ("shop",)
    assert names["jobs/sync.py"] == ("shop.jobs.sync", "jobs.sync")


def test_a_package_that_is_scanned_itself_shows_what_it_shows_within_its_repository(tree):
    files = {
        "shop/__init__.py": "",
        "shop/worker.py": "from celery import Celery\napp = Celery('shop')\n",
        "shop/tasks.py": "from shop.worker import app\n@app.task\ndef ship(order): ...\n",
        "shop/orders.py": "from shop.tasks import ship\ndef pay(order):\n    ship.delay(order)\n",
    }
    root = tree(files)
    whole, inner = (scan(folder, load_config(folder, None), workers=1) for folder in (root, root / "shop"))
    hops = [
        [(e.source.removeprefix("shop/"), e.target.removeprefix("shop/")) for e in g.edges if e.kind == "dispatch"]
        for g in (whole, inner)
    ]
    assert hops == [[("orders.py::pay", "tasks.py::ship")]] * 2
