"""Routes that a project's own model admins and admin sites add: the patterns of their `get_urls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discover.catalog.spec import Pick
from discover.frameworks.reading.listed import ANYWHERE
from discover.frameworks.rules.given import Given
from discover.resolve.symbols import Class
from discover.resolve.values import ClassValue, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.routing.url_patterns import Listed, UrlPatterns
    from discover.frameworks.workbench import Workbench

SITE = "django.contrib.admin.sites.AdminSite"
_ADMIN = "django.contrib.admin.options.ModelAdmin"
_REGISTER = f"{SITE}.register"


def admin_patterns(bench: Workbench, patterns: UrlPatterns) -> Iterator[tuple[str, list[Listed]]]:
    """The patterns that a `get_urls` adds, each list with its path below the site: `shop/order/` of a model's."""
    models = _models(bench)
    for base in (SITE, _ADMIN):
        below = bench.program.subclasses_of(base)
        registered = [cls for cls in models if cls.is_project and cls not in below] if base == _ADMIN else []
        for cls in [*below, *registered]:  # what is registered is an admin, whatever library has its base
            method = bench.program.find_method(cls, "get_urls")
            if method is None or not method.is_project:
                continue
            found = [
                one for value in bench.contexts.returned(method) for one in patterns.listed(value, method, ANYWHERE)
            ]
            for tail in [""] if base == SITE else models.get(cls, ["{}/{}/"]):
                yield tail, found


def _models(bench: Workbench) -> dict[Class, list[str]]:
    """Each model admin with the paths of the models that it is registered for."""
    found: dict[Class, list[str]] = {}

    def note(cls: Class, models: Values) -> None:
        for path in map(_path, bench.handlers.classes(models) or _library_models(models)):
            if path not in found.setdefault(cls, []):
                found[cls].append(path)

    for decoration, _ in bench.index.decorations("django.contrib.admin.register"):
        for expression in decoration.call.arguments if decoration.call is not None else ():
            if isinstance(decoration.definition, Class):
                note(decoration.definition, bench.program.values_of(decoration.scope, expression))
    for match in bench.index.calls(_REGISTER):
        given = Given(match.site.call, match.site.function, None, match.receivers)
        models = bench.picker.values(Pick(argument=0, keyword="model_or_iterable"), given)
        opened = (*models, *bench.program.elements_of(models))
        for cls in bench.handlers.classes(bench.picker.values(Pick(argument=1, keyword="admin_class"), given)):
            note(cls, tuple(value for value in opened if isinstance(value, ClassValue)))
    return found


def _library_models(values: Values) -> list[Class]:
    return [value.cls for value in values if isinstance(value, ClassValue)]


def _path(model: Class) -> str:
    """`shop/order/` of `shop.models.Order`, or of a module in the package `models`."""
    *package, name = model.path.split(".")
    above = package[: package.index("models")] if "models" in package else package
    return f"{above[-1] if above else '{}'}/{name.lower()}/"
