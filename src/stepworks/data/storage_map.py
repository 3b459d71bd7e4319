"""Storage maps: where data are now that were at another address (contracts §6). Pure.

A map is text: rules `PREFIX=TARGET`, separated by white space or ";". A URL that begins with PREFIX leads to TARGET and
what follows. A `*` in PREFIX stands for a part of the address without "/"; what it stood for becomes a folder of the
target: with `https://*.blob.core.windows.net/=file:///data/azure/`, the container `raw` of the account `shop` is
`/data/azure/shop/raw`. The first rule that fits counts.
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from stepworks.errors import InvalidInput

_DOMAIN = "core.windows.net"
_SERVICES = {"AzureBlob": "blob", "AzureFile": "file", "AzureDataLakeGen2": "dfs"}
STORAGE_TYPES = (*_SERVICES, "AzureDataLake")
"""Types of datastores that are at an address."""
MAP_VARIABLE = "STEPWORKS_STORAGE_MAP"
"""The environment variable whose text becomes the map of the workspace that a script uses."""


class Rule(Struct, frozen=True):
    """Addresses that begin with `prefix` are at `target`."""

    prefix: str
    target: str

    def lead(self, url: str) -> str | None:
        """Where an address leads; None when the rule does not fit."""
        parts = (re.escape(part) for part in self.prefix.split("*"))
        found = re.match("([^/]+?)".join(parts), url)
        if found is None:
            return None
        folders = "".join(f"{group}/" for group in found.groups())
        return f"{self.target}{folders}{url[found.end() :]}"


class StorageMap(Struct, frozen=True):
    """Rules, in the order in which they are tried."""

    rules: tuple[Rule, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "StorageMap":
        """The map of a text. Raises InvalidInput for what is no rule."""
        rules: list[Rule] = []
        for part in re.split(r"[;\s]+", text.strip(";\t\n\r ")) if text.strip("; \t\n\r") else ():
            prefix, separator, target = part.partition("=")
            if not separator or "://" not in prefix or "://" not in target:
                raise InvalidInput(
                    f"{part!r} is no rule of a storage map.",
                    target=MAP_VARIABLE,
                    remedy="A rule is PREFIX=TARGET, as in https://*.blob.core.windows.net/=file:///data/azure/",
                )
            rules.append(Rule(prefix, target if target.endswith("/") else f"{target}/"))
        return cls(tuple(rules))

    def lead(self, url: str) -> str | None:
        """Where an address leads; None when no rule fits."""
        return next((led for rule in self.rules if (led := rule.lead(url)) is not None), None)


def address_of(kind: str, settings: Mapping[str, Any]) -> str | None:
    """The address of a datastore of a type in STORAGE_TYPES, None for other types.

    `settings` have the SDK's names: `account_name` with `container_name` (a container, share or file system), or
    `store_name`; `protocol` and `endpoint` where they are not Azure's own.
    """
    protocol = settings.get("protocol") or "https"
    if kind == "AzureDataLake":
        return f"{protocol}://{settings['store_name']}.azuredatalakestore.net/"
    if kind not in _SERVICES:
        return None
    domain = settings.get("endpoint") or _DOMAIN
    return f"{protocol}://{settings['account_name']}.{_SERVICES[kind]}.{domain}/{settings['container_name']}/"
