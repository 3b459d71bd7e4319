"""The process that owns the records: REST API, streams, engine."""
