"""The outside services that a workflow names, as the list of workflows shows them."""

from __future__ import annotations

import pytest

MAILED = ("E-mail", "log.example")
MAILS = {
    "a framework's mail": ('send_mail("Paid", "Thanks", None, [email])', MAILED),
    "a sent message": ('EmailMultiAlternatives("Paid", "Thanks", None, [email]).send()', MAILED),
    "a mail server": ('smtplib.SMTP("mail").sendmail("shop", email, "Thanks")', ("SMTP", "log.example")),
    "a message that is only made": ('EmailMultiAlternatives("Paid", "Thanks", None, [email])', ("log.example",)),
}


@pytest.mark.parametrize(("call", "services"), MAILS.values(), ids=MAILS.keys())
def test_an_e_mail_is_an_outside_service(scan_source, call, services):
    code = f"""
import smtplib
import requests
from celery import shared_task
from django.core.mail import EmailMultiAlternatives, send_mail
@shared_task
def work(email):
    {call}
    requests.post("https://log.example/done")
"""
    (workflow,) = scan_source({"jobs.py": code}).workflows
    assert workflow.services == services
