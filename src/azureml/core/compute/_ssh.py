"""Machines that are attached by SSH: who logs in, where, and with which secret (contracts §19)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azureml.exceptions import ComputeTargetException

SECRET_KEYS = ("password", "private-key", "private-key-passphrase")


def check_login(kind: str, *, username: str, password: str, private_key_file: str) -> None:
    """Raises ComputeTargetException unless there is a user with a password or a private key that can be read."""
    if not username:
        raise ComputeTargetException(f"{kind}: username is missing.")
    if not password and not private_key_file:
        raise ComputeTargetException(f"{kind}: give password or private_key_file.")
    if private_key_file and not os.path.isfile(private_key_file):
        raise ComputeTargetException(f"{kind}: there is no private key at {os.path.abspath(private_key_file)}.")


def login_secrets(*, password: str, private_key_file: str, private_key_passphrase: str) -> dict[str, str]:
    """What goes to the key vault; the key itself, not where it lay."""
    key = Path(private_key_file).read_text() if private_key_file else ""
    return dict(zip(SECRET_KEYS, (password, key, private_key_passphrase), strict=True))


def credentials(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Who logs in and with what, in the words of `get_credentials`."""
    return {
        "username": settings.get("username"),
        "password": secrets["password"],
        "privateKeyData": secrets["private-key"],
    }
