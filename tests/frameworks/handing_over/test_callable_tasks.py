"""Tasks that are objects with a `__call__`, and jobs that a thread sends for others."""

from __future__ import annotations

from collections.abc import Callable

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

TASKS = """
import dramatiq

class Base:
    def __call__(self, *args):
        return self.run(*args)

class Mail(Base):
    def run(self, user):
        return user

class Bill(Base):
    def run(self, order):
        return order

mail = dramatiq.actor(Mail())
bill = dramatiq.actor(Bill())
"""


def _sent(found: Findings) -> set[tuple[str, str]]:
    return {(d.unit, target) for d in found.dispatches if not d.is_passed_on for target in d.targets}


def test_objects_that_inherit_how_they_are_called_are_tasks_of_their_own(find: Find) -> None:
    found = find({"jobs.py": TASKS + "def go():\n    mail.send(1)\ndef pay():\n    bill.send(2)\n"})
    assert sorted(e.unit for e in found.entry_points if e.kind == "task") == ["jobs.py::Bill.run", "jobs.py::Mail.run"]
    assert _sent(found) == {("jobs.py::go", "jobs.py::Mail.run"), ("jobs.py::pay", "jobs.py::Bill.run")}


def test_what_a_scheduler_sends_is_the_object_s_own_work(find: Find) -> None:
    schedule = (
        "from apscheduler.schedulers.blocking import BlockingScheduler\n"
        "def plan():\n    BlockingScheduler().add_job(bill.send, 'interval', hours=1)\n"
    )
    found = find({"jobs.py": TASKS + schedule})
    assert [e.unit for e in found.entry_points if e.kind == "schedule"] == ["jobs.py::Bill.run"]


def test_a_job_that_a_thread_enqueues_later_is_handed_over_where_it_is_chosen(find: Find) -> None:
    text = (
        "import threading, time\nfrom redis import Redis\nfrom rq import Queue\n"
        "queue = Queue(connection=Redis())\n"
        "def resize(image): ...\ndef clean(image): ...\n"
        "def later(func, delay):\n    threading.Thread(target=_later, args=(func, delay)).start()\n"
        "def _later(func, delay):\n    time.sleep(delay)\n    queue.enqueue(func)\n"
        "def upload():\n    later(resize, 3)\n"
        "def delete():\n    later(func=clean, delay=3)\n"
    )
    sent = _sent(find({"jobs.py": text}))
    assert sent == {("jobs.py::upload", "jobs.py::resize"), ("jobs.py::delete", "jobs.py::clean")}
