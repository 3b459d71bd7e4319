"""Files at web addresses: fetched once, kept in a folder, and checked against the server by ETag or date."""

import os
import shutil
import tempfile
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import msgspec
from msgspec import Struct

from stepworks.errors import DataMissing
from stepworks.hashing import content_hash, hash_file


class CachedFile(Struct, frozen=True):
    """A fetched file: where it is, its size in bytes and the identity of its content."""

    path: Path
    size: int
    etag: str


class _Facts(Struct, frozen=True):
    url: str
    name: str
    size: int
    content: str
    etag: str | None = None
    modified: str | None = None


class WebCache:
    """A folder of fetched files. Several processes may share it: files appear by rename.

    `timeout` is in seconds and holds for each wait on the server, not for the whole transfer.
    """

    def __init__(self, folder: Path, *, timeout: float = 30) -> None:
        self._folder = folder
        self._timeout = timeout

    def get(self, url: str) -> CachedFile:
        """The file as it was when last refreshed; fetched if it never was. Raises DataMissing."""
        place = self._place(url)
        facts = _read_facts(place)
        return self.refresh(url) if facts is None else _cached(place, facts)

    def refresh(self, url: str) -> CachedFile:
        """The file as the server has it now; its bytes travel only if they changed.

        Raises DataMissing if the server does not give it; a copy from before is then not used, as it may be outdated.
        """
        place = self._place(url)
        facts = _read_facts(place)
        request = Request(url, headers=_conditions(facts) | {"User-Agent": "stepworks"})
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                new = self._keep(place, url, answer)
        except HTTPError as error:
            if error.code == 304 and facts is not None:
                return _cached(place, facts)
            raise DataMissing(
                f"'{url}' can't be read: the server answered {error.code} {error.reason}.",
                target=url,
                remedy="Check the address, and that it is open without signing in.",
            ) from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise DataMissing(
                f"'{url}' can't be read: {reason}.", target=url, remedy="Check the address and the network."
            ) from error
        return _cached(place, new)

    def _place(self, url: str) -> Path:
        return self._folder / content_hash("web/1", url)[:32]

    def _keep(self, place: Path, url: str, answer) -> _Facts:  # pyright: ignore[reportMissingParameterType, reportUnknownParameterType]
        place.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                shutil.copyfileobj(answer, out, 1 << 20)
            size = os.path.getsize(draft)
            expected = answer.headers.get("Content-Length")
            if expected is not None and int(expected) != size:
                raise OSError(f"it ended after {size} of {expected} bytes")
            content = hash_file(draft)
            facts = _Facts(
                url, _name(url), size, content, answer.headers.get("ETag"), answer.headers.get("Last-Modified")
            )
            (place / content).mkdir(exist_ok=True)
            os.replace(draft, place / content / facts.name)
        finally:
            Path(draft).unlink(missing_ok=True)
        # The facts come last: a reader that sees them may rely on the file.
        handle, draft = tempfile.mkstemp(dir=place, prefix=".new-")
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.encode(facts))
        os.replace(draft, place / "facts.json")
        return facts


def _cached(place: Path, facts: _Facts) -> CachedFile:
    return CachedFile(place / facts.content / facts.name, facts.size, facts.content)


def _read_facts(place: Path) -> _Facts | None:
    try:
        facts = msgspec.json.decode((place / "facts.json").read_bytes(), type=_Facts)
    except (OSError, msgspec.DecodeError):
        return None
    return facts if (place / facts.content / facts.name).is_file() else None


def _conditions(facts: _Facts | None) -> dict[str, str]:
    if facts is None:
        return {}
    headers = {}
    if facts.etag:
        headers["If-None-Match"] = facts.etag
    if facts.modified:
        headers["If-Modified-Since"] = facts.modified
    return headers


def _name(url: str) -> str:
    """A safe file name that keeps the ending of the address, which says how the file is packed."""
    name = unquote(urlsplit(url).path).rpartition("/")[2].replace("\0", "")
    return name[-100:] if name.strip(".") else "data"
