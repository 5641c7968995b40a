from __future__ import annotations

SIGNALS = """
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver
from crm import find_model
from crm.models import Contact

@receiver(post_save, sender=find_model("a"))
def found(sender, **kwargs): ...

@receiver(post_save, sender=Contact)
def saved(sender, **kwargs): ...

@receiver(post_delete, sender=Contact)
def deleted(sender, **kwargs): ...

@receiver(m2m_changed, sender=Contact.members.through)
def joined(sender, **kwargs): ...
"""
MODELS = """
from django.db import models
from crm.models import Company, Contact

class Order(models.Model):
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE)
    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    {body}
"""


def heard(find, body: str) -> list[str]:
    method = "def accept(self):\n        " + "\n        ".join(body.splitlines())
    found = find(
        {
            "manage.py": "import django\n",
            "shop/__init__.py": "",
            "shop/signals.py": SIGNALS,
            "shop/models.py": MODELS.format(body=method),
        }
    )
    return sorted(unit.rpartition("::")[2] for one in found.dispatches for unit in one.targets)


def test_an_object_of_a_model_whose_code_is_not_there_sends_signals_when_it_is_saved(find):
    assert heard(find, "Contact(name='a').save()") == ["saved"]
    assert heard(find, "self.contact.save()") == ["saved"]
    assert heard(find, "Contact.objects.create(name='a')") == ["saved"]
    assert heard(find, "Contact.objects.filter(a=1).order_by('b').first().save()") == ["saved"]
    assert heard(find, "contact, _ = Contact.objects.get_or_create(a=1)\ncontact.delete()") == ["deleted", "saved"]


def test_all_objects_of_such_a_query_are_deleted_with_signals(find):
    assert heard(find, "for contact in Contact.objects.filter(a=1):\n    contact.delete()") == ["deleted"]
    assert heard(find, "Contact.objects.filter(a=1).delete()") == ["deleted"]


def test_a_relation_of_such_a_model_sends_what_stands_between(find):
    assert heard(find, "self.contact.members.add(1)") == ["joined"]


def test_what_a_call_gives_is_any_class(find):
    assert heard(find, "from crm import find_model\nfind_model('b')().save()\nfind_model('b').objects.create()") == []


def test_what_no_receiver_wants_or_what_is_no_object_of_the_model_sends_nothing(find):
    assert heard(find, "self.company.save()\nself.company.members.add(1)\nself.contact.tags.add(1)") == []
    assert heard(find, "self.contact.photo.save()\nContact.objects.filter(a=1).update(a=2)") == []
    assert heard(find, "Contact.objects.bulk_create([])\nContact.objects.get(a=1).company.delete()") == []
