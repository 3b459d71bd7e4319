"""Secrets at rest: encrypted with a key from a 0600 file, or from STEPWORKS_SECRETS_KEY."""

import os
from collections.abc import Mapping
from pathlib import Path

from stepworks.errors import StepworksError


class Vault:
    """Encrypts and decrypts short texts. The key is read, or made, when it is first needed."""

    def __init__(self, key_file: Path, environ: Mapping[str, str]) -> None:
        self._key_file = key_file
        self._given = environ.get("STEPWORKS_SECRETS_KEY")

    def encrypt(self, text: str) -> bytes:
        """The text as bytes that only the key's holder can read."""
        from cryptography.fernet import Fernet

        return Fernet(self._key()).encrypt(text.encode())

    def decrypt(self, data: bytes) -> str:
        """The text again. Raises StepworksError when it was encrypted with another key."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            return Fernet(self._key()).decrypt(data).decode()
        except InvalidToken as e:
            raise StepworksError(
                "A secret cannot be read: it was encrypted with another key.",
                target=str(self._key_file),
                remedy="Bring the old key back, or set the secret again.",
            ) from e

    def _key(self) -> bytes:
        if self._given:
            return self._given.encode()
        try:
            return self._key_file.read_bytes()
        except FileNotFoundError:
            from cryptography.fernet import Fernet

            return write_private(self._key_file, Fernet.generate_key())


def write_private(path: Path, data: bytes) -> bytes:
    """Make a file that only its owner can read; what it holds afterwards (somebody may have been faster)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as f:
            f.write(data)
        try:
            os.link(partial, path)
        except FileExistsError:
            return path.read_bytes()
    finally:
        partial.unlink()
    return data
