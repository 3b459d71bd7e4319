"""Bytes of models: from a local path to the server, and back."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from azureml.core._files import files_below
from azureml.exceptions import ModelPathNotFoundException, WebserviceException

if TYPE_CHECKING:
    from stepworks.client.api import Client
    from stepworks.hashing import ContentId


def send(client: "Client", path: str, children: "list[str] | None" = None) -> tuple[dict[str, str], bool]:
    """Give the server the files at a path; name → object id, and whether it is one file.

    Raises ModelPathNotFoundException when nothing is there.
    """
    from stepworks.hashing import hash_file

    if os.path.isfile(path):
        found = {os.path.basename(path): path}
    elif os.path.isdir(path):
        found = {f"{os.path.basename(os.path.normpath(path))}/{rel}": full for rel, full in files_below(path)}
        if children is not None:
            wanted = tuple(c.strip("/") for c in children)
            found = {n: f for n, f in found.items() if n.partition("/")[2].startswith(wanted)}
    else:
        raise ModelPathNotFoundException(f"There is no file or folder {path!r} to register as a model.")
    ids: dict[str, ContentId] = {name: hash_file(full) for name, full in found.items()}
    client.objects_ensure({ids[name]: Path(full) for name, full in found.items()})
    return dict(ids), os.path.isfile(path)


def fetch(client: "Client", files: dict[str, str], target: Path, *, overwrite: bool) -> Path:
    """Fetch a model's files below a folder; the path of the one file, or of the folder they share.

    Raises WebserviceException when something is in the way and `overwrite` is not given.
    """
    from stepworks.data.paths import strict

    paths = {strict(name, what="model file"): object_id for name, object_id in files.items()}
    tops = {p.partition("/")[0] for p in paths}
    for top in sorted(tops):
        if not overwrite and (target / top).exists():
            raise WebserviceException(
                f"{target / top} exists already. Give exist_ok=True to replace it, or another target_dir."
            )
    for path, object_id in paths.items():
        client.object_read(object_id, target / path)
    return target / tops.pop() if len(tops) == 1 else target
