"""Pictures are kept as they came, each for its owner, and nowhere but in their folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.media_store import MediaStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def test_what_is_put_can_be_opened(store: MediaStore) -> None:
    name = store.put("contact:1", b"picture", "png")

    with store.open(name) as file:
        assert file.read() == b"picture"


def test_the_same_again_is_the_same_file(store: MediaStore, tmp_path: Path) -> None:
    assert store.put("contact:1", b"picture", "png") == store.put("contact:1", b"picture", "png")
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


def test_deleting_one_owners_picture_leaves_the_others(store: MediaStore) -> None:
    mine, other = (store.put(f"contact:{n}", b"picture", "png") for n in (1, 2))

    store.delete(mine)
    store.delete(mine)

    with pytest.raises(FileNotFoundError):
        store.open(mine)
    store.open(other).close()


@pytest.mark.parametrize("name", ["../../keys/secret_key", "/etc/passwd", "", "a" * 64, "x.png"])
def test_no_other_file_can_be_opened(store: MediaStore, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        store.open(name)


def test_nobody_else_on_the_machine_may_read_them(store: MediaStore, tmp_path: Path) -> None:
    store.put("contact:1", b"picture", "png")

    modes = [one.stat().st_mode & 0o077 for one in (tmp_path / "media").rglob("*")]
    assert modes == [0, 0]
