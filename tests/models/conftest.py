from __future__ import annotations

from tests import emptied

database_url, engine = emptied.database_url, emptied.engine
emptied_sqlite, emptied_postgres = emptied.emptied_sqlite, emptied.emptied_postgres
