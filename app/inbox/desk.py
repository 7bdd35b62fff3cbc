"""Writing together: those that come while one write runs share the next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

MAX_LETTERS = 100
"""Things in one write at most."""
DESK_SECONDS = 2.0
"""How long anybody waits for the writes of others."""

Thing = TypeVar("Thing")


@dataclass(eq=False, slots=True)
class Letter(Generic[Thing]):
    """A thing on its way."""

    thing: Thing
    is_done: bool = False
    problem: Exception | None = None


class Desk(ABC, Generic[Thing]):
    """Whoever finds it free writes for all that wait, so that a burst costs few writes."""

    def __init__(self, *, is_patient: bool = False) -> None:
        """Begin with nobody waiting. ``is_patient`` lets everybody wait for as long as it takes."""
        self._waiting: deque[Letter[Thing]] = deque()
        self._desk = Lock()
        self._is_patient = is_patient

    @abstractmethod
    def write(self, things: list[Thing]) -> Exception | None:
        """Write all, or return why none could be."""

    def hand_in(self, thing: Thing) -> None:
        """Return when ``thing`` is written; raise the problem where it could not be.

        Raises :class:`TimeoutError` where others hold the desk too long; the thing may still be
        written later.
        """
        letter = Letter(thing)
        self._waiting.append(letter)
        if not self._desk.acquire(timeout=-1 if self._is_patient else DESK_SECONDS):
            raise TimeoutError("the writes of others take too long")
        try:
            while not letter.is_done:
                self._write_waiting()
        finally:
            self._desk.release()
        if letter.problem is not None:
            raise letter.problem

    def _write_waiting(self) -> None:
        letters = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_LETTERS))]
        problem: Exception | None = RuntimeError("the write was cut off")
        try:
            problem = self.write([letter.thing for letter in letters])
        finally:
            for letter in letters:
                letter.is_done, letter.problem = True, problem
