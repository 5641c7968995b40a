"""A run's elements as nodes and flows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from exporters.bpmn import labels
from exporters.bpmn.names import Names, plain
from exporters.bpmn.shapes import EVENT, GATEWAY, Block, Edge, Guarded, Leaf, Node, Row, Turns, Ways
from exporters.canonical.conditions import All, Condition, IsNone, exact
from exporters.canonical.records import (
    Catch,
    Decision,
    Element,
    End,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Start,
    Step,
    Try,
    Wait,
    While,
)
from exporters.python_code.setting import set_in

FAILED, AGAIN, ENDED, REFUSED = "failed", "again", "ended", "refused"
"""How an activity may stop other than well; the runner knows the same words."""


class Elements:
    """Makes the nodes of one run."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.edges: list[Edge] = []
        self.errors: list[Node] = []
        """The boundary events; each takes an error of its own."""

    def node(self, wanted: str, tag: str, name: str, **facts: str) -> Node:
        """A node with an id of its own."""
        title = plain(name)
        size = GATEWAY if tag.endswith("Gateway") else EVENT if tag.endswith("Event") else labels.task(title)
        return Node(self._names(wanted), tag, title, size, facts)

    def edge(self, source: Node, name: str = "", condition: str = "") -> Edge:
        """A flow out of a node."""
        made = Edge(source, plain(name), condition)
        self.edges.append(made)
        return made

    def leaf(self, node: Node) -> Leaf:
        """A node with one way out."""
        return Leaf(node, [] if node.tag == "endEvent" else [self.edge(node)])

    def row(self, blocks: Sequence[Block]) -> Row | None:
        """Blocks in order; what follows where the flow never goes on is left out."""
        kept: list[Block] = []
        for block in blocks:
            if kept:
                for edge in kept[-1].exits:
                    edge.target = block.entry
            kept.append(block)
            if not block.exits:
                break
        return Row(kept[0].entry, kept[-1].exits, blocks=kept) if kept else None

    def blocks(self, steps: Sequence[Element]) -> list[Block]:
        """The blocks of elements, up to one behind which the flow never goes on."""
        found: list[Block] = []
        for element in steps:
            found += self._element(element)
            if found and not found[-1].exits:
                break
        return found

    def inside(self, wanted: str, name: str, blocks: Sequence[Block], **facts: str) -> Node:
        """A sub-process around blocks."""
        made = self.node(wanted, "subProcess", name, **facts)
        start = self.leaf(self.node(f"{made.id}_start", "startEvent", "Start"))
        end = self.leaf(self.node(f"{made.id}_end", "endEvent", "Done"))
        made.body = self.row([start, *blocks, end])
        return made

    def _element(self, element: Element) -> list[Block]:
        match element:
            case Step():
                return [self._step(element)]
            case Decision():
                return self._decision(element)
            case While():
                return [self._while(element)]
            case Loop():
                return [self._loop(element)]
            case Parallel():
                return [self._parallel(element)]
            case Try():
                return self._try(element)
            case Retrying():
                around = self.inside(element.id, _title(element), self.blocks(element.steps))
                return [self.guarded(around, element.id, retry=element.retry)]
            case Wait():
                told = f'"PT%.6fS" % max(0, vars[{element.variable!r}])' if element.variable else None
                told = told or f'"PT{max(0.0, element.seconds or 0.0):.6f}S"'
                return [self.leaf(self.timer(element.id, _title(element), told))]
            case Start():
                node = self.node(element.id, "serviceTask", _title(element), do="start", of=element.of, run=element.run)
                return [self.leaf(node)]
            case End():
                title = f"Ended with {element.result}" if element.result else "Ended"
                return [self.leaf(self.node(element.id, "endEvent", title, do="end", result=element.result))]

    def timer(
        self, wanted: str, name: str, told: str, kind: str = "timeDuration", tag: str = "intermediateCatchEvent"
    ) -> Node:
        """A timer that the flow waits for, or one that ends the activity at whose border it stands."""
        made = self.node(wanted, tag, name)
        made.event, made.told = kind, told
        return made

    def _step(self, element: Step) -> Block:
        facts = {
            "do": "step",
            "step": element.id,
            "inputs": json.dumps(element.inputs),
            "outputs": json.dumps(element.outputs),
        }
        if element.timeout is not None:
            facts["limit"] = repr(element.timeout)
        made = self.node(element.id, "serviceTask", _title(element), **facts)
        made.note = plain(element.at)
        return self.guarded(made, element.id, retry=element.retry) if element.retry else self.leaf(made)

    def _asked(self, element: Decision | While) -> tuple[list[Node], str]:
        """What is asked before the gateway, and the condition at it."""
        said = exact(element)
        if said is not None:
            return [], _python(said)
        name = f"Ask: {_title(element)}"
        made = self.node(element.id, "serviceTask", name, do="ask", step=element.id, inputs=json.dumps(element.inputs))
        made.note = plain(element.at)
        return [made], "case"

    def _decision(self, element: Decision) -> list[Block]:
        asked, condition = self._asked(element)
        gate = self.node(f"if_{element.id}", "exclusiveGateway", f"{_title(element)}?")
        then = (self.edge(gate, "yes", condition), self.row(self.blocks(element.then)))
        otherwise = (self.edge(gate, "no"), self.row(self.blocks(element.otherwise)))
        join = self.node(f"behind_{element.id}", "exclusiveGateway", "Go on")
        return [*map(self.leaf, asked), self._ways(gate, [then, otherwise], join)]

    def _ways(self, gate: Node, ways: list[tuple[Edge, Row | None]], join: Node) -> Ways:
        ends: list[Edge] = []
        for edge, row in ways:
            if row is not None:
                edge.target = row.entry
            ends += [edge] if row is None else row.exits
        for edge in ends:
            edge.target = join
        return Ways(gate, [self.edge(join)] if ends else [], ways=ways, join=join if ends else None)

    def _while(self, element: While) -> Block:
        merge = self.node(f"again_{element.id}", "exclusiveGateway", "Again")
        asked, condition = self._asked(element)
        gate = self.node(f"while_{element.id}", "exclusiveGateway", f"{_title(element)}?")
        nodes = [merge, *asked, gate]
        for before, after in pairwise(nodes):
            self.edge(before).target = after
        first, out = self.edge(gate, "yes", condition), self.edge(gate, "no")
        turn = self.row(self.blocks(element.steps))
        first.target = turn.entry if turn else merge
        back = turn.exits if turn else [first]
        for edge in back:
            edge.target = merge
        return Turns(merge, [out], asked=nodes[1:], turn=turn, back=back, first=first)

    def _loop(self, element: Loop) -> Block:
        facts = {"over": element.over, "item": element.item, "collect": json.dumps(element.collect)}
        made = self.inside(element.id, _title(element), self.blocks(element.steps), **facts)
        made.instances, made.is_sequential = f"len(vars[{element.over!r}])", not element.parallel
        return self.leaf(made)

    def _parallel(self, element: Parallel) -> Block:
        fork = self.node(element.id, "parallelGateway", _title(element))
        ways: list[tuple[Edge, Row | None]] = []
        kept: dict[str, tuple[str, ...]] = {}
        for branch in element.branches:
            edge, row = self.edge(fork, branch.name), self.row(self.blocks(branch.steps))
            ways.append((edge, row))
            kept |= {end.source.id: set_in(branch.steps) for end in (row.exits if row else [])}
        facts = {"fork": fork.id, "kept": json.dumps(kept)}
        join = self.node(f"behind_{element.id}", "parallelGateway", "All done", **facts)
        return self._ways(fork, ways, join)

    def _try(self, element: Try) -> list[Block]:
        inner: list[Block] = self.blocks(element.steps)
        if element.catch:
            activity = self.inside(element.id, _title(element), inner)
            inner = [self.guarded(activity, element.id, catches=element.catch)]
        if not element.last:
            return inner
        around = self.inside(f"{element.id}_and_last", f"{_title(element)}, in any case", inner)
        again = self.leaf(self.node(f"raise_{element.id}", "serviceTask", "Raise again", do="raise"))
        end = self.leaf(self.node(f"raised_{element.id}", "endEvent", "Raised"))
        taken = self.takes(element.id, "Any error", kinds=[FAILED, AGAIN, ENDED, REFUSED])
        handlers = [(taken, [*self.blocks(element.last), again, end])]
        return [self.guarded(around, element.id, handlers=handlers), *self.blocks(element.last)]

    def takes(self, of: str, name: str, *, kinds: list[str], errors: Sequence[str] = (), **facts: str) -> Node:
        """A boundary event that takes some errors."""
        told = json.dumps({"kinds": kinds, "errors": list(errors)})
        made = self.node(f"error_{of}", "boundaryEvent", name, takes=told, **facts)
        made.event, made.told = "error", made.id
        self.errors.append(made)
        return made

    def guarded(
        self,
        activity: Node,
        of: str,
        *,
        retry: Retry | None = None,
        catches: Sequence[Catch] = (),
        handlers: Sequence[tuple[Node, list[Block]]] = (),
        kinds: Sequence[str] = (FAILED,),
    ) -> Guarded:
        """An activity with what takes its errors: other tries, catches, and handlers that are made already."""
        straight = self.edge(activity)
        found: list[tuple[Edge, Row | None, str]] = []
        merge = self._again(activity, of, retry, kinds, found) if retry else None
        for catch in catches:
            named = ", ".join(catch.errors) or "Any error"
            node = self.takes(of, named, kinds=[FAILED], errors=catch.errors, variable=catch.variable)
            activity.attached.append(node)
            found.append((self.edge(node), self.row(self.blocks(catch.steps)), "on"))
        for node, blocks in handlers:
            activity.attached.append(node)
            found.append((self.edge(node), self.row(blocks), "on"))
        for edge, row, _ in found:
            edge.target = row.entry if row else None
        return self._joined(merge, activity, straight, found, of)

    def _joined(
        self,
        merge: Node | None,
        activity: Node,
        straight: Edge,
        found: Sequence[tuple[Edge, Row | None, str]],
        of: str,
    ) -> Guarded:
        """Lead what goes on to one gateway, and other tries back."""
        ends = [end for edge, row, goes in found if goes == "on" for end in (row.exits if row else [edge])]
        back = [end for _, row, goes in found if goes == "back" and row for end in row.exits]
        for edge in back:
            edge.target = merge
        join = self.node(f"behind_{of}", "exclusiveGateway", "Go on") if ends else None
        for edge in [straight, *ends] if join else []:
            edge.target = join
        return Guarded(
            merge or activity,
            [self.edge(join)] if join else [straight],
            merge=merge,
            activity=activity,
            straight=straight,
            handlers=[(edge, row) for edge, row, _ in found],
            back=back,
            join=join,
        )

    def _again(
        self, activity: Node, of: str, retry: Retry, kinds: Sequence[str], found: list[tuple[Edge, Row | None, str]]
    ) -> Node:
        limit = "until it works" if retry.attempts is None else f"{retry.attempts} tries in all"
        policy = json.dumps(msgspec.to_builtins(retry))
        node = self.takes(of, f"Failed: {limit}", kinds=list(kinds), errors=retry.errors, retry=policy)
        activity.attached.append(node)
        wait = self.timer(f"wait_{of}", "Wait before the next try", '"PT%.6fS" % delay')
        found.append((self.edge(node), self.row([self.leaf(wait)]), "back"))
        merge = self.node(f"try_{of}", "exclusiveGateway", "Try", tries=node.id, back=wait.id)
        self.edge(merge).target = activity
        return merge


def _title(element: Element) -> str:
    name = "" if isinstance(element, End) else element.name
    return name or element.id.replace("_", " ").capitalize()


def _python(said: Condition) -> str:
    if isinstance(said, IsNone):
        return f"vars[{said.variable!r}] is {'not ' if said.negated else ''}None"
    return f"({(' and ' if isinstance(said, All) else ' or ').join(map(_python, said.parts))})"
