"""Streams of Arrow batches: cut, skipped, chosen from, and brought to one size. Rows keep their order."""

# pyright: reportUnknownParameterType=false

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa


def taken(batches: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    """The first `count` rows; nothing is read beyond the batch that has the last."""
    if count <= 0:
        return
    for batch in batches:
        yield batch.slice(0, count)
        count -= batch.num_rows
        if count <= 0:
            return


def skipped(batches: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    """All but the first `count` rows."""
    for batch in batches:
        if count < batch.num_rows:
            yield batch.slice(count)
        count = max(0, count - batch.num_rows)


def chosen(
    batches: Iterable[pa.RecordBatch], masks: Callable[[pa.RecordBatch, int], pa.BooleanArray]
) -> Iterator[pa.RecordBatch]:
    """The rows for which the mask is true. `masks` gets each batch and the number of its first row."""
    first = 0
    for batch in batches:
        yield batch.filter(masks(batch, first))
        first += batch.num_rows


def resized(batches: Iterable[pa.RecordBatch], rows: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly `rows`, the last one smaller; no batch is empty."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if batch.num_rows:
            waiting.append(batch)
            count += batch.num_rows
        while count >= rows:
            table = pa.Table.from_batches(waiting, schema)
            yield _single(table.slice(0, rows))
            waiting = table.slice(rows).to_batches()
            count -= rows
    if count:
        yield _single(pa.Table.from_batches(waiting, schema))


def _single(table: pa.Table) -> pa.RecordBatch:
    return table.combine_chunks().to_batches()[0]
