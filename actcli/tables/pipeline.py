"""Reading, computing and writing at the same time."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Semaphore, Thread
from typing import TYPE_CHECKING, Any

from actcli.core.blocks import alone
from actcli.errors import TransferError
from actcli.tables.bulk import loaded
from actcli.tables.writing import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.tables.chunk import Chunk
    from actcli.tables.source import ChunkStream, Step
    from actcli.tables.writing import Sink

_WORKERS = 2
_WITH_ENGINE = 3  # workers once polars is loaded, which parses without the interpreter lock
_AHEAD = 2  # blocks that are read before a worker is free
_LOOK = 0.1  # seconds between checks for Ctrl-C: once polars has run, a signal interrupts no wait


def run(source: ChunkStream, compute: Callable[[Chunk], Chunk], sink: Sink, *, in_turn: bool = False) -> None:
    """Compute every chunk of the source and write it to the sink, in order.

    Args:
        source: the rows.
        compute: appends the results to a chunk; it runs in several threads at once.
        sink: takes the finished chunks.
        in_turn: compute the chunks one after the other, in this thread.
    """
    prepare, put = (sink.prepare, sink.put) if isinstance(sink, Staged) else (_as_it_is, sink.write)

    def computed(chunk: Chunk) -> Any:
        if source.dtype is not None:  # reading binary numbers is little work: all cores compute
            return prepare(compute(chunk))
        with alone():
            chunk = compute(chunk)
        return prepare(chunk)

    if source.small or in_turn:
        for step in source.steps:
            put(computed(step()))
    else:
        _overlapped(source, computed, put)


def _as_it_is(chunk: Chunk) -> Chunk:
    return chunk


@dataclass(slots=True)
class _Task:
    """A step, and its result or its error once it is done."""

    step: Step
    done: Event = field(default_factory=Event)
    result: Any = None
    error: BaseException | None = None


def _overlapped(source: ChunkStream, work: Callable[[Chunk], Any], put: Callable[[Any], None]) -> None:
    """Read in one thread, compute in several, and write the results in this one, in order.

    The threads are daemons: one that waits for a slow producer does not delay the end of the program.
    """
    from queue import Empty, SimpleQueue  # not needed for a few numbers

    slots = Semaphore(_WORKERS + _AHEAD)
    more = Semaphore(_WITH_ENGINE - _WORKERS)
    waiting: SimpleQueue[_Task | None] = SimpleQueue()
    ordered: SimpleQueue[_Task | BaseException | None] = SimpleQueue()
    over = Event()

    def feed() -> None:
        try:
            for step in source.steps:
                slots.acquire()
                if over.is_set():
                    return
                task = _Task(step)
                ordered.put(task)
                waiting.put(task)
            ordered.put(None)
        except BaseException as error:
            ordered.put(error)

    def made(step: Step) -> Chunk:
        chunk = step()
        if loaded() and more.acquire(blocking=False):
            start(serve)
            slots.release()
        return chunk

    def serve() -> None:
        while (task := waiting.get()) is not None:
            if not over.is_set():
                try:
                    task.result = work(made(task.step))
                except BaseException as error:
                    task.error = error
            task.done.set()

    def next_one() -> _Task | BaseException | None:
        while True:
            with suppress(Empty):
                return ordered.get(timeout=_LOOK)

    def start(loop: Callable[[], None]) -> None:
        try:
            Thread(target=loop, daemon=True).start()
        except RuntimeError as error:  # the system allows no more
            raise TransferError(str(error)) from None

    for loop in (*[serve] * _WORKERS, feed):
        start(loop)
    try:
        while (task := next_one()) is not None:
            if isinstance(task, BaseException):
                raise task
            while not task.done.wait(_LOOK):
                pass
            if task.error is not None:
                raise task.error
            put(task.result)
            slots.release()
    finally:
        over.set()
        slots.release()
        for _ in range(_WITH_ENGINE):
            waiting.put(None)
