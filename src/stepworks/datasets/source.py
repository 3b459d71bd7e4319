"""What a dataset reads, as values: paths, formats and the types that columns are given. Nothing here does IO."""

import codecs
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from stepworks.errors import InvalidInput, UnsafePath

HeaderMode = Literal[
    "no_headers", "only_first_file_has_headers", "combine_all_files_headers", "all_files_have_same_headers"
]
TypeWord = Literal["string", "long", "float", "bool", "datetime", "stream"]

_HEADER_MODES: tuple[HeaderMode, ...] = (  # in the order of the SDK's numbers
    "no_headers",
    "only_first_file_has_headers",
    "combine_all_files_headers",
    "all_files_have_same_headers",
)
_TYPE_WORDS: tuple[TypeWord, ...] = ("string", "long", "float", "bool", "datetime", "stream")
_CODECS = {
    "utf8": "utf-8",
    "utf8bom": "utf-8",
    "iso88591": "iso-8859-1",
    "windows1252": "cp1252",
}


class DatastorePath(Struct, frozen=True, tag="datastore"):
    """A file, a folder or a glob in a datastore; `path` is relative to its root, with forward slashes.

    `*` and `?` stay inside one folder, `**` goes through any number of them; a folder stands for all files below it.
    """

    datastore: str
    path: str

    def __post_init__(self) -> None:
        if not self.datastore:
            raise InvalidInput(f"The path '{self.path}' names no datastore.", target="path")
        if ".." in self.path.replace("\\", "/").split("/"):
            raise UnsafePath(
                f"The path '{self.path}' leads out of datastore '{self.datastore}'.",
                target="path",
                remedy="Give a path below the root of the datastore, without '..'.",
            )


class WebPath(Struct, frozen=True, tag="web"):
    """One file at an http or https address."""

    url: str

    def __post_init__(self) -> None:
        if not self.url.lower().startswith(("http://", "https://")):
            raise InvalidInput(f"'{self.url}' isn't an http or https address.", target="path")


class LocalPath(Struct, frozen=True, tag="local"):
    """A file, folder or glob on this machine. Only for use inside stepworks: users' datasets never hold one."""

    path: str


DataPath = DatastorePath | WebPath | LocalPath


class ColumnType(Struct, frozen=True, omit_defaults=True):
    """The type a column is given. `formats` (datetime) are strftime patterns, tried in order; none: ISO 8601 and
    month-first dates. `decimal_mark` (float) is '.' or ','. `escaped` (stream) says that paths are percent-encoded."""

    kind: TypeWord
    formats: tuple[str, ...] = ()
    decimal_mark: Literal[".", ","] = "."
    escaped: bool = False


class TypedColumn(Struct, frozen=True):
    """A column by name and the type it is given."""

    name: str
    type: ColumnType


class Files(Struct, frozen=True, tag="files", omit_defaults=True):
    """Files as they are (a FileDataset)."""

    paths: tuple[DataPath, ...]
    partition_format: str | None = None


class Delimited(Struct, frozen=True, tag="delimited", omit_defaults=True):
    """Tables in delimited text, read as pandas reads them (contracts §20).

    Line breaks inside quoted values are always part of the value, whatever `support_multi_line` says: the argument
    is kept for its place in the definition. With `empty_as_string` an empty text is a text and not missing; in
    numbers, booleans and datetimes it is always missing. Without `infer_column_types` every column is text.
    """

    paths: tuple[DataPath, ...]
    separator: str = ","
    header: HeaderMode = "all_files_have_same_headers"
    encoding: str = "utf8"
    support_multi_line: bool = False
    empty_as_string: bool = False
    infer_column_types: bool = True
    set_column_types: tuple[TypedColumn, ...] = ()
    include_path: bool = False
    partition_format: str | None = None

    def __post_init__(self) -> None:
        if len(self.separator) != 1 or not self.separator.isascii() or self.separator in '"\r\n':
            raise InvalidInput(
                f"The separator {self.separator!r} can't be used.",
                target="separator",
                remedy="Give one ASCII character, no quote and no line break, such as ',', ';', '|' or '\\t'.",
            )
        codec(self.encoding)


class Parquet(Struct, frozen=True, tag="parquet", omit_defaults=True):
    """Tables in Parquet files."""

    paths: tuple[DataPath, ...]
    set_column_types: tuple[TypedColumn, ...] = ()
    include_path: bool = False
    partition_format: str | None = None


class JsonLines(Struct, frozen=True, tag="json_lines", omit_defaults=True):
    """Tables with one JSON object a line. `invalid_lines` says what a line that is no JSON object does."""

    paths: tuple[DataPath, ...]
    set_column_types: tuple[TypedColumn, ...] = ()
    include_path: bool = False
    partition_format: str | None = None
    invalid_lines: Literal["error", "drop"] = "error"
    encoding: str = "utf8"

    def __post_init__(self) -> None:
        codec(self.encoding)
        if self.invalid_lines not in ("error", "drop"):
            raise InvalidInput(
                f"invalid_lines is {self.invalid_lines!r}.", target="invalid_lines", remedy="Give 'error' or 'drop'."
            )


class SqlQuery(Struct, frozen=True, tag="sql", omit_defaults=True):
    """The rows of a query to a database. `timeout` is in seconds; 0 waits for ever."""

    datastore: str
    query: str
    timeout: float = 30
    set_column_types: tuple[TypedColumn, ...] = ()


TabularSource = Delimited | Parquet | JsonLines | SqlQuery
Source = Files | TabularSource
FileSource = Files | Delimited | Parquet | JsonLines


def codec(encoding: str) -> str:
    """The name of Python's codec for an encoding as the SDK or Python writes it ('utf8', 'iso88591', 'windows1252' …).

    Raises InvalidInput for a name that is no text encoding.
    """
    word = encoding.lower()
    try:
        found = codecs.lookup(_CODECS.get(word, word))
        "a".encode(found.name)
    except (LookupError, UnicodeError) as error:
        raise InvalidInput(
            f"'{encoding}' is no encoding that is known here.",
            target="encoding",
            remedy="Give one such as 'utf8', 'utf16', 'latin1', 'ascii' or 'windows1252'.",
        ) from error
    return found.name


def header_mode(value: object) -> HeaderMode:
    """The header mode meant by True, False, one of the four words, its number or an enum member of that name.

    Raises InvalidInput for anything else.
    """
    if isinstance(value, bool):
        return "all_files_have_same_headers" if value else "no_headers"
    word = str(getattr(value, "name", value)).lower()
    for number, mode in enumerate(_HEADER_MODES):
        if word in (mode, str(number)):
            return mode
    raise InvalidInput(
        f"header is {value!r}.", target="header", remedy=f"Give True, False or one of {', '.join(_HEADER_MODES)}."
    )


def column_types(given: Mapping[object, object]) -> tuple[TypedColumn, ...]:
    """Typed columns from a mapping of a name, or a tuple of names, to a ColumnType or its word ('long').

    Raises InvalidInput for a word that is no type.
    """
    typed: list[TypedColumn] = []
    for key, value in given.items():
        if isinstance(value, str):
            if value not in _TYPE_WORDS:
                raise InvalidInput(
                    f"Column {key!r} is given the type '{value}'.",
                    target="set_column_types",
                    remedy=f"Give one of {', '.join(_TYPE_WORDS)}.",
                )
            value = ColumnType(value)
        if not isinstance(value, ColumnType):
            raise InvalidInput(
                f"Column {key!r} is given {value!r}, which is no column type.", target="set_column_types"
            )
        names = key if isinstance(key, tuple) else (key,)
        typed.extend(TypedColumn(str(name), value) for name in names)
    return tuple(typed)
