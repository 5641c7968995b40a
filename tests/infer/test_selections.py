"""Where data picks one of several targets, the flow shows one node that opens, with the reason."""

from __future__ import annotations

import pytest

from discover.infer.node_trees import walked
from discover.model import Hop, OneOf, Parallel, Step

TABLES = """
    from celery import shared_task
    from django.db import transaction
    import requests
    @shared_task
    def mail(): requests.post("https://mail.example/send")
    @shared_task
    def post(): requests.post("https://post.example/send")
    def ring(): requests.post("https://ring.example/send")
    def knock(): requests.post("https://knock.example/send")
    JOBS = {"mail": mail, "post": post}
    SIGNS = {"ring": ring, "knock": knock}
    @shared_task
    def work(kind):
        BODY
"""
SHOWN = {
    "a call": ("SIGNS[kind]()", "one of 2 in SIGNS, picked by data", 0.7),
    "a hand-over": ("JOBS[kind].delay()", "one of 2 in JOBS, picked by data", 0.7),
    "a hand-over that is got": ("JOBS.get(kind).delay()", "one of 2 in JOBS, picked by data", 0.7),
    "a callback": ("transaction.on_commit(SIGNS[kind])", "one of 2 in SIGNS, picked by data", 0.7),
}


def opened(scan_source, body: str):
    graph = scan_source({"jobs.py": TABLES.replace("BODY", body)})
    workflow = next(w for w in graph.workflows if w.unit == "jobs.py::work")
    return graph, list(walked(workflow.body))


@pytest.mark.parametrize(("body", "reason", "confidence"), SHOWN.values(), ids=SHOWN.keys())
def test_one_of_several_is_one_node_that_opens(scan_source, body, reason, confidence):
    _, nodes = opened(scan_source, body)
    (node,) = [node for node in nodes if isinstance(node, OneOf)]
    assert node.name.startswith("One of 2: ")
    assert node.evidence.endswith(reason), node.evidence
    assert node.confidence == confidence
    assert [(len(branch.body), branch.confidence) for branch in node.branches] == [(1, confidence)] * 2


def test_every_job_that_may_be_picked_is_a_run(scan_source):
    graph, nodes = opened(scan_source, "JOBS[kind].delay()")
    assert [node.runs for node in nodes if isinstance(node, Hop)] == [("jobs.py::mail",), ("jobs.py::post",)]
    assert {(e.target, e.confidence) for e in graph.edges if e.kind == "dispatch"} == {
        ("jobs.py::mail", 0.7),
        ("jobs.py::post", 0.7),
    }


def test_what_a_loop_hands_over_is_all_meant(scan_source):
    _, nodes = opened(scan_source, "for job in JOBS.values(): job.delay()")
    assert not [node for node in nodes if isinstance(node, OneOf | Parallel)]


def test_what_is_put_together_in_branches_is_one_of_several(scan_source):
    made = """
        from celery import chain, group, shared_task
        import requests
        @shared_task
        def mail(): requests.post("https://mail.example/send")
        @shared_task
        def post(): requests.post("https://post.example/send")
        @shared_task
        def work(kind):
            match kind:
                case "both": job = group(mail.s(), post.s())
                case "twice": job = chain(mail.s(), post.s())
                case _: job = post.s()
            job.delay()
    """
    graph = scan_source({"jobs.py": made})
    workflow = next(w for w in graph.workflows if w.unit == "jobs.py::work")
    (node,) = [node for node in walked(workflow.body) if isinstance(node, OneOf)]
    runs = [[one.runs for one in walked(branch.body) if isinstance(one, Hop)] for branch in node.branches]
    mail, post = "jobs.py::mail", "jobs.py::post"
    assert runs == [[(mail, post)], [(mail,), (post,)], [(post,)]]
    assert len([edge for edge in graph.edges if edge.kind == "dispatch"]) == 2


def test_a_part_that_one_branch_puts_to_its_canvas_is_no_part_of_those_further_down(scan_source):
    made = """
        from celery import chain, shared_task
        import requests
        @shared_task
        def fetch(): requests.post("https://fetch.example/send")
        @shared_task
        def copy(): requests.post("https://copy.example/send")
        @shared_task
        def mark(): requests.post("https://mark.example/send")
        @shared_task
        def work(kind):
            match kind:
                case "docket":
                    job = chain(fetch.si())
                    job = job | mark.si()
                case _:
                    job = chain(copy.si())
            job.apply_async()
    """
    graph = scan_source({"jobs.py": made})
    workflow = next(w for w in graph.workflows if w.unit == "jobs.py::work")
    (node,) = [node for node in walked(workflow.body) if isinstance(node, OneOf)]
    runs = [[one.runs for one in walked(branch.body) if isinstance(one, Hop)] for branch in node.branches]
    assert runs == [[("jobs.py::fetch",), ("jobs.py::mark",)], [("jobs.py::copy",)]]


SENDERS = """
    from celery import shared_task
    import requests
    class Sender:
        def send(self): raise NotImplementedError
    class Mail(Sender):
        def send(self): requests.post("https://mail.example/send")
    class Quiet(Sender):
        def send(self): self.sent = True
    class Base:
        def __new__(cls): return super().__new__(cls)
        def __init__(self): requests.post("https://made.example")
    SENDERS = {SENDERS}
    @shared_task
    def work(kind):
        BODY
"""


def only_one_does_something(scan_source, senders: str, body: str):
    source = SENDERS.replace("{SENDERS}", senders).replace("BODY", body)
    workflow = next(w for w in scan_source({"jobs.py": source}).workflows if w.unit == "jobs.py::work")
    return list(walked(workflow.body))


def test_where_only_one_of_several_does_something_it_is_not_told_as_certain(scan_source):
    nodes = only_one_does_something(scan_source, '{"mail": Mail(), "quiet": Quiet()}', "SENDERS[kind].send()")
    (node,) = [node for node in nodes if isinstance(node, OneOf)]
    assert (node.name, node.confidence) == ("One of 2: Mail.send", 0.7)
    assert [(branch.label, len(branch.body)) for branch in node.branches] == [("Mail.send", 1), ("otherwise", 0)]


def test_a_method_that_is_to_be_written_below_is_no_other_way(scan_source):
    nodes = only_one_does_something(scan_source, '{"mail": Mail(), "none": Sender()}', "SENDERS[kind].send()")
    assert not [node for node in nodes if isinstance(node, OneOf)]


def test_the_methods_that_make_an_object_are_no_other_ways(scan_source):
    nodes = only_one_does_something(scan_source, "{}", "Base()")
    assert not [node for node in nodes if isinstance(node, OneOf)]
    assert [type(node) for node in nodes] == [Step]
