"""Snapshots of source directories, and the facts of git about them (contracts §10)."""

import os
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from azureml.core._run_details import PATCH
from azureml.exceptions import SnapshotException

if TYPE_CHECKING:
    from stepworks.client.api import Client
    from stepworks.filehashes import FileHashes

_MOST_PATCH_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A source directory as the server knows it: its snapshot, and what git says of it."""

    snapshot: str
    properties: Mapping[str, str]


def take_source(client: "Client", directory: str | os.PathLike[str]) -> Source:
    """Take a snapshot of a source directory and give the server what it lacks of it.

    Raises SnapshotException when the directory is not there or cannot be read.
    """
    snapshot = take_and_send(client, Path(directory))
    facts = git_facts(Path(directory), os.environ)
    return Source(snapshot, {"ContentSnapshotId": snapshot, **facts})


def take_and_send(client: "Client", path: Path) -> str:
    """Take a snapshot of a folder, or of one file, and give it to the server; its id."""
    from stepworks.errors import StepworksError

    try:
        return _take_folder(client, path) if path.is_dir() or not path.exists() else _take_file(client, path)
    except StepworksError as e:
        if isinstance(e, ConnectionError):
            raise
        raise SnapshotException(str(e)) from e


def _take_folder(client: "Client", folder: Path) -> str:
    from stepworks.snapshots.take import take

    taken = take(folder, _hashes())
    for warning in taken.warnings:
        warnings.warn(warning, stacklevel=6)
    client.snapshot_ensure(taken.tree, taken.files)
    return taken.tree.id


def _take_file(client: "Client", file: Path) -> str:
    from stepworks.snapshots.tree import File, Tree

    status = file.stat()
    tree = Tree.of([File(file.name, _hashes().hash_file(file), status.st_size, bool(status.st_mode & 0o100))])
    client.snapshot_ensure(tree, {tree.files[0].id: file})
    return tree.id


_caches: "dict[int, FileHashes]" = {}


def _hashes() -> "FileHashes":
    """This process's cache of file hashes, shared with others through a file in STEPWORKS_HOME."""
    from stepworks.filehashes import FileHashes
    from stepworks.home import Home

    found = _caches.get(os.getpid())
    if found is None:
        folder = Home.default(os.environ).cache
        folder.mkdir(parents=True, exist_ok=True)
        _caches.clear()
        found = _caches[os.getpid()] = FileHashes(folder / "source-hashes.db")
    return found


# --- git

_GIT_VARIABLES = {
    "azureml.git.repository_uri": "AZUREML_GIT_REPOSITORY_URI",
    "mlflow.source.git.repoURL": "AZUREML_GIT_REPOSITORY_URI",
    "azureml.git.branch": "AZUREML_GIT_BRANCH",
    "mlflow.source.git.branch": "AZUREML_GIT_BRANCH",
    "azureml.git.commit": "AZUREML_GIT_COMMIT",
    "mlflow.source.git.commit": "AZUREML_GIT_COMMIT",
    "azureml.git.dirty": "AZUREML_GIT_DIRTY",
    "azureml.git.build_id": "AZUREML_GIT_BUILD_ID",
    "azureml.git.build_uri": "AZUREML_GIT_BUILD_URI",
}


def git_facts(directory: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Repository, branch, commit, whether there are uncommitted changes, and those changes as a patch.

    Empty outside of a work tree; AZUREML_GIT_… variables come before what git says. Credentials in the address of
    the repository are left out.
    """
    facts = {name: environ[variable] for name, variable in _GIT_VARIABLES.items() if environ.get(variable)}
    if not _in_work_tree(directory):
        return facts
    commit = _git(directory, "rev-parse", "HEAD")
    if commit is None:
        return facts
    branch = _git(directory, "rev-parse", "--abbrev-ref", "HEAD") or ""
    repository = _without_credentials(_git(directory, "ls-remote", "--get-url") or "")
    changes = _git(directory, "status", "--porcelain", ".") or ""
    found = {
        "azureml.git.repository_uri": repository,
        "mlflow.source.git.repoURL": repository,
        "azureml.git.branch": branch,
        "mlflow.source.git.branch": branch,
        "azureml.git.commit": commit,
        "mlflow.source.git.commit": commit,
        "azureml.git.dirty": str(bool(changes)),
    }
    if changes:
        patch = _git(directory, "diff", "HEAD", "--", ".") or ""
        found[PATCH] = patch if len(patch) <= _MOST_PATCH_BYTES else patch[:_MOST_PATCH_BYTES] + "\n… (cut)\n"
    return found | facts


def _in_work_tree(directory: Path) -> bool:
    """Whether a folder above has a .git: most source directories have none, and then git need not be started."""
    absolute = directory.absolute()
    return any((folder / ".git").exists() for folder in (absolute, *absolute.parents))


def _git(directory: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(directory), *arguments], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _without_credentials(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address if address != "origin" else ""
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
