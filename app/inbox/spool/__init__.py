"""Bodies kept in files while the database is away; see docs/architecture.md."""
