"""Small HTML for notebooks."""

from collections.abc import Mapping
from html import escape


def facts_table(facts: Mapping[str, object]) -> str:
    """A table of one row: names above, values below; addresses become links."""
    head = "".join(f"<th>{escape(k)}</th>" for k in facts)
    cells = "".join(f"<td>{_cell(v)}</td>" for v in facts.values())
    return f'<table style="width:100%"><tr>{head}</tr><tr>{cells}</tr></table>'


def _cell(value: object) -> str:
    text = escape(str(value))
    if text.startswith(("http://", "https://")):
        return f'<a href="{text}" target="_blank" rel="noopener">{text}</a>'
    return text
