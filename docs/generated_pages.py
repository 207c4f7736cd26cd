"""Pages that are made when the documents are built: the data dictionary, the run tables, the metrics, the API."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING

import typer

from data.county_folder.dictionary import dictionary_of, words_of
from data.schemas.metrics import METRICS
from experiments.cli.app import app
from experiments.report.words.limits import LIMITS
from experiments.runs.tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

API = (
    "experiments",
    "charging",
    "charging.power",
    "charging.queueing",
    "charging.siting",
    "fleet",
    "shipping",
    "data",
)
"""Packages whose public names make the API."""


def write_pages(folder: Path) -> None:
    """Write all pages into a folder; those that stay as they are are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "county-tables.md": county_tables(),
        "run-tables.md": run_tables(),
        "metrics.md": metrics(),
        "limits.md": limits(),
        "commands.md": commands(),
        **{f"api-{name.replace('.', '-')}.md": api(name) for name in API},
    }
    for name, text in pages.items():
        file = folder / name
        if not file.is_file() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def county_tables() -> str:
    """Return the data dictionary of a county, made of the schemas."""
    lines = [
        "# Tables of a county",
        "",
        "Made of the schemas that check the tables; `xijiang county describe` prints the same.",
        "",
    ]
    for rows in dictionary_of().partition_by("table", maintain_order=True):
        name, first = rows["table"][0], rows.row(0, named=True)
        lines += [f"## {name}", "", " ".join(words_of(name).split()), ""]
        lines += [f"Needed by: {first['needed_by']}. Default: {first['default']}.", ""]
        cells = ([row[key] for key in ("column", "unit", "meaning", "range", "must")] for row in rows.to_dicts())
        lines += [*_table(("column", "unit", "meaning", "range", "must be filled"), cells), ""]
    return "\n".join(lines)


def run_tables() -> str:
    """Return the tables of a run folder, made of their register."""
    lines = [
        "# Tables of a run",
        "",
        "Made of the register `RUN_TABLES`. Each is a Parquet file of the run folder and an attribute of `Result`;",
        "tables of each replication begin with the column `replication`.",
        "",
    ]
    for table in RUN_TABLES.values():
        grain = "one set of rows per replication" if table.grain == "replication" else "the same in all replications"
        lines += [f"## {table.name}", "", f"{table.title}: {grain}.", ""]
        lines += [*_table(("column", "type"), ((name, str(kind)) for name, kind in table.schema.items())), ""]
    return "\n".join(lines)


def metrics() -> str:
    """Return the metrics that targets can be about, made of the catalogue."""
    rows = ((metric.name, metric.unit, metric.what, " ".join(metric.needs)) for metric in METRICS.values())
    head = [
        "# Metrics",
        "",
        "What targets of a county can be about (`targets.csv`, column `metric`); `xijiang metrics` prints the same.",
        "",
    ]
    return "\n".join([*head, *_table(("metric", "unit", "what it is", "tables it needs"), rows), ""])


def limits() -> str:
    """Return what the models leave out, from the list that the report shows."""
    lines: list[str] = []
    for subject, said in LIMITS.items():
        lines += [f"**{subject}**", "", *(f"- {text}" for text in said.values()), ""]
    return "\n".join(lines)


def commands() -> str:
    """Return the options of all commands, from the command line itself."""
    lines: list[str] = []
    top = typer.main.get_command(app)
    for name, command in getattr(top, "commands", {}).items():
        inner = getattr(command, "commands", None)
        for path, one in (
            [(name, command)] if inner is None else [(f"{name} {key}", part) for key, part in inner.items()]
        ):
            lines += [f"## xijiang {path}", "", " ".join((one.help or "").split()), ""]
            rows = [(_names(option), " ".join((getattr(option, "help", "") or "").split())) for option in one.params]
            lines += [*_table(("argument or option", "what it does"), rows), ""]
    return "\n".join(lines)


def _names(option: object) -> str:
    """Return how an option is written."""
    opts = getattr(option, "opts", [])
    shown = [text for text in opts if text.startswith("-")]
    return f"`{', '.join(shown) or getattr(option, 'metavar', None) or str(opts[0]).upper()}`"


def api(package: str) -> str:
    """Return the page of a package's public names."""
    module = importlib.import_module(package)
    lines = [f"# {package}", "", (module.__doc__ or "").strip(), ""]
    for name in module.__all__:
        found = getattr(module, name)
        if not (inspect.isfunction(found) or inspect.isclass(found)):
            continue
        kind = "autofunction" if inspect.isfunction(found) else "autoclass"
        options = [] if kind == "autofunction" else ["   :members:"]
        lines += ["```{eval-rst}", f".. {kind}:: {package}.{name}", *options, "```", ""]
    return "\n".join(lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return a table in Markdown; bars in cells are escaped."""
    body = [[str("" if cell is None else cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in (heads, ["---"] * len(heads), *body)]
