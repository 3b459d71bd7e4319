"""The facts of git about a source directory (contracts §10)."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from azureml.core._run_details import PATCH

_MOST_PATCH_BYTES = 1 << 20
_SECONDS = 20
_VARIABLES = {
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


class GitFacts:
    """Repository, branch, commit, whether there are uncommitted changes, and those changes as a patch.

    Git begins to look when this is made, so that there is other work to do meanwhile; `read` waits for it.
    """

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._directory = directory
        self._given = {name: environ[variable] for name, variable in _VARIABLES.items() if environ.get(variable)}
        self._status = self._address = None
        if _in_work_tree(directory):
            self._status = _git(directory, "status", "--porcelain=v2", "--branch", ".")
            self._address = _git(directory, "ls-remote", "--get-url")

    def read(self) -> dict[str, str]:
        """The facts as properties of a run, empty outside of a work tree.

        AZUREML_GIT_… variables come before what git says. Credentials in the address of the repository are left out.
        """
        lines = _said_by(self._status).splitlines()
        address = _without_credentials(_said_by(self._address))
        head = dict(line.removeprefix("# branch.").split(" ", 1) for line in lines if line.startswith("# branch."))
        commit = head.get("oid", "(initial)")
        if commit == "(initial)":
            return self._given
        branch = head.get("head", "")
        is_dirty = any(not line.startswith("#") for line in lines)
        values = {
            "repository_uri": address,
            "repoURL": address,
            "branch": "HEAD" if branch == "(detached)" else branch,
            "commit": commit,
            "dirty": str(is_dirty),
        }
        found = {name: values[key] for name in _VARIABLES if (key := name.rpartition(".")[2]) in values}
        if is_dirty:
            patch = _said_by(_git(self._directory, "diff", "HEAD", "--", "."))
            found[PATCH] = patch if len(patch) <= _MOST_PATCH_BYTES else patch[:_MOST_PATCH_BYTES] + "\n… (cut)\n"
        return found | self._given


def _in_work_tree(directory: Path) -> bool:
    """Whether a folder above has a .git: most source directories have none, and then git need not be started."""
    absolute = directory.absolute()
    return any((folder / ".git").exists() for folder in (absolute, *absolute.parents))


def _git(directory: Path, *arguments: str) -> "subprocess.Popen[bytes] | None":
    try:
        return subprocess.Popen(
            ["git", "-C", str(directory), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def _said_by(process: "subprocess.Popen[bytes] | None") -> str:
    """What git has written; nothing when it is not there, failed or takes too long."""
    if process is None:
        return ""
    with process:
        try:
            out, _ = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return ""
    return out.decode(errors="replace").strip() if process.returncode == 0 else ""


def _without_credentials(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address if address != "origin" else ""
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
