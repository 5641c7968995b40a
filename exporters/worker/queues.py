"""Takes sending over from every queue that the backend uses."""

from __future__ import annotations

from exporters.worker import (
    arq_jobs,
    celery_tasks,
    dramatiq_actors,
    huey_tasks,
    kombu_messages,
    pika_messages,
    rq_jobs,
    scheduled_jobs,
)
from exporters.worker.arriving import on_import

_LIBRARIES = {
    "apscheduler.schedulers.base": scheduled_jobs.install,
    "arq.connections": arq_jobs.install,
    "celery.app.base": celery_tasks.install,
    "dramatiq.composition": dramatiq_actors.install,
    "huey.api": huey_tasks.install,
    "kombu.messaging": kombu_messages.install,
    "pika.adapters.blocking_connection": pika_messages.install_blocking,
    "pika.channel": pika_messages.install_channel,
    "rq.queue": rq_jobs.install,
}
"""The module of each that sends, and what takes it over once the backend has imported it."""


def install() -> None:
    """From now on, in this process, queues record instead of sending. Harmless to repeat."""
    for module, take_over in _LIBRARIES.items():
        on_import(module, take_over)
