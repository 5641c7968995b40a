"""One catalog file: what one library means."""

from __future__ import annotations

from discover.catalog.spec.brokers import Binding, DeadLetter, Receive, Subscription
from discover.catalog.spec.entries import EntryPoint, Mount, Router, Table
from discover.catalog.spec.handovers import Callback, Canvas, Dispatch, Emit, Hook, Lookup, Silence
from discover.catalog.spec.outside import Cover, Effect, Exit, StateChange, Wait
from discover.catalog.spec.picks import Rule


class Library(Rule, kw_only=True, frozen=True):
    """One catalog file."""

    library: str
    documentation: str = ""
    imports: list[str]
    """The file is used when the project imports one of these top-level modules; without any, when another needs it;
    `*` is every project."""
    needs: list[str] = []
    """Other libraries whose types this one's types use."""
    types: dict[str, str] = {}
    """Module -> stub text in the syntax of `.pyi` files."""
    schedules: list[str] = []
    """Classes whose objects say when: a project's own decorator that is given one schedules what it decorates."""
    namesakes: list[str] = []
    """Classes that an unknown library's class is taken to extend when its name ends in theirs (less certain)."""
    entry_points: list[EntryPoint] = []
    routers: list[Router] = []
    mounts: list[Mount] = []
    dispatches: list[Dispatch] = []
    subscriptions: list[Subscription] = []
    receives: list[Receive] = []
    bindings: list[Binding] = []
    dead_letters: list[DeadLetter] = []
    lookups: list[Lookup] = []
    canvas: Canvas | None = None
    emits: list[Emit] = []
    silences: list[Silence] = []
    callbacks: list[Callback] = []
    hooks: list[Hook] = []
    effects: list[Effect] = []
    tables: list[Table] = []
    state_changes: list[StateChange] = []
    waits: list[Wait] = []
    exits: list[Exit] = []
    covers: list[Cover] = []
    gathers: list[str] = []
    """Calls whose parts run side by side: `asyncio.gather`."""
    starts: list[str] = []
    """Calls that let the coroutine which they are given run beside their caller: `asyncio.create_task`."""
    keeps: list[str] = []
    """Calls that leave what they are given where other code of the process takes it up: `queue.Queue().put`."""
    plumbing: list[str] = []
    """Paths whose calls are never steps."""
    harmless: dict[str, str] = {}
    """Packages of which nothing leaves the process, or nothing that a workflow is about -> why."""
    namespaces: list[str] = []
    """Names that packages of different libraries stand below: `google.cloud`."""
    hosts: dict[str, str] = {}
    """Host of a URL, or its end after a dot -> the service's name, as readers know it."""
    plugins: list[str] = []
    """Modules of `discover.frameworks.plugins` that this library switches on."""

    @property
    def describes_calls(self) -> bool:
        """Whether it says anything of calls; what has only `imports` says that its decorators register nothing."""
        said = (getattr(self, field) for field in self.__struct_fields__ if field not in _ABOUT)
        return any(said)


_ABOUT = frozenset({"library", "documentation", "imports", "needs", "harmless", "namespaces"})
