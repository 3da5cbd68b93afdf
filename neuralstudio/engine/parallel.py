"""Work shared out over threads: NumPy lets go of Python's lock in its kernels, so that shards run at once.

Which thread does which piece is left to chance; every piece writes to a place of its own, so that results
never depend on the number of threads.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from queue import SimpleQueue
from threading import Lock, Thread

import numpy as np
from threadpoolctl import ThreadpoolController

Work = Callable[[int, int], None]
"""(worker, piece): worker counts from 0 and is busy with one piece at a time."""


def cores() -> int:
    """Processors this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not every system has it
        return os.cpu_count() or 1


def cut(count: int, pieces: int) -> tuple[slice, ...]:
    """``count`` rows in ``pieces`` slices whose lengths differ by one at most."""
    ends = [count * number // pieces for number in range(pieces + 1)]
    return tuple(slice(start, stop) for start, stop in pairwise(ends))


class _Job:
    """Pieces to be taken one by one, and what went wrong with any of them."""

    def __init__(self, pieces: int, work: Work) -> None:
        self._next = iter(range(pieces))
        self._work = work
        self.error: Exception | None = None

    def take_part(self, worker: int) -> None:
        """Does pieces until there are none left."""
        with np.errstate(all="ignore"):
            for piece in self._next:
                if self.error is not None:
                    return
                try:
                    self._work(worker, piece)
                except Exception as error:  # noqa: BLE001 - handed to the thread that waits for the job
                    self.error = error


class _Team:
    """Threads that wait for jobs; started when first needed, and never more than asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._desks: list[SimpleQueue[_Job]] = []
        self._done: SimpleQueue[None] = SimpleQueue()

    def run(self, pieces: int, work: Work, threads: int) -> None:
        job = _Job(pieces, work)
        extra = min(threads, pieces) - 1
        # Busy with somebody else's job: the caller does its own alone.
        if extra > 0 and self._lock.acquire(blocking=False):
            try:
                while len(self._desks) < extra:
                    self._hire()
                for desk in self._desks[:extra]:
                    desk.put(job)
                job.take_part(0)
                for _ in range(extra):
                    self._done.get()
            finally:
                self._lock.release()
        else:
            job.take_part(0)
        if job.error is not None:
            raise job.error

    def _hire(self) -> None:
        desk: SimpleQueue[_Job] = SimpleQueue()
        self._desks.append(desk)
        Thread(target=self._serve, args=(len(self._desks), desk), name="engine", daemon=True).start()

    def _serve(self, worker: int, desk: SimpleQueue[_Job]) -> None:
        while True:
            desk.get().take_part(worker)
            self._done.put(None)


_TEAM = _Team()


def share_out(pieces: int, work: Work, threads: int) -> None:
    """Calls ``work(worker, piece)`` once for each piece, on up to ``threads`` threads; returns when done.

    The first exception of any piece is raised here. The calling thread works along as worker 0.
    """
    _TEAM.run(pieces, work, threads)


_BLAS = ThreadpoolController().select(user_api="blas")


def hold_blas() -> None:
    """Holds BLAS to one thread from now on, in the whole process: two are slower at usual batch sizes."""
    _BLAS.limit(limits=1)


@contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Holds BLAS to a number of threads: within shards, and in small products, more than one is slower."""
    with _BLAS.limit(limits=count):
        yield
