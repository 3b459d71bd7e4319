"""Values that are written as plain dictionaries: parts of deployments and images."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Self


class WireValue:
    """A dataclass that is written with keys in camel case."""

    def serialize(self) -> dict[str, Any]:
        """As plain values."""
        assert is_dataclass(self)
        return {_key(f.name): getattr(self, f.name) for f in fields(self)}

    @classmethod
    def deserialize(cls, payload_obj: Mapping[str, Any] | None) -> Self | None:
        """From what `serialize` gives; None from None."""
        if payload_obj is None:
            return None
        assert is_dataclass(cls)
        return cls(**{f.name: payload_obj.get(_key(f.name)) for f in fields(cls)})


def _key(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join("GB" if word == "gb" else word.capitalize() for word in rest)
