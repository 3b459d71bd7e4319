"""Sections of configurations: objects with a fixed set of attributes that are written to and read from YAML and JSON.

An attribute that a section does not have is refused (contracts §19), as a misspelt setting would otherwise be lost.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, cast

from azureml.exceptions import UserErrorException

Load = Callable[[Any], Any]


class Section:
    """What all sections can do. A subclass annotates its attributes and names what of them is written."""

    _keys: ClassVar[Mapping[str, str]] = {}
    """Attribute → key in files, in the order they are written."""
    _parts: ClassVar[Mapping[str, Load]] = {}
    """How attributes that hold sections are read: `one`, `many` or `named`."""
    _left_out: ClassVar[frozenset[str]] = frozenset()
    """Attributes that are not written while they are None."""
    _secret: ClassVar[frozenset[str]] = frozenset()
    """Attributes that are only written to the user's own files."""
    _kinds: ClassVar[Mapping[str, type]] = {}
    """Attributes that hold nothing but objects of a class, or None."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in _declared(type(self)):
            import difflib

            close = difflib.get_close_matches(name, _declared(type(self)), n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise AttributeError(f"{type(self).__name__} has no attribute '{name}'.{hint}", name=name, obj=self)
        kind = self._kinds.get(name)
        if kind is not None and value is not None and not isinstance(value, kind):
            raise UserErrorException(
                f"{type(self).__name__}.{name} is {_a(kind.__name__)}, not {_a(type(value).__name__)}."
            )
        object.__setattr__(self, name, value)

    def _to_dict(self, *, secrets: bool = False) -> dict[str, Any]:
        """Plain values by key; passwords only with `secrets`."""
        written: dict[str, Any] = {}
        for attribute, key in self._keys.items():
            value = getattr(self, attribute)
            if value is None and attribute in self._left_out:
                continue
            hidden = attribute in self._secret and not secrets
            written[key] = None if hidden else plain(value, secrets=secrets)
        return written

    @classmethod
    def _from_dict(cls, values: Mapping[str, Any] | None) -> Self:
        """A section with these values and defaults for what is not there; unknown keys are passed over."""
        made = cls._blank()
        for attribute, key in cls._keys.items():
            if key in (values or {}):
                load = cls._parts.get(attribute)
                value = cast(Mapping[str, Any], values)[key]
                setattr(made, attribute, value if load is None or value is None else load(value))
        return made

    @classmethod
    def _blank(cls) -> Self:
        return cls()


def keys(*attributes: str, **others: str) -> dict[str, str]:
    """Attributes with their keys in camel case; `others` have a key of their own."""
    return {a: _camel(a) for a in attributes} | others


def parts(**loads: Load) -> dict[str, Load]:
    """How attributes that hold sections are read."""
    return loads


def kinds(**classes: type) -> dict[str, type]:
    """Attributes that hold nothing but objects of a class, or None."""
    return classes


def one(section: type[Section]) -> Load:
    """Reads a section."""
    return section._from_dict


def many(section: type[Section]) -> Load:
    """Reads a list of sections."""
    return lambda values: [section._from_dict(v) for v in values]


def named(section: type[Section]) -> Load:
    """Reads sections by name."""
    return lambda values: {name: section._from_dict(v) for name, v in values.items()}


def plain(value: Any, *, secrets: bool = False) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Section):
        return value._to_dict(secrets=secrets)
    if isinstance(value, Mapping):
        return {str(k): plain(v, secrets=secrets) for k, v in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v, secrets=secrets) for v in cast(list[Any], value)]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


@functools.cache
def _declared(cls: type) -> frozenset[str]:
    names: set[str] = set()
    for base in cls.__mro__:
        names.update(getattr(base, "__annotations__", {}))
        names.update(name for name, value in vars(base).items() if isinstance(value, property))
    return frozenset(n for n in names if not n.startswith("_"))


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0].lower() in "aeio" else f"a {noun}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
