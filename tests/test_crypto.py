"""Secrets at rest, and the fingerprints by which they are recognised."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from app.crypto import Vault, WrongKeyError

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_a_secret_comes_back_and_does_not_stand_in_what_is_stored() -> None:
    vault = Vault([NEW], "key")
    stored = vault.encrypt("EAAG-secret")
    assert "EAAG-secret" not in stored
    assert vault.decrypt(stored) == "EAAG-secret"


def test_an_older_key_still_opens_what_it_locked() -> None:
    stored = Vault([OLD], "key").encrypt("s")
    assert Vault([NEW, OLD], "key").decrypt(stored) == "s"


def test_a_missing_key_is_said_in_plain_words() -> None:
    stored = Vault([OLD], "key").encrypt("s")
    with pytest.raises(WrongKeyError, match="ENCRYPTION_KEYS"):
        Vault([NEW], "key").decrypt(stored)


def test_a_fingerprint_names_a_secret_only_with_its_key() -> None:
    one, other = Vault([NEW], "key"), Vault([NEW], "other key")
    assert one.fingerprint("s") == one.fingerprint("s")
    assert one.fingerprint("s") != one.fingerprint("t")
    assert one.fingerprint("s") != other.fingerprint("s")
    assert len(one.fingerprint("s")) == 32
