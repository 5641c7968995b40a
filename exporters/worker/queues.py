"""Takes sending over from every queue that is installed here."""

from __future__ import annotations

from exporters.worker import celery_tasks, rq_jobs


def install() -> None:
    """From now on, in this process, queues record instead of sending. Harmless to repeat."""
    celery_tasks.install()
    rq_jobs.install()
