"""Secrets at rest, and the keyed fingerprints by which a secret is recognised."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Vault:
    """Encrypts with the newest key and decrypts with any of them."""

    def __init__(self, keys: Sequence[str], fingerprint_key: str) -> None:
        """Take Fernet keys, newest first, and the key of the fingerprints."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._fingerprint_key = hashlib.sha256(b"fingerprint:" + fingerprint_key.encode()).digest()

    def encrypt(self, secret: str) -> str:
        """Return ``secret`` encrypted."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Return the secret in ``token``. Raises :class:`WrongKeyError` where no key fits."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise WrongKeyError from None

    def fingerprint(self, secret: str) -> str:
        """Return 32 hex digits that recognise ``secret`` and reveal nothing of it."""
        return hmac.new(self._fingerprint_key, secret.encode(), hashlib.sha256).hexdigest()[:32]


class WrongKeyError(Exception):
    """No key of ENCRYPTION_KEYS opens a stored secret."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "A stored secret cannot be opened: ENCRYPTION_KEYS (or the key in INLET_HOME/keys) "
            "is not the one it was stored with."
        )
