"""Tables of Markdown."""

import polars as pl


def table(frame: pl.DataFrame) -> str:
    """Return a frame as a table of Markdown, figures to three digits."""
    head = " | ".join(name.replace("_", " ") for name in frame.columns)
    lines = [f"| {head} |", "|" + "---|" * frame.width]
    for row in frame.iter_rows():
        cells = ["" if cell is None else shown(cell) if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """Return a figure to three digits, whole from 1,000 on."""
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"
