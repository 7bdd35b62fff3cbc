"""Any body comes back as it was; whatever happens to its file is noticed and harms no other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from app.inbox.spool.record import MAGIC, Received, Records, pack
from tests.bodies import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

some_bytes = st.binary(max_size=200) | st.binary(max_size=40).map(lambda some: some + MAGIC + some)
some_received = st.builds(
    Received,
    endpoint=st.sampled_from(["instagram", "meta"]),
    body=some_bytes,
    verified_by=st.text(max_size=20),
    received_at=st.integers(0, 10**12).map(lambda n: NOON + timedelta(microseconds=n)),
)
several = st.lists(some_received, min_size=1, max_size=5)


def packed(these: Sequence[Received]) -> bytes:
    return b"".join(map(pack, these))


def read(data: bytes) -> tuple[list[Received], bytes]:
    records = Records(data)
    found = list(records)
    assert records.is_read
    return found, b"".join(records.damaged)


@given(several)
def test_any_bodies_come_back_as_they_were(these: list[Received]) -> None:
    assert read(packed(these)) == (these, b"")


@given(several, st.data())
def test_a_file_that_was_cut_off_anywhere_gives_all_that_is_whole(
    these: list[Received], data: st.DataObject
) -> None:
    whole = packed(these)
    cut = data.draw(st.integers(0, len(whole)))
    found, damaged = read(whole[:cut])
    assert found == these[: len(found)]
    assert len(packed(found)) + len(damaged) == cut
    assert len(damaged) < len(pack(these[len(found)])) if damaged else True


@given(several, st.data())
def test_a_flipped_bit_costs_one_body_at_most(these: list[Received], data: st.DataObject) -> None:
    whole = bytearray(packed(these))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    found, damaged = read(bytes(whole))
    hit = next(n for n in range(len(these)) if at < len(packed(these[: n + 1])))
    assert found == these[:hit] + these[hit + 1 :]
    assert damaged


@given(several, st.binary(max_size=100), several)
def test_rubbish_between_bodies_is_passed_over(
    before: list[Received], rubbish: bytes, after: list[Received]
) -> None:
    found, damaged = read(packed(before) + rubbish + packed(after))
    assert (found, damaged) == (before + after, rubbish)
