"""A queue or a prefix that an object was made with is that object's: told where the object sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discover.model import Graph

Scan = Callable[[Mapping[str, str | bytes]], Graph]

HANDLERS = """
    class Handler:
        def __init__(self, name, queue):
            self.name = name
            self.queue = queue

    class Books(Handler):
        def __init__(self, app):
            super().__init__("books", app.config["BOOKS_QUEUE"])

    class Toys(Handler):
        def __init__(self, app):
            super().__init__(name="toys", queue=app.config["TOYS_QUEUE"])

    class Games(Handler):
        def __init__(self, app):
            super().__init__(name="games", queue=app.config["GAMES_QUEUE"])
"""
WORKER = """
    from kombu import Connection, Consumer, Exchange, Producer, Queue
    from kombu.mixins import ConsumerMixin
    from handlers import Books, Games, Toys

    class Worker(ConsumerMixin):
        def __init__(self, app, handler):
            self.handler = handler
            self.queue = Queue(self.handler.queue)

        def get_consumers(self, _, channel):
            return [Consumer(channel, queues=[self.queue], callbacks=[self.take])]

        def take(self, body, message):
            message.ack()

    def run_books(app):
        handler = Books(app)
        Worker(app, handler).run()

    def run_toys(app):
        Worker(app, Toys(app)).run()

    def tell(queue, order):
        Producer(Connection("amqp://").channel()).publish({"order": order}, routing_key=queue)

    def tell_books(app, order):
        books = Books(app)
        tell(books.queue, order)

    def tell_games(app, order):
        games = Games(app)
        tell(games.queue, order)
"""


def test_a_queue_that_a_constructor_above_keeps_is_that_of_the_object(scan_source: Scan):
    graph = scan_source({"handlers.py": HANDLERS, "worker.py": WORKER})
    consumers = [one.detail.queue for one in graph.triggers if one.kind == "consumer"]
    assert consumers == ["config.BOOKS_QUEUE, config.TOYS_QUEUE"]
    sent = {edge.source for edge in graph.edges if edge.kind == "publish"}
    assert "worker.py::tell_books" in sent
    assert "worker.py::tell_games" not in sent
    assert [one.what for one in graph.unresolved if "GAMES" in one.what]


CLIENTS = """
    import asyncio
    from redis import Redis
    from rq import Queue

    class Client:
        def __init__(self, prefix=""):
            self.queue = Queue(connection=Redis())
            self.prefix = prefix

        def send_now(self, name):
            return self.queue.enqueue(f"{self.prefix}.{name}")

        async def send(self, name):
            return await asyncio.get_event_loop().run_in_executor(None, self.send_now, name)

    _client = None

    def make():
        return Client("jobs")

    def client():
        global _client
        if _client is None:
            _client = make()
        return _client

    async def count():
        worker = client()
        await worker.send("count")

    async def total():
        await client().send("total")

    async def nothing():
        await Client("others").send("total")
"""
JOBS = """
    def count():
        return 1

    def total():
        return 2
"""


def test_what_an_executor_runs_is_the_method_of_the_object_that_a_factory_made(scan_source: Scan):
    graph = scan_source({"clients.py": CLIENTS, "jobs.py": JOBS})
    sent = {(edge.source, edge.target) for edge in graph.edges if edge.kind == "dispatch"}
    assert {pair for pair in sent if pair[0] != "clients.py::Client.send_now"} == {
        ("clients.py::count", "jobs.py::count"),
        ("clients.py::total", "jobs.py::total"),
    }
    assert [one.what for one in graph.unresolved if one.at == "clients.py::nothing"] == ["others.total"]
