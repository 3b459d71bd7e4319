"""Migrations of the records' tables, run by Alembic. A version that was released is never edited, and there is no way
back: restore a backup instead.

To change a table: change `rows.py`, write `versions/NNNN_what.py` by hand (explicit columns and types, both dialects,
nothing imported from stepworks), and append its number to `migrate.REVISIONS`. The tests of the schema prove that the
migrations make what a new database gets.
"""
