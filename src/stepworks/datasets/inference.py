"""What type a column of texts has, as pandas would say after reading all of it (contracts §20).

The evidence of parts of a column adds up: `Evidence.of(a) | Evidence.of(b)` is that of both together.
"""

# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets.columns import FALSE_WORDS, FLOAT, INTEGER, TRUE_WORDS, text_to_integer

MISSING_WORDS = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)
# A plus sign, other blanks than spaces and tabs, and numbers that may lie beyond the largest double.
_ODD = r"^[ \t]*\+|[\n\v\f\r]|[eE]\+?\d{3,}|\d{300,}"


@dataclass(frozen=True)
class Evidence:
    """What kinds of text were seen. `signed`: a negative integer; `unsigned`: one beyond 63 bits; `huge`: beyond
    64; `odd`: a number that the fast parser does not take; `empty`: empty texts, which stand for themselves."""

    integer: bool = False
    real: bool = False
    truth: bool = False
    text: bool = False
    signed: bool = False
    unsigned: bool = False
    huge: bool = False
    odd: bool = False
    empty: bool = False

    def __or__(self, other: "Evidence") -> "Evidence":
        return Evidence(*(a or b for a, b in zip(self._flags(), other._flags(), strict=True)))

    def _flags(self) -> tuple[bool, ...]:
        return tuple(vars(self).values())

    @staticmethod
    def of(texts: pa.Array) -> "Evidence":
        """The evidence of some texts; null is none."""
        filled = texts.drop_null() if texts.null_count else texts
        lengths = pc.min_max(pc.binary_length(filled)).as_py()
        empty = lengths["min"] == 0
        if empty:
            filled = filled.filter(pc.not_equal(filled, ""))
        if not len(filled):
            return Evidence(empty=empty)
        if lengths["max"] <= 18 and _all(pc.match_substring_regex(filled, r"^-?\d+$")):
            return Evidence(integer=True, signed=_any(pc.match_substring(filled, "-")), empty=empty)
        integers = pc.match_substring_regex(filled, INTEGER)
        if _all(integers):
            return _of_integers(filled, empty=empty)
        reals = pc.match_substring_regex(filled, FLOAT)
        truths = pc.is_in(filled, pa.array(TRUE_WORDS + FALSE_WORDS))
        whole = filled.filter(integers)
        return (_of_integers(whole, empty=empty) if len(whole) else Evidence(empty=empty)) | Evidence(
            real=_any(pc.and_not(reals, integers)),
            truth=_any(truths),
            text=not _all(pc.or_(reals, truths)),
            odd=_any(pc.match_substring_regex(filled, _ODD)),
        )

    def type(self) -> pa.DataType:
        """The type of the column: integer, else float, else boolean, else text; nothing at all is a float."""
        if self.is_text or self.huge or (self.unsigned and self.signed and not self.real):
            return pa.string()
        if self.truth:
            return pa.bool_()
        if self.real:
            return pa.float64()
        if self.integer:
            return pa.uint64() if self.unsigned else pa.int64()
        return pa.string() if self.empty else pa.float64()

    @property
    def is_text(self) -> bool:
        """Whatever else is seen, the column is text."""
        return self.text or (self.truth and (self.integer or self.real))

    @property
    def loose(self) -> bool:
        """The column's texts need more than the fast parser."""
        return (self.odd or self.empty) and self.type() != pa.string()


def _of_integers(texts: pa.Array, *, empty: bool) -> Evidence:
    small, large = text_to_integer(texts, pa.int64()), text_to_integer(texts, pa.uint64())
    return Evidence(
        integer=True,
        signed=_any(pc.match_substring(texts, "-")),
        unsigned=_any(pc.and_(small.is_null(), large.is_valid())),
        huge=_any(pc.and_(small.is_null(), large.is_null())),
        odd=_any(pc.match_substring_regex(texts, _ODD)),
        empty=empty,
    )


def _any(flags: pa.Array) -> bool:
    return pc.any(flags).as_py() is True


def _all(flags: pa.Array) -> bool:
    return pc.all(flags).as_py() is True
