"""Translators between Meta's words and ours; they know no database, no Flask and no queue."""
