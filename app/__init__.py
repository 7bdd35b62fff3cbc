"""Inlet: one inbox for Instagram Direct, WhatsApp and Messenger.

Importing this package imports nothing else: workers and the sweep use its parts without Flask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings) -> Flask:
    """Return the web application of one installation."""
    from app.factory import build

    return build(settings)
