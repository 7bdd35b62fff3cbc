"""Bare instances of the Flask extensions; ``create_app`` binds them."""

from __future__ import annotations

from pathlib import Path

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session

from app.models import Base
from app.models.database import alone
from app.models.search import is_described

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate(
    directory=str(MIGRATIONS), compare_type=True, render_as_batch=True, include_name=is_described
)
login_manager = LoginManager()
csrf = CSRFProtect()
limiter = Limiter(get_remote_address, headers_enabled=True)
babel = Babel()


def reader() -> Session:
    """Return the request's session for reading; verbs that write get one of ``writing``."""
    return alone(db.session())
