"""Facts of many files: from the cache where they are known, else from parallel processes; always in the given order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import msgspec

from discover.facts.cache import FactsCache, facts_key
from discover.facts.contents import SourceFile, read_contents
from discover.facts.extract import NewerSyntaxError
from discover.facts.failure import Failure
from discover.facts.records import ModuleFacts
from discover.facts.worker import Job, encoded, facts_or_failure

IN_PROCESS_BYTES = 8_000_000
"""Less source than this, about a second's work, is read faster in this process than in others."""
STORED_AT_ONCE = 500

Result = ModuleFacts | Failure
Progress = Callable[[int], None]


def extract_all(
    files: Sequence[SourceFile],
    *,
    workers: int,
    cache: FactsCache | None = None,
    progress: Progress | None = None,
    contents: Sequence[bytes | Failure] | None = None,
    limit: int | None = None,
) -> list[Result]:
    """The facts of each file, or its failure, in the order of the files.

    Args:
        files: what to read.
        workers: number of processes; with one, or little to do, this process does the work, except for files in newer
            syntax than its own.
        cache: where known facts come from and new ones go.
        progress: called with the number of files that were finished since its last call.
        contents: the files' bytes where the caller has read them (`read_contents`).
        limit: greatest size in bytes of a file that is read.
    """
    with _without_collection():
        run = _Run(files, cache, progress)
        jobs = run.known(read_contents(files, limit) if contents is None else contents)
        try:
            if workers <= 1 or sum(len(content) for _, _, content in jobs) < IN_PROCESS_BYTES:
                jobs = run.here(jobs)
                workers = 1
            if jobs:
                from discover.facts.processes import results_of

                for number, result in results_of(jobs, workers):
                    run.finish(number, result)
        finally:
            run.store()
        return [result for result in run.results if result is not None]


class _Run:
    """The results so far, and what is still to be stored."""

    def __init__(self, files: Sequence[SourceFile], cache: FactsCache | None, progress: Progress | None) -> None:
        self.results: list[Result | None] = [None] * len(files)
        self._paths = [file.path for file in files]
        self._cache = cache if cache is not None and cache.is_open else None
        self._progress = progress
        self._keys: dict[int, bytes] = {}
        self._unstored: list[tuple[bytes, bytes]] = []
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(ModuleFacts)

    def known(self, contents: Sequence[bytes | Failure]) -> list[Job]:
        """Take what the cache knows and what could not be read; the jobs are the rest."""
        jobs: list[Job] = []
        for number, content in enumerate(contents):
            if isinstance(content, Failure):
                self.results[number] = content
            else:
                jobs.append((number, self._paths[number], content))
        if self._cache is not None:
            self._keys = {number: facts_key(content) for number, _, content in jobs}
            stored = self._cache.load(list(self._keys.values()))
            for number, key in self._keys.items():
                if key in stored:
                    self.results[number] = self._decoded(stored[key], self._paths[number])
        jobs = [job for job in jobs if self.results[job[0]] is None]
        self._tell(len(contents) - len(jobs))
        return jobs

    def here(self, jobs: Sequence[Job]) -> list[Job]:
        """Do the jobs in this process; what is left needs a parser that a hostile file may crash or hang."""
        left: list[Job] = []
        for job in jobs:
            number, path, content = job
            try:
                result = facts_or_failure(path, content, own_syntax=True)
            except NewerSyntaxError:
                left.append(job)
                continue
            self.results[number] = result
            if self._cache is not None:
                self._keep(number, encoded(result, self._encoder))
            self._tell(1)
        return left

    def finish(self, number: int, result: bytes | Failure) -> None:
        """Take what another process found."""
        path = self._paths[number]
        facts = result if isinstance(result, Failure) else self._decoded(result, path)
        self.results[number] = facts or Failure(path, 0, "could not be read back from the process that read it")
        if self._cache is not None and facts is not None:
            self._keep(number, result)
        self._tell(1)

    def store(self) -> None:
        """Write what is still unstored to the cache."""
        if self._cache is not None:
            self._cache.store(self._unstored)
            self._unstored = []

    def _keep(self, number: int, data: bytes | Failure) -> None:
        if isinstance(data, bytes):
            self._unstored.append((self._keys[number], data))
            if len(self._unstored) >= STORED_AT_ONCE:
                self.store()

    def _decoded(self, data: bytes, path: str) -> ModuleFacts | None:
        """Facts from MessagePack, or None where a stored entry is broken."""
        try:
            facts = self._decoder.decode(data)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
        facts.path = path
        return facts

    def _tell(self, count: int) -> None:
        if self._progress is not None and count:
            self._progress(count)


@contextmanager
def _without_collection() -> Generator[None, None, None]:
    """Records form no cycles: while they are made by the million, collecting would only cost time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
