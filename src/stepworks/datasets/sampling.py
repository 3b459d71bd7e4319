"""Which rows a sample has: decided by the seed and the number of the row alone.

So a sample is the same in every process, for every size of batch and every version of the engine below.
"""

# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB


def is_drawn(share: float, seed: int, number: int) -> bool:
    """Whether row `number` (from 0) is in the sample."""
    mixed = _mixed((_start(seed) + number * _STEP) & _MASK)
    return (mixed >> 11) < _limit(share)


def drawn(share: float, seed: int, first: int, count: int) -> "pa.BooleanArray":
    """The same for the rows `first`, `first + 1` … as one mask of `count` values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def number(value: int) -> pa.Scalar:
        return pa.scalar(value, pa.uint64())

    # Arrow's unchecked kernels wrap at 64 bits, as the arithmetic of `_mixed` does.
    state = pc.add(pc.multiply(_counting(count), number(_STEP)), number((_start(seed) + first * _STEP) & _MASK))
    for shift, factor in ((30, _MIX_1), (27, _MIX_2)):
        state = pc.multiply(pc.bit_wise_xor(state, pc.shift_right(state, number(shift))), number(factor))
    state = pc.bit_wise_xor(state, pc.shift_right(state, number(31)))
    return pc.less(pc.shift_right(state, number(11)), number(_limit(share)))


def _start(seed: int) -> int:
    return _mixed((seed + _STEP) & _MASK)


def _mixed(state: int) -> int:
    state = ((state ^ (state >> 30)) * _MIX_1) & _MASK
    state = ((state ^ (state >> 27)) * _MIX_2) & _MASK
    return state ^ (state >> 31)


def _limit(share: float) -> int:
    return int(share * (1 << 53))


def _counting(count: int) -> "pa.UInt64Array":
    size = max(1 << 16, 1 << (count - 1).bit_length()) if count else 1 << 16
    return _counted(size).slice(0, count)


@cache
def _counted(size: int) -> "pa.UInt64Array":
    import pyarrow as pa

    return pa.array(range(size), type=pa.uint64())
