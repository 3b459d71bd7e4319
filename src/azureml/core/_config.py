"""Finds and reads config.json: which workspace a script means (contracts §2).

An Azure triple names a local workspace; a `url` beside it points at a server elsewhere.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from azureml.exceptions import UserErrorException

_FILE_NAMES = ("config.json", "project.json")
_FOLDERS = (".azureml", "aml_config", "")
_SCOPE = re.compile(
    r"/subscriptions/([^/]*)/resourceGroups/([^/]*)/providers/[^/]+/(?:workspaces|accounts)/([^/]+)", re.IGNORECASE
)


class WorkspaceConfig(NamedTuple):
    """What a configuration file says."""

    workspace_name: str
    subscription_id: str = ""
    resource_group: str = ""
    url: str | None = None
    token: str | None = None
    path: Path | None = None


def find(path: str | Path | None, file_name: str | None = None) -> Path | None:
    """The configuration file that `path` means: itself, or the nearest in that folder or one above it."""
    start = Path(path or ".").absolute()
    if start.is_file():
        return start
    names = (file_name,) if file_name else _FILE_NAMES
    for folder in (start, *start.parents):
        for inner in _FOLDERS:
            for name in names:
                candidate = folder / inner / name
                if candidate.is_file():
                    return candidate
    return None


def read(path: Path) -> WorkspaceConfig:
    """Read a configuration file. Raises UserErrorException that says what is wrong with it."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as e:
        raise UserErrorException(
            f"{path} is not valid JSON ({e}). Mend it, or write it anew with ws.write_config()."
        ) from e
    if not isinstance(content, dict):
        raise UserErrorException(
            f"{path} holds a {type(content).__name__}, not an object with workspace_name, resource_group "
            "and subscription_id."
        )
    given = {str(k): v for k, v in content.items()}  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(scope := given.get("Scope") or given.get("Id"), str) and (m := _SCOPE.match(scope)):
        given = {"subscription_id": m[1], "resource_group": m[2], "workspace_name": m[3], **given}
    name = given.get("workspace_name")
    if not isinstance(name, str) or not name:
        raise UserErrorException(
            f"{path} has no workspace_name. It needs that, and resource_group and subscription_id as they were."
        )
    for key in ("subscription_id", "resource_group", "url", "token"):
        if not isinstance(given.get(key) or "", str):
            raise UserErrorException(f"{key} in {path} must be text, not {type(given[key]).__name__}.")
    return WorkspaceConfig(
        workspace_name=name,
        subscription_id=given.get("subscription_id") or "",
        resource_group=given.get("resource_group") or "",
        url=given.get("url"),
        token=given.get("token"),
        path=path,
    )


def write(path: str | Path | None, file_name: str | None, config: WorkspaceConfig) -> Path:
    """Write a configuration file below `path`/.azureml (or at `path` itself, when that is such a folder)."""
    folder = Path(path or ".").absolute()
    if folder.name not in _FOLDERS[:2]:
        folder = folder / _FOLDERS[0]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (file_name or _FILE_NAMES[0])
    content = {
        "subscription_id": config.subscription_id,
        "resource_group": config.resource_group,
        "workspace_name": config.workspace_name,
    }
    if config.url is not None:
        content["url"] = config.url
    target.write_text(json.dumps(content, indent=4) + "\n", encoding="utf-8")
    return target
