"""A job that asks for the rows of one thing it has waits for nobody; one that goes over all things does."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from discover.model import Graph

MODELS = """
    from django.db import models

    class Person(models.Model):
        email = models.TextField()

        def codes(self):
            return Code.objects.filter(person=self, kind="mail")

        def drop_codes(self):
            Code.objects.filter(person=self, kind="mail").delete()

        def wanted(self):
            self.given_codes.filter(kind="mail").delete()

    class Code(models.Model):
        kind = models.TextField()
        person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="given_codes")
"""
VIEWS = """
    from shop.models import Code

    def unverify(request):
        Code.objects.create(person=request.user, kind="mail")

    def verify(request, code: Code):
        code.kind = "known"
        code.save()
"""
COMMAND = """
    from django.core.management.base import BaseCommand
    from django.db.models import Exists, OuterRef, Q
    from shop.models import Code, Person

    class Command(BaseCommand):
        def handle(self, *args, **options):
            self.work(options)

        def work(self, options):
            {body}

    def drop(person, kind):
        codes = Code.objects.filter(person=person)
        codes.filter(kind=kind).delete()

    def refined(person, newest):
        codes = Code.objects.filter(person=person)
        if newest:
            codes = codes.order_by("-id")
        codes = codes.exclude(kind="other")
        codes.filter(kind="mail").delete()

    def narrowed(person):
        codes = Code.objects.filter(kind="mail")
        codes = codes.filter(person=person)
        for code in codes:
            print(code)

    def perhaps_narrowed(person, own):
        codes = Code.objects.filter(kind="mail")
        if own:
            codes = codes.filter(person=person)
        for code in codes:
            print(code)

    def like(code):
        for one in Code.objects.filter(kind=code.kind):
            print(one)
"""
JOBS = {
    "all rows": ('for code in Code.objects.filter(kind="mail"): print(code)', True),
    "rows by the command's option": (
        'for code in Code.objects.filter(kind="mail", person=options["person"]): print(code)',
        True,
    ),
    "the rows of one that it asks for": ("Person.objects.get(id=1).drop_codes()", False),
    "the rows of one by a name": ('person = Person.objects.first(); drop(person, "mail")', False),
    "the rows of one by its relation": ("person = Person.objects.create(); person.wanted()", False),
    "the rows of one, conditions apart": (
        'person = Person.objects.get(id=1); Code.objects.filter(Q(person=person)).filter(kind="mail").delete()',
        False,
    ),
    "the rows of each": ("for person in Person.objects.all(): person.drop_codes()", True),
    "the rows of each, found again": ('for row in rows(): drop(Person.objects.get(id=row["id"]), "mail")', True),
    "the rows of one, refined step by step": ("refined(Person.objects.get(id=1), True)", False),
    "the rows of each, refined step by step": ("for one in Person.objects.all(): refined(one, True)", True),
    "the rows of one, by a later step": ("narrowed(Person.objects.get(id=1))", False),
    "the rows of one, by a later step that may be left out": ("perhaps_narrowed(Person.objects.get(id=1), 1)", True),
    "rows like one that it has": ("like(Code.objects.get(id=1))", False),
    "a condition of another query": (
        'for one in Person.objects.filter(Exists(Code.objects.filter(kind="mail", person=OuterRef("pk")))): print(one)',
        False,
    ),
}


@pytest.mark.parametrize(("body", "is_polled"), JOBS.values(), ids=JOBS.keys())
def test_a_job_polls_what_it_goes_over(
    body: str, is_polled: bool, scan_source: Callable[[Mapping[str, str | bytes]], Graph]
) -> None:
    files = {
        "manage.py": "import django\n",
        "shop/__init__.py": "",
        "shop/models.py": textwrap.dedent(MODELS),
        "shop/views.py": textwrap.dedent(VIEWS),
        "shop/management/__init__.py": "",
        "shop/management/commands/__init__.py": "",
        "shop/management/commands/tidy.py": textwrap.dedent(COMMAND.replace("{body}", body)),
    }
    polls = [(edge.source, edge.line) for edge in scan_source(files).edges if edge.kind == "poll"]
    assert polls == ([("shop/views.py::unverify", 5)] if is_polled else [])
