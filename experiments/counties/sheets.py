"""The data dictionary as a page and as a workbook whose columns carry notes."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING

import xlsxwriter

from data.county_folder.dictionary import COLUMNS, words_of
from data.storage import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:24px auto;padding:0 16px}"
    "table{border-collapse:collapse;width:100%;font-size:13px}"
    "th,td{text-align:left;padding:4px 8px;border-bottom:1px solid #ddd;vertical-align:top}"
)
_NOTE_ROWS = 8


def page(found: pl.DataFrame, file: Path) -> None:
    """Write the dictionary as one HTML page, whole or not at all."""
    heads = [name for name in COLUMNS if name != "table"]
    parts = []
    for rows in found.partition_by("table", maintain_order=True):
        name = rows["table"][0]
        cells = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(row[head]))}</td>" for head in heads) + "</tr>"
            for row in rows.iter_rows(named=True)
        )
        titles = "".join(f'<th scope="col">{html.escape(head.replace("_", " "))}</th>' for head in heads)
        parts.append(
            f'<h2 id="{name}">{name}</h2><p>{html.escape(" ".join(words_of(name).split()))}</p>'
            f"<table><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table>"
        )
    links = " · ".join(f'<a href="#{name}">{name}</a>' for name in found["table"].unique(maintain_order=True))
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Tables of a county</title>'
        f"<style>{_STYLE}</style></head><body><h1>Tables of a county</h1><nav>{links}</nav>"
        f"{''.join(parts)}</body></html>"
    )
    write_whole(file, text.encode("utf-8"))


def workbook(found: pl.DataFrame, file: Path) -> None:
    """Write a workbook to be filled in, whole or not at all: a sheet per table, its header, a note on each column."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for rows in found.partition_by("table", maintain_order=True):
            sheet = book.add_worksheet(rows["table"][0])
            sheet.freeze_panes(1, 0)
            for column, row in enumerate(rows.iter_rows(named=True)):
                sheet.write_string(0, column, row["column"], bold)
                sheet.set_column(column, column, max(10, len(row["column"]) + 2))
                sheet.write_comment(0, column, _note(row), {"x_scale": 2, "y_scale": _NOTE_ROWS / 4})
    write_whole(file, buffer.getvalue())


def _note(row: dict[str, str]) -> str:
    """Return what a user should know who fills a column in."""
    unit = f" [{row['unit']}]" if row["unit"] else ""
    usual = f"\nUsually {row['usual']}" if row["usual"] else ""
    last = f"Must be filled in: {row['must']}\nNeeded by: {row['needed_by']}"
    return f"{row['meaning']}{unit}\n{row['range']}{usual}\n{last}"
