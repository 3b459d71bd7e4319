"""One pip requirement line, taken apart far enough to map, loosen and report it. Versions are judged by uv alone."""

import re

import msgspec

_SHAPE = re.compile(
    r"""(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*
        (?:\[(?P<extras>[^\]]*)\])?\s*
        (?:@\s*(?P<url>\S+)|\(?(?P<specifier>(?:(?:===?|~=|!=|<=?|>=?)[^;()]*)?)\)?)\s*
        (?:;\s*(?P<marker>.*))?""",
    re.VERBOSE | re.DOTALL,
)


class Requirement(msgspec.Struct, frozen=True):
    """`name[extras]specifier; marker`, or `name[extras] @ url`."""

    name: str
    extras: tuple[str, ...] = ()
    specifier: str = ""
    url: str | None = None
    marker: str | None = None

    @property
    def key(self) -> str:
        """The name as indexes compare it."""
        return normal_name(self.name)

    @property
    def lowest(self) -> str | None:
        """The highest version that the specifier names as allowed or as a lower bound; None when it names none."""
        named = re.findall(r"(?:===|==|>=|~=|>)\s*([0-9][^\s,]*)", self.specifier)
        return max((v.removesuffix(".*") for v in named), key=version_order) if named else None

    @property
    def is_pinned(self) -> bool:
        """Whether the specifier admits one version, or one series, only."""
        return bool(re.search(r"==|~=", self.specifier))

    def with_specifier(self, specifier: str) -> "Requirement":
        """The same project under other version bounds."""
        return msgspec.structs.replace(self, specifier=specifier)

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        version = f" @ {self.url}" if self.url else self.specifier
        return f"{self.name}{extras}{version}" + (f" ; {self.marker}" if self.marker else "")


def parse_requirement(line: str) -> Requirement | None:
    """The parts of a requirement line; None when it does not name a project (a path, a bare URL, an option)."""
    match = _SHAPE.fullmatch(line.strip())
    if match is None:
        return None
    extras = tuple(e.strip() for e in (match["extras"] or "").split(",") if e.strip())
    specifier = re.sub(r"\s+", "", match["specifier"] or "").rstrip(",")
    return Requirement(match["name"], extras, specifier, match["url"], (match["marker"] or "").strip() or None)


def normal_name(name: str) -> str:
    """A project's name as indexes compare it: lower case, with `-` for every run of `-`, `_` and `.`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version_order(version: str) -> tuple[int, ...]:
    """The release numbers of a version, for comparing versions that are far apart; suffixes are not weighed."""
    release = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in release[1].split(".")) if release else ()
