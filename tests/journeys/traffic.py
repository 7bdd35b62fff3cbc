"""Customers who write and are answered from several threads at once, and what must come of it."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import requests

from tests.journeys.verdict import Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from tests.journeys.house import House

WRITERS = 4
AGENTS = 3
ACCEPTED_WITHIN = 300.0  # seconds; people keep their draft and try again
WORDS = ("cups", "Grüße", "გამარჯობა", "مرحبا", "👩‍👩‍👧 blue?", 'say "7\\8"', "é" * 300)
HASTE = 0.8  # part of the time that is spent in pauses; the rest is for the calls


class Traffic:
    """``people`` write ``each`` messages and get ``answers`` in all, within about ``seconds``."""

    def __init__(
        self,
        house: House,
        chance: random.Random,
        *,
        people: int,
        each: int,
        answers: int,
        seconds: float,
    ) -> None:
        self._house = house
        self._people = house.phones.add(people)
        self._said = [f"{number} {chance.choice(WORDS)}" for number in range(each + 1)]
        self._seconds = seconds
        self.met = {
            who: house.conversation(house.phones.write(who, self._said[0])) for who in self._people
        }
        self._answers: dict[str, list[str]] = {who: [] for who in self._people}
        self._to_answer = [chance.choice(self._people) for _ in range(answers)]

    def run(self, disturb: Callable[[], None]) -> None:
        """Let everybody write and be answered while ``disturb()`` runs."""
        with ThreadPoolExecutor(WRITERS + AGENTS) as threads:
            tasks = [
                threads.submit(self._write, self._people[part::WRITERS]) for part in range(WRITERS)
            ]
            for part in range(AGENTS):
                mine = self._people[part::AGENTS]  # answers of one thread are in one hand
                share = [who for who in self._to_answer if who in mine]
                tasks.append(threads.submit(self._answer, share))
            disturb()
            for task in tasks:
                task.result()

    def verdict(self, tried_again: Container[str] = ()) -> Verdict:
        """Compare both sides of every conversation."""
        return sum(
            (
                verdict(
                    self._house.thread(conversation),
                    self._said,
                    self._answers[who],
                    self._house.phones.received(who),
                    tried_again,
                )
                for who, conversation in self.met.items()
            ),
            Verdict(),
        )

    def check(self) -> None:
        """Everything is here once and in order, and on the phones once; at most, if unsure.

        Unsure may be only what a kill can have caught: fewer than half of the answers.
        """
        found = self.verdict()
        assert found.is_clean, found
        assert found.unconfirmed < len(self._to_answer) / 2

    def _write(self, people: list[str]) -> None:
        pause = HASTE * self._seconds / len(self._said) / len(people)
        for text in self._said[1:]:
            for who in people:
                self._house.phones.write(who, text)
                time.sleep(pause)

    def _answer(self, people: list[str]) -> None:
        for who in people:
            self._answers[who].append(text := f"answer {uuid4().hex}")
            self._insist(self.met[who], text)
            time.sleep(HASTE * self._seconds / len(people))

    def _insist(self, conversation: int, text: str) -> None:
        """Post an answer until it is accepted, as people do."""
        client_id = uuid4().hex
        deadline = time.monotonic() + ACCEPTED_WITHIN
        while True:
            try:
                self._house.reply(conversation, text, client_id)
            except (requests.RequestException, AssertionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return
