"""Migrations of the records' tables, run by Alembic. A version that was released is never edited, and there is no way
back: restore a backup instead."""
