"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL = sa.Double().with_variant(sa.REAL(), "sqlite")
JSON = sa.Text()


def upgrade() -> None:
    """Make all tables, their indexes and triggers."""
    op.create_table(
        "workspaces",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("subscription_id", TEXT, nullable=False),
        sa.Column("resource_group", TEXT, nullable=False),
        sa.Column("location", TEXT, nullable=False),
        sa.Column("default_datastore", TEXT, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("storage_map", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "experiments",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("description", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("workspace", "name"),
    )
    op.create_table(
        "runs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("experiment", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("parent", TEXT, nullable=True),
        sa.Column("root", TEXT, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("started", REAL, nullable=True),
        sa.Column("ended", REAL, nullable=True),
        sa.Column("target", TEXT, nullable=True),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("properties", JSON, nullable=False),
        sa.Column("graph", TEXT, nullable=True),
        sa.Column("submission", JSON, nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("node", TEXT, nullable=True),
        sa.Column("snapshot", TEXT, nullable=True),
        sa.Column("decision", JSON, nullable=True),
        sa.Column("outputs", JSON, nullable=False),
        sa.Column("failure", JSON, nullable=True),
        sa.Column("warnings", JSON, nullable=False),
        sa.Column("timings", JSON, nullable=False),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_runs_workspace_experiment_number", "runs", ["workspace", "experiment", "number"])
    op.create_index("ix_runs_root", "runs", ["root"])
    op.create_index("ix_runs_parent_number", "runs", ["parent", "number"])
    op.create_index("ix_runs_workspace_type_created", "runs", ["workspace", "type", "created"])
    op.create_index("ix_runs_status", "runs", ["status"])
    op.create_table(
        "attempts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("run", TEXT, nullable=False),
        sa.Column("root", TEXT, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("pool", TEXT, nullable=False),
        sa.Column("lease", TEXT, nullable=True),
        sa.Column("agent", TEXT, nullable=True),
        sa.Column("created", REAL, nullable=False),
        sa.Column("leased", REAL, nullable=True),
        sa.Column("ended", REAL, nullable=True),
        sa.Column("failure", JSON, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_attempts_run_number", "attempts", ["run", "number"])
    op.create_index("ix_attempts_state", "attempts", ["state"])
    op.create_table(
        "graphs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "reuse_entries",
        sa.Column("run", TEXT, nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("family", TEXT, nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("ix_reuse_entries_workspace_key_created", "reuse_entries", ["workspace", "key", "created"])
    op.create_index("ix_reuse_entries_workspace_family_created", "reuse_entries", ["workspace", "family", "created"])
    op.create_table(
        "artifacts",
        sa.Column("run", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("size", INTEGER, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("run", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metrics",
        sa.Column("run", TEXT, nullable=False),
        sa.Column("seq", INTEGER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", REAL, nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("step", INTEGER, nullable=True),
        sa.Column("time", REAL, nullable=False),
        sa.PrimaryKeyConstraint("run", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spools",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("last", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "datastores",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name"),
    )
    op.create_table(
        "datasets",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("properties", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_datasets_workspace_definition", "datasets", ["workspace", "definition"])
    op.create_table(
        "dataset_versions",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("dataset", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", "version"),
    )
    op.create_index("ix_dataset_versions_dataset", "dataset_versions", ["dataset"])
    op.create_table(
        "models",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", INTEGER, nullable=False),
        sa.Column("run", TEXT, nullable=True),
        sa.Column("experiment", TEXT, nullable=True),
        sa.Column("description", TEXT, nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("properties", JSON, nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("is_file", sa.Boolean(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", "version"),
    )
    op.create_index("ix_models_run", "models", ["run"])
    op.create_table(
        "environments",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("spec", JSON, nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", "version"),
    )
    op.create_table(
        "computes",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("modified", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name"),
    )
    op.create_table(
        "secrets",
        sa.Column("workspace", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name"),
    )
    op.create_table(
        "counters",
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("last", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("scope"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agents",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("process", TEXT, nullable=False),
        sa.Column("slots", INTEGER, nullable=False),
        sa.Column("registered", REAL, nullable=False),
        sa.Column("seen", REAL, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("""CREATE TRIGGER runs_stay_ended BEFORE UPDATE OF status ON runs
WHEN OLD.status IN ('Bypassed', 'Canceled', 'Completed', 'Failed') AND NEW.status <> OLD.status
BEGIN SELECT RAISE(ABORT, 'the run has ended'); END""")
    else:
        op.execute("""CREATE FUNCTION runs_stay_ended() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'the run has ended' USING ERRCODE = 'integrity_constraint_violation'; END$$""")
        op.execute("""CREATE TRIGGER runs_stay_ended BEFORE UPDATE OF status ON runs FOR EACH ROW
WHEN (OLD.status IN ('Bypassed', 'Canceled', 'Completed', 'Failed') AND NEW.status <> OLD.status)
EXECUTE FUNCTION runs_stay_ended()""")
