"""The database, behind a small port."""
