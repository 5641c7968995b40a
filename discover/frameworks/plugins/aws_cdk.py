"""AWS CDK: stacks written in Python name the functions that run, and tie them to what calls them.

A function is a text (`handler="orders.create"`) inside a bundled folder, and its trigger is tied to it by objects that
are made for that (`SqsEventSource(queue)`), handed over in either direction. No rule for one call says that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.frameworks.records import Binding, Channel, DeadLetter, EntryPoint, Problem
from discover.frameworks.routing.routers import site_keys
from discover.frameworks.rules.picks import Given
from discover.model import TriggerDetail
from discover.resolve.values import ContainerValue

if TYPE_CHECKING:
    from discover.frameworks.rules.matching import Match
    from discover.frameworks.workbench import Workbench
    from discover.model import TriggerKind
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Function
    from discover.resolve.values import Values

_CDK = "aws_cdk"
_FUNCTIONS = [f"{_CDK}.aws_lambda.Function", f"{_CDK}.aws_lambda_python_alpha.PythonFunction"]
_STORES = {
    f"{_CDK}.aws_sqs.Queue": ("queue_name", "aws"),
    f"{_CDK}.aws_sns.Topic": ("topic_name", "aws"),
    f"{_CDK}.aws_s3.Bucket": ("bucket_name", ""),
    f"{_CDK}.aws_dynamodb.Table": ("table_name", ""),
    f"{_CDK}.aws_kinesis.Stream": ("stream_name", ""),
}
"""What functions take messages from, with the keyword of its name and the medium of what code sends to it."""
_TIES = [
    *(f"{_CDK}.aws_lambda_event_sources.*", f"{_CDK}.aws_sns_subscriptions.*", f"{_CDK}.aws_events_targets.*"),
    *(f"{_CDK}.aws_s3_notifications.*", f"{_CDK}.aws_apigateway.LambdaIntegration"),
]
_HTTP_TIES = f"{_CDK}.aws_apigatewayv2_integrations.HttpLambdaIntegration"
_CODE = [f"{_CDK}.aws_lambda.Code.from_asset", f"{_CDK}.aws_lambda.Code.asset"]
_LETTERS = f"{_CDK}.aws_sqs.DeadLetterQueue"
_ENDS = [f"{_CDK}.aws_lambda_destinations.{name}Destination" for name in ("Sqs", "Sns", "Lambda")]
_TIED = ["handler", "fn", "queue", "topic", "bucket", "table", "stream"]
_CRON = {"minute": "*", "hour": "*", "day": "", "month": "*", "week_day": "?", "year": "*"}
_ID = Pick(argument=1, keyword="id")
_CDK_VERBS = "aws_cdk.aws_apigateway.Resource."


class _Store(NamedTuple):
    """A queue, topic, bucket, table or stream of a stack."""

    name: str
    medium: str


def register(bench: Workbench) -> None:
    """Read every stack of the program."""
    stacks = _Stacks(bench)
    stacks.settings()
    stacks.sources()
    stacks.rules()
    stacks.routes()
    stacks.failures()
    stacks.others()
    stacks.bind()


class _Stacks:
    """What the stacks make, by the calls that make it."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.lambdas: dict[str, list[Function]] = {}
        self.names: dict[str, list[str]] = {}
        """By which names code calls a function."""
        self.stores: dict[str, _Store] = {}
        self.ties: dict[str, list[str]] = {}
        self.leads: dict[tuple[str, str], dict[str, None]] = {}
        """Where what is sent to a name of a medium comes to."""
        self.called: set[str] = set()
        for match in bench.index.calls(_FUNCTIONS):
            made = dict.fromkeys(site_keys(match.site.result), self._handlers(match.site))
            self.lambdas.update(made)
            self.names.update({key: self._texts(match.site, Pick(keyword="function_name")) for key in made})
        for path, (keyword, medium) in _STORES.items():
            for match in bench.index.calls(path):
                name = self._text(match.site, Pick(keyword=keyword)) or self._text(match.site, _ID)
                self.stores.update(dict.fromkeys(site_keys(match.site.result), _Store(name, medium)))
        for paths, place in ((_TIES, 0), ([_HTTP_TIES], 1)):
            for match in bench.index.calls(paths):
                tied = self._keys(match.site, Pick(argument=place, keyword=_TIED))
                self.ties.update(dict.fromkeys(site_keys(match.site.result), tied))

    def sources(self) -> None:
        """Queues, topics, buckets and streams that call a function."""
        add = [f"{_CDK}.aws_lambda.Function.add_event_source", *_FUNCTIONS]
        for match in self.bench.index.calls(add):
            adds = match.path.endswith("add_event_source")
            keys = self._keys(match.site, Pick(argument=0, keyword="source") if adds else Pick(keyword="events"))
            made = site_keys(match.receivers) if adds else site_keys(match.site.result)
            self._consumers(match.site, [store for key in keys for store in self.ties.get(key, [])], made)
        mapped = f"{_CDK}.aws_lambda.Function.add_event_source_mapping"
        for match in self.bench.index.calls(mapped):
            stores = self._keys(match.site, Pick(keyword="event_source_arn"))
            self._consumers(match.site, stores, site_keys(match.receivers))
        told = [f"{_CDK}.aws_sns.Topic.add_subscription", f"{_CDK}.aws_s3.Bucket.add_*notification"]
        for match in self.bench.index.calls(told):
            place = int(match.path.endswith("add_event_notification"))
            pick = Pick(argument=place, keyword=["subscription", "dest"])
            tied = [one for key in self._keys(match.site, pick) for one in self.ties.get(key, [])]
            self._consumers(match.site, site_keys(match.receivers), tied)

    def rules(self) -> None:
        """Schedules and event patterns that call a function."""
        rule = f"{_CDK}.aws_events.Rule"
        targets: dict[str, list[str]] = {}
        for match in self.bench.index.calls(f"{rule}.add_target"):
            for key in site_keys(match.receivers):
                targets.setdefault(key, []).extend(self._keys(match.site, Pick(argument=0, keyword="target")))
        schedules = self._schedules()
        for match in self.bench.index.calls(rule):
            keys = self._keys(match.site, Pick(keyword="targets"))
            keys += [one for key in site_keys(match.site.result) for one in targets.get(key, [])]
            tied = [one for key in keys for one in self.ties.get(key, [])]
            name = self._text(match.site, Pick(keyword="rule_name")) or self._text(match.site, _ID)
            for key in self._keys(match.site, Pick(keyword="schedule")):
                if key in schedules:
                    self._add(match.site, tied, "schedule", TriggerDetail(schedule=schedules[key], name=name))
            pattern = Pick(keyword="event_pattern")
            if self.bench.picker.expression(pattern, match.site.call) is None:
                continue
            types = Pick(
                keyword="event_pattern", inside=f"{_CDK}.aws_events.EventPattern", inner=Pick(keyword="detail_type")
            )
            events = self._texts(match.site, types)
            sources = msgspec.structs.replace(types, inner=Pick(keyword="source"))
            for source in () if events else self._texts(match.site, sources):
                heard = (Channel(medium="eventbridge_source", name=source),)
                self._add(match.site, tied, "consumer", TriggerDetail(queue=source, name=name), heard)
            for event in events or [""] * (not self._texts(match.site, sources)):
                listens = (Channel(medium="eventbridge", name=event),) if event else ()
                self._add(match.site, tied, "consumer", TriggerDetail(queue=event or None, name=name), listens)

    def routes(self) -> None:
        """Methods of REST APIs and routes of HTTP APIs."""
        paths = self._paths()
        usual = self._usual()
        for match in self.bench.index.calls(f"{_CDK_VERBS}add_method"):
            keys = self._keys(match.site, Pick(argument=1, keyword="integration"))
            tied = [one for key in keys for one in self.ties.get(key, [])]
            is_given = (
                self.bench.picker.expression(Pick(argument=1, keyword="integration"), match.site.call) is not None
            )
            methods = _methods(self._texts(match.site, Pick(argument=0, keyword="http_method")))
            for key in site_keys(match.receivers):
                api, path = paths.get(key, (key, "/"))
                tied = tied if is_given else usual.get(api, [])
                self._add(match.site, tied, "http", TriggerDetail(path=path, methods=methods))
        for match in self.bench.index.calls(f"{_CDK}.aws_apigatewayv2.HttpApi.add_routes"):
            keys = self._keys(match.site, Pick(keyword="integration"))
            tied = [one for key in keys for one in self.ties.get(key, [])]
            methods = _methods(self._texts(match.site, Pick(keyword="methods")))
            for path in self._texts(match.site, Pick(keyword="path")):
                self._add(match.site, tied, "http", TriggerDetail(path=path, methods=methods))
        for match in self.bench.index.calls(f"{_CDK}.aws_apigateway.LambdaRestApi"):
            proxy = self.bench.picker.expression(Pick(keyword="proxy"), match.site.call)
            if not (isinstance(proxy, ir.Constant) and proxy.value is False):
                tied = self._keys(match.site, Pick(keyword="handler"))
                self._add(match.site, tied, "http", TriggerDetail(path="/{proxy+}"))

    def failures(self) -> None:
        """Where messages go that a queue hands out in vain, and calls that a function fails at."""
        for match in self.bench.index.calls(f"{_CDK}.aws_sqs.Queue"):
            name, medium = self.stores[site_keys(match.site.result)[0]]
            inner = Pick(argument=1, keyword="queue")
            taken = Pick(keyword="dead_letter_queue", inside=_LETTERS, inner=inner)
            counted = Pick(
                keyword="dead_letter_queue", inside=_LETTERS, inner=Pick(argument=0, keyword="max_receive_count")
            )
            for key in self._keys(match.site, taken):
                self._set_aside(match.site, key, medium, name, None, self._number(match.site, counted))
        for match in self.bench.index.calls(_FUNCTIONS):
            given = Pick(argument=0, keyword=["queue", "topic", "fn"])
            keys = self._keys(match.site, Pick(keyword=["dead_letter_queue", "dead_letter_topic"]))
            keys += self._keys(match.site, Pick(keyword="on_failure", inside=_ENDS, inner=given))
            again = self._number(match.site, Pick(keyword="retry_attempts"))
            for made in site_keys(match.site.result):
                for unit in self.lambdas.get(made, ()):
                    for key in keys:
                        tries = again + 1 if again is not None else None
                        self._set_aside(match.site, key, "aws", unit.record.name, unit, tries)

    def _set_aside(
        self, site: CallSite, key: str, medium: str, queue: str, unit: Function | None, attempts: int | None
    ) -> None:
        store = self.stores.get(key)
        taken = self.lambdas.get(key, [])
        name = store.name if store is not None else next(iter(self.names.get(key, [])), "")
        name = name or next((one.record.name for one in taken), "")
        if not name:
            return
        self.called.update([key] if taken else [])
        letter = DeadLetter(
            medium=medium,
            queue=queue,
            to=Channel(medium="aws", name=name),
            unit=unit.id if unit is not None else "",
            line=unit.record.line if unit is not None else 0,
            targets=tuple(one.id for one in taken),
            attempts=attempts,
            evidence=f"stack {site.function.module.path}:{site.line}",
        )
        self.bench.found.dead_letters[letter] = None

    def _number(self, site: CallSite, pick: Pick) -> int | None:
        found = self.bench.picker.number(pick, Given(site.call, site.function))
        return int(found) if found is not None else None

    def settings(self) -> None:
        """Environment variables that hold the address of something: `$NAME` is how code names it."""
        for match in self.bench.index.calls(_FUNCTIONS):
            for value in self._values(match.site, Pick(keyword="environment")):
                for name, slot in value.items.items() if isinstance(value, ContainerValue) else ():
                    self._address(str(name), site_keys(slot.values))
        for match in self.bench.index.calls(f"{_CDK}.aws_lambda.Function.add_environment"):
            keys = self._keys(match.site, Pick(argument=1, keyword="value"))
            for name in self._texts(match.site, Pick(argument=0, keyword="key")):
                self._address(name, keys)

    def others(self) -> None:
        """Functions that nothing in the stacks calls: something outside, or code by their name."""
        for match in self.bench.index.calls(_FUNCTIONS):
            keys = [key for key in site_keys(match.site.result) if key not in self.called]
            self._add(match.site, keys, "serverless", TriggerDetail())

    # --- what is made ---------------------------------------------------------------------------------------------

    def _address(self, variable: str, keys: list[str]) -> None:
        for key in keys:
            if key in self.names:
                self.names[key].append(f"${variable}")
            if key in self.stores and self.stores[key].medium:
                self.leads.setdefault((self.stores[key].medium, f"${variable}"), {})[self.stores[key].name] = None

    def bind(self) -> None:
        """Let what is sent to another name of a store come to it, and through a topic to the queues behind it."""
        for (medium, name), reached in self.leads.items():
            behind = [further for store in reached for further in self.leads.get((medium, store), {})]
            for queue in dict.fromkeys((*reached, *behind)):
                self.bench.found.bindings[Binding(medium=medium, exchange=name, key="", queue=queue)] = None

    def _handlers(self, site: CallSite) -> list[Function]:
        """The function that a `handler` names, in the folder of its code."""
        handler = self._text(site, Pick(keyword="handler")) or "handler"
        entry = self._text(site, Pick(keyword="entry"))
        if entry:
            index = self._text(site, Pick(keyword="index")) or "index.py"
            handler = f"{index.removesuffix('.py')}.{handler}"
        inner = Pick(argument=0, keyword="path")
        folder = entry or self._text(site, Pick(keyword="code", inside=_CODE, inner=inner))
        module, _, name = handler.rpartition(".")
        folder = folder.rpartition("}")[2].strip("./")
        place = "/".join(part for part in (folder, module.replace(".", "/") + ".py") if part)
        by_path = self.bench.program.by_path
        found = [one for path, one in by_path.items() if module and f"/{path}".endswith(f"/{place}")]
        slot = found[0].body.names.get(name) if len(found) == 1 else None
        functions = self.bench.handlers.functions(slot.values) if slot is not None else []
        if not functions and "PYTHON" in self._runtime(site):
            what = f"{folder}/{handler}".lstrip("/")
            problem = Problem(
                unit=site.function.id, line=site.line, what=what, reason="what it starts is not in the tree"
            )
            self.bench.found.problem(problem)
        return functions

    def _runtime(self, site: CallSite) -> str:
        runtime = self.bench.picker.expression(Pick(keyword="runtime"), site.call)
        return runtime.name if isinstance(runtime, ir.Attribute) else ""

    def _schedules(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for match in self.bench.index.calls(f"{_CDK}.aws_events.Schedule.*"):
            text = self._schedule(match)
            for key in site_keys(match.site.result) if text else ():
                found[key] = text
        return found

    def _schedule(self, match: Match) -> str:
        """As EventBridge writes it: `rate(5 minutes)`, `cron(0 18 ? * MON-FRI *)`."""
        way = match.path.rpartition(".")[2]
        if way == "expression":
            return self._text(match.site, Pick(argument=0, keyword="expression"))
        if way == "rate":
            duration = self.bench.picker.expression(Pick(argument=0, keyword="duration"), match.site.call)
            if not isinstance(duration, ir.Call) or not isinstance(duration.function, ir.Attribute):
                return ""
            inner = duration.arguments[0] if duration.arguments else None
            amount = inner.value if isinstance(inner, ir.Constant) else "{}"
            unit = duration.function.name.removesuffix("s") if amount == 1 else duration.function.name
            return f"rate({amount} {unit})"
        parts = {name: self._text(match.site, Pick(keyword=name)) or usual for name, usual in _CRON.items()}
        parts["day"] = parts["day"] or ("*" if parts["week_day"] == "?" else "?")
        return f"cron({' '.join(parts.values())})"

    def _paths(self) -> dict[str, tuple[str, str]]:
        """What made the API, and the path, of each resource of a REST API, by the call that made the resource."""
        made: dict[str, tuple[list[str], str]] = {}
        for match in self.bench.index.calls([f"{_CDK_VERBS}add_resource", f"{_CDK_VERBS}resource_for_path"]):
            part = self._text(match.site, Pick(argument=0, keyword=["path_part", "path"])).strip("/")
            for key in site_keys(match.site.result):
                made[key] = (site_keys(match.receivers), part)
        paths: dict[str, tuple[str, str]] = {}
        for key in made:
            parts: list[str] = []
            at, seen = key, set[str]()
            while at in made and at not in seen:
                seen.add(at)
                above, part = made[at]
                parts.append(part)
                at = above[0] if above else ""
            paths[key] = (at, "/" + "/".join(part for part in reversed(parts) if part))
        return paths

    def _usual(self) -> dict[str, list[str]]:
        """The functions that take what no method of a REST API gives another one, by the call that made the API."""
        found: dict[str, list[str]] = {}
        for match in self.bench.index.calls([f"{_CDK}.aws_apigateway.RestApi", f"{_CDK}.aws_apigateway.LambdaRestApi"]):
            given = self._keys(match.site, Pick(keyword="default_integration"))
            functions = self._keys(match.site, Pick(keyword="handler"))
            functions += [one for key in given for one in self.ties.get(key, [])]
            found.update(dict.fromkeys(site_keys(match.site.result), functions))
        return found

    # --- what is found --------------------------------------------------------------------------------------------

    def _consumers(self, site: CallSite, stores: list[str], tied: list[str]) -> None:
        """What stands in the stores comes to what is tied to them: functions, or queues behind a topic."""
        for store in (self.stores[key] for key in stores if key in self.stores):
            channel = Channel(medium=store.medium, name=store.name)
            listens = (channel,) if store.medium else ()
            self._add(site, tied, "consumer", TriggerDetail(queue=store.name), listens)
            for queue in (self.stores[key] for key in tied if key in self.stores):
                if store.medium and queue.medium:
                    self.leads.setdefault((store.medium, store.name), {})[queue.name] = None

    def _add(
        self,
        site: CallSite,
        keys: list[str],
        kind: TriggerKind,
        detail: TriggerDetail,
        listens: tuple[Channel, ...] = (),
    ) -> None:
        source = f"{site.function.module.path}:{site.line}"
        for key in dict.fromkeys(keys):
            for unit in self.lambdas.get(key, ()):
                self.called.add(key)
                self.bench.found.entry(
                    EntryPoint(
                        id="",
                        kind=kind,
                        framework="aws cdk",
                        unit=unit.id,
                        line=unit.record.line,
                        detail=detail,
                        names=tuple(self.names[key]),
                        listens=listens,
                        confidence=0.9,
                        evidence=f"stack {source}",
                    )
                )

    def _values(self, site: CallSite, pick: Pick) -> Values:
        return self.bench.picker.values(pick, Given(site.call, site.function))

    def _texts(self, site: CallSite, pick: Pick) -> list[str]:
        return self.bench.picker.texts(pick, Given(site.call, site.function))

    def _text(self, site: CallSite, pick: Pick) -> str:
        return next(iter(self._texts(site, pick)), "")

    def _keys(self, site: CallSite, pick: Pick) -> list[str]:
        """The calls that made what is given, or what stands in the list that is given."""
        values = self._values(site, pick)
        inside = self.bench.program.elements_of(tuple(v for v in values if isinstance(v, ContainerValue)))
        return list(dict.fromkeys((*site_keys(values), *site_keys(inside))))


def _methods(texts: list[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(texts) if text not in ("ANY", "*"))
