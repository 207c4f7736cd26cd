"""``xijiang metrics``: the catalogue of metrics that a target may name."""

import typer

from experiments.cli.options import AsJson


def metrics(*, as_json: AsJson = False) -> None:
    """List the metrics that a target of a plan may ask for."""
    from rich.table import Column, Table

    from experiments.cli.display import print_json, render
    from experiments.scorecard.registry import metrics as catalogue

    found = catalogue()
    if as_json:
        print_json(found.to_dicts())
        return
    metric = Column("metric", no_wrap=True)  # names are typed by hand, so they are never cut
    table = Table(metric, "unit", "what it is", "plans ask for", "tables it needs", "answered")
    for row in found.iter_rows(named=True):
        sign = "" if row["comparator"] == "none" else row["comparator"]
        table.add_row(row["metric"], row["unit"], row["what"], sign, row["needs"], "yes" if row["modelled"] else "no")
    typer.echo(render(table))
    typer.echo("A target names its metric in the column `metric` of targets.csv.")
