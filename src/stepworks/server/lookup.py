"""Finds what a path names, or says that it is not there."""

from stepworks.errors import NotFound
from stepworks.records import rows
from stepworks.records.base import View, eq


def workspace(view: View, name: str) -> rows.Workspace:
    """The workspace of that name. Raises NotFound."""
    found = view.get(rows.Workspace, name)
    if found is None:
        known = ", ".join(sorted(str(v[0]) for v in view.values(rows.Workspace, ("name",)))) or "none yet"
        raise NotFound(
            f"There is no workspace {name!r} on this server.", target=name, remedy=f"Workspaces here: {known}."
        )
    return found


def run(view: View, run_id: str) -> rows.Run:
    """The run of that id. Raises NotFound."""
    found = view.get(rows.Run, run_id)
    if found is None:
        raise NotFound(f"There is no run {run_id!r}.", target=run_id, remedy="`stepworks runs` lists what there is.")
    return found


def experiment(view: View, workspace_name: str, name: str) -> rows.Experiment:
    """The experiment of that name. Raises NotFound."""
    found = view.get(rows.Experiment, workspace_name, name)
    if found is None:
        raise NotFound(f"Workspace {workspace_name!r} has no experiment {name!r}.", target=name)
    return found


def datastore(view: View, workspace_name: str, name: str) -> rows.Datastore:
    """The datastore of that name. Raises NotFound."""
    found = view.get(rows.Datastore, workspace_name, name)
    if found is None:
        known = ", ".join(
            sorted(str(v[0]) for v in view.values(rows.Datastore, ("name",), eq("workspace", workspace_name)))
        )
        raise NotFound(
            f"Workspace {workspace_name!r} has no datastore {name!r}.",
            target=name,
            remedy=f"Datastores there: {known}.",
        )
    return found
