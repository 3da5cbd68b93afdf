"""The mailbox between a run and whoever watches it: every figure is kept, of snapshots only the latest."""

from collections import deque

from neuralstudio.training.events import Event, Snapshot


class Inbox:
    """Written by the training thread, drained by one timer of the window.

    ``deque.append`` and ``popleft`` are atomic, so no lock slows a step down. While nobody drains, a run
    cannot fill the memory: beyond ``LIMIT`` events the oldest go.
    """

    LIMIT = 200_000

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=self.LIMIT)
        self._snapshots: deque[Snapshot] = deque(maxlen=1)

    def post(self, event: Event) -> None:
        """Called by the run for each event."""
        if isinstance(event, Snapshot):
            self._snapshots.append(event)
        else:
            self._events.append(event)

    def drain(self) -> tuple[list[Event], Snapshot | None]:
        """All events since the last call, and the latest snapshot if there is a new one."""
        events = [self._events.popleft() for _ in range(len(self._events))]
        return events, self._snapshots.popleft() if self._snapshots else None
