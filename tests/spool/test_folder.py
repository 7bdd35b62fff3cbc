"""The folder is private, refuses what it is not, and knows what lies in it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from app.inbox.spool.folder import CAP, Folder, UnusableError
from app.inbox.spool.segment import seal
from tests.spool.kept import bodies, files, received

if TYPE_CHECKING:
    from pathlib import Path

    from app.inbox.spool.writer import Spool


def test_folder_and_files_are_their_owners_alone(folder: Folder, spool: Spool) -> None:
    folder.path.mkdir(mode=0o755)
    folder.prepare()
    spool.put(received(b"private"))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.path, *files(folder))]
    assert modes == [0o700, 0o600]


def test_the_proof_leaves_nothing_behind(folder: Folder) -> None:
    folder.prepare()
    assert list(folder.path.iterdir()) == []


def test_a_file_in_the_folders_place_is_refused(folder: Folder) -> None:
    folder.path.write_text("")
    with pytest.raises(UnusableError, match=f"Cannot write the spool folder .{folder.path}.: "):
        folder.prepare()


def test_a_link_in_the_folders_place_is_refused(
    folder: Folder, spool: Spool, tmp_path: Path
) -> None:
    folder.path.symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(UnusableError, match="not a link"):
        folder.prepare()
    with pytest.raises(OSError, match="not a link"):
        spool.put(received(b"x"))


def test_a_link_among_the_files_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    folder.prepare()
    (tmp_path / "target").write_bytes(b"not ours")
    link = folder.path / "20261122T120000.000000-host-1-x.open"
    link.symlink_to(tmp_path / "target")
    assert files(folder) == []
    with pytest.raises(OSError, match="symbolic links"):
        seal(link)


def test_what_lies_there_is_counted_and_dated(folder: Folder, spool: Spool) -> None:
    empty = spool.state()
    assert (empty.count, empty.size, empty.since, empty.limit) == (0, 0, None, folder.limit)
    for number in range(3):
        spool.put(received(b"%d" % number))
    [path] = files(folder)
    state = spool.state()
    assert (state.count, state.size) == (3, path.stat().st_size)
    assert state.since is not None
    assert path.name.startswith(state.since.strftime("%Y%m%dT%H%M%S.%f"))


def test_more_than_the_cap_is_not_counted(folder: Folder, spool: Spool) -> None:
    spool.put(received(b"x"))
    [path] = files(folder)
    path.write_bytes(path.read_bytes() * (CAP + 5))
    assert spool.state().count == CAP
    assert len(bodies(folder)) == CAP + 5


def test_a_file_that_was_cut_off_is_counted_up_to_there(folder: Folder, spool: Spool) -> None:
    spool.put(received(b"whole"))
    [path] = files(folder)
    with path.open("ab") as file:
        file.write(path.read_bytes()[:10])
    assert spool.state().count == 1
