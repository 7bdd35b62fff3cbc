"""What the spool took is durable; what it has no room for leaves no trace."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from structlog.testing import CapturingLogger

from app.inbox.spool import writer
from app.inbox.spool.folder import Folder
from app.inbox.spool.segment import seal
from app.inbox.spool.writer import Spool
from tests.spool.kept import bodies, files, received

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_bodies_that_come_at_once_share_an_fsync(
    folder: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.put(received(b"first"))
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with ThreadPoolExecutor(8) as threads:
        with spool._desk:
            put = [threads.submit(spool.put, received(b"%d" % n)) for n in range(8)]
            while len(spool._waiting) < 8:
                time.sleep(0.001)
        for one in put:
            one.result()
    assert len(synced) == 1
    assert sorted(bodies(folder)) == [*(b"%d" % n for n in range(8)), b"first"]


def test_a_body_is_synced_before_it_counts_as_kept(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    spool.put(received(b"first"))
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        spool.put(received(b"second"))


def test_the_limit_is_of_the_whole_folder(folder: Folder) -> None:
    one, other = (Spool(Folder(folder.path, 1500)) for _ in range(2))
    one.put(received(b"x" * 1000))
    with pytest.raises(OSError, match="full"):
        other.put(received(b"y" * 1000))
    other.put(received(b"y" * 100))
    assert sorted(map(len, bodies(folder))) == [100, 1000]


def test_room_that_was_made_is_noticed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(Folder(folder.path, 1500))
    spool.put(received(b"x" * 1000))
    [path] = files(folder)
    path.unlink()
    monkeypatch.setattr(writer, "MEASURE_SECONDS", 0.0)
    spool.put(received(b"y" * 1000))
    assert bodies(folder) == [b"y" * 1000]


def test_a_limit_of_nothing_keeps_nothing(folder: Folder) -> None:
    with pytest.raises(OSError, match="full"):
        Spool(Folder(folder.path, 0)).put(received(b""))
    assert files(folder) == []


def test_a_file_that_was_sealed_is_never_written_again(folder: Folder, spool: Spool) -> None:
    spool.put(received(b"1"))
    sealed = seal(files(folder)[0])
    assert sealed is not None
    before = sealed.read_bytes()
    spool.put(received(b"2"))
    assert sealed.read_bytes() == before
    assert bodies(folder) == [b"1", b"2"]


def test_a_long_file_is_followed_by_another(
    folder: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SEGMENT_BYTES", 300)
    for number in range(6):
        spool.put(received(b"%d" % number))
    assert len(files(folder)) > 1
    assert bodies(folder) == [b"%d" % number for number in range(6)]


def test_the_beginning_is_said_once(
    folder: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "log", said := CapturingLogger())
    for number in range(5):
        spool.put(received(b"%d" % number))
        for path in files(folder):
            seal(path)
    assert [call.args for call in said.calls] == [("spool_begun",)]


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 2000 bytes; who tries is told instead of killed."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_body_that_fits_only_in_part_is_cut_off_again(
    folder: Folder, spool: Spool, small_files: None
) -> None:
    spool.put(received(b"x" * 1000))
    with pytest.raises(OSError, match="File too large"):
        spool.put(received(b"y" * 1900))
    spool.put(received(b"z" * 1000))
    assert bodies(folder) == [b"x" * 1000, b"z" * 1000]


@pytest.fixture
def tiny_disk() -> Iterator[Path]:
    """A file system of 64 kB, not among pytest's folders, which it tidies up."""
    place = Path(tempfile.mkdtemp(prefix="inlet-tiny-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        place.rmdir()
        pytest.skip("mounting is not permitted")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
    place.rmdir()


def test_a_full_disk_is_refused_and_loses_nothing(
    tiny_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MEASURE_SECONDS", 0.0)
    folder = Folder(tiny_disk / "spool", 1_000_000)
    spool = Spool(folder)
    sent = [b"%d" % number + b"x" * 9_000 for number in range(12)]
    kept = []
    for body in sent:
        try:
            spool.put(received(body))
        except OSError as problem:
            assert "No space left" in str(problem)  # noqa: PT017 - some must pass before
        else:
            kept.append(body)
    assert sent[0] in kept
    assert len(kept) < len(sent)
    assert bodies(folder) == kept
    shutil.rmtree(folder.path)
    spool.put(received(b"after"))
    assert bodies(folder) == [b"after"]


def test_many_threads_lose_nothing(folder: Folder, spool: Spool) -> None:
    sent = [b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda body: spool.put(received(body)), sent))
    assert Counter(bodies(folder)) == Counter(sent)
