from __future__ import annotations

from tests import emptied

database_url, emptied_postgres = emptied.database_url, emptied.emptied_postgres
