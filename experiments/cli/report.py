"""``xijiang report``: write the report of a run folder again."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.cli.options import locale_language


def report(
    folder: Annotated[Path, typer.Argument(help="Run folder.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File: .html, .xlsx or .docx; report.html in the folder.")
    ] = None,
    language: Annotated[
        str,
        typer.Option(
            "--lang",
            "--language",
            default_factory=locale_language,
            show_default=False,
            help="Language of the report: en or zh; that of the locale.",
        ),
    ],
) -> None:
    """Write the report of a run folder again: as a page, a workbook or a document, by the ending of --out."""
    from experiments.runs.execute import load_result

    result = load_result(folder)
    typer.echo(result.report(out or folder / "report.html", language=language))
