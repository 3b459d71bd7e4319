"""Columns that come from the paths of files: the format language, and what it finds in a path. No IO.

`{name}` is a text without slashes, `{name:yyyy/MM/dd/HH/mm/ss}` a datetime (any of these parts, in any order, with
any text between), `*` anything inside one folder, `**` anything. The format describes the end of the path, from the
first key on. Values are percent-decoded, as `encode` writes them.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from msgspec import Struct

from stepworks.errors import InvalidInput

NULL_TEXT = "__HIVE_DEFAULT_PARTITION__"
EMPTY_TEXT = "__EMPTY_PARTITION__"

PartitionValue = str | datetime | None

_TIME_PARTS = {"yyyy": r"\d{4}", "MM": r"\d{2}", "dd": r"\d{2}", "HH": r"\d{2}", "mm": r"\d{2}", "ss": r"\d{2}"}
_TOKEN = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}|(\*\*/?)|(\*)|([^{}*]+)|(.)", re.DOTALL)
_TIME_TOKEN = re.compile(r"yyyy|MM|dd|HH|mm|ss|.", re.DOTALL)


class Format(Struct, frozen=True):
    """A format taken apart. `keys` has the columns in order; `parts` which groups of the pattern make up each."""

    text: str
    pattern: str
    keys: tuple[str, ...]
    times: tuple[tuple[str, tuple[str, ...]], ...]

    def is_time(self, key: str) -> bool:
        """The column holds datetimes; else texts."""
        return any(name == key for name, _ in self.times)


def parse(text: str) -> Format:
    """Take a format apart. Raises InvalidInput if it has no key, one key twice, or braces that do not pair."""
    keys: list[str] = []
    times: list[tuple[str, tuple[str, ...]]] = []
    pattern = ""
    for name, time, deep, star, plain, stray in (match.groups(default="") for match in _TOKEN.finditer(_trim(text))):
        if stray:
            raise InvalidInput(f"The partition format '{text}' has a stray '{stray}'.", target="partition_format")
        if name and name in keys:
            raise InvalidInput(f"The partition format '{text}' has '{name}' twice.", target="partition_format")
        if name and time:
            body, parts = _time_pattern(text, len(keys), time)
            times.append((name, parts))
            pattern += body
        elif name:
            pattern += f"(?P<k{len(keys)}>[^/]+)"
        else:
            pattern += ".*" if deep else "[^/]*" if star else re.escape(plain)
        if name:
            keys.append(name)
    if not keys:
        raise InvalidInput(
            f"The partition format '{text}' has no key.",
            target="partition_format",
            remedy="Write one in braces, as in '{country}/{date:yyyy/MM/dd}/*.csv'.",
        )
    return Format(text, f"(?:^|.*/){pattern}$", tuple(keys), tuple(times))


def match(form: Format, path: str) -> dict[str, PartitionValue]:
    """The values that a path gives to the keys. Raises InvalidInput if it does not have the form, or a date is none."""
    found = re.match(form.pattern, path, re.DOTALL)
    if found is None:
        raise InvalidInput(
            f"The file '{path}' doesn't have the form '{form.text}'.",
            target="partition_format",
            remedy="Change the partition format, or leave the file out with a narrower path.",
        )
    times = dict(form.times)
    values: dict[str, PartitionValue] = {}
    for number, key in enumerate(form.keys):
        if key in times:
            values[key] = _datetime(form, path, {part: int(found[f"k{number}_{part}"]) for part in times[key]})
        else:
            text = found[f"k{number}"]
            values[key] = None if text == NULL_TEXT else "" if text == EMPTY_TEXT else unquote(text)
    return values


def interval(form: Format, key: str, start: datetime) -> tuple[datetime, datetime]:
    """The time that a partition covers, from its own up to (not including) the next one of the same grain."""
    parts = dict(form.times)[key]
    if "ss" in parts:
        return start, start + timedelta(seconds=1)
    if "mm" in parts:
        return start, start + timedelta(minutes=1)
    if "HH" in parts:
        return start, start + timedelta(hours=1)
    if "dd" in parts:
        return start, start + timedelta(days=1)
    months = 1 if "MM" in parts else 12
    year, month = divmod(start.month - 1 + months, 12)
    return start, start.replace(year=start.year + year, month=month + 1) if start.year + year <= 9999 else datetime.max


def encode(value: object) -> str:
    """A key's value as one name in a path, which `match` turns back into its text."""
    if value is None:
        return NULL_TEXT
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if not text:
        return EMPTY_TEXT
    quoted = quote(text, safe=" =+,@#~!$&'()[]{}")
    # Names that begin with these are bookkeeping, which no table is read from.
    return {".": "%2E", "_": "%5F"}.get(quoted[0], quoted[0]) + quoted[1:]


def format_for(keys: Sequence[str], suffix: str) -> str:
    """The format of files written as one folder per key, in that order."""
    return "/" + "/".join(f"{{{key}}}" for key in keys) + "/*" + suffix


def _trim(text: str) -> str:
    return text[1:] if text.startswith("/") else text.removeprefix("./")


def _time_pattern(text: str, number: int, form: str) -> tuple[str, tuple[str, ...]]:
    pattern, parts = "", []
    for token in _TIME_TOKEN.findall(form):
        if token in parts:
            raise InvalidInput(
                f"The partition format '{text}' has '{token}' twice in one key.", target="partition_format"
            )
        if token in _TIME_PARTS:
            parts.append(token)
            pattern += f"(?P<k{number}_{token}>{_TIME_PARTS[token]})"
        else:
            pattern += re.escape(token)
    if "yyyy" not in parts:
        raise InvalidInput(
            f"The date in the partition format '{text}' has no year.",
            target="partition_format",
            remedy="Build it from yyyy, MM, dd, HH, mm and ss.",
        )
    return pattern, tuple(parts)


def _datetime(form: Format, path: str, found: dict[str, int]) -> datetime:
    try:
        return datetime(
            found["yyyy"],
            found.get("MM", 1),
            found.get("dd", 1),
            found.get("HH", 0),
            found.get("mm", 0),
            found.get("ss", 0),
        )
    except ValueError as error:
        raise InvalidInput(
            f"The file '{path}' has no valid date where '{form.text}' expects one: {error}.", target="partition_format"
        ) from error
