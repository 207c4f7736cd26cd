"""``xijiang metrics``: the catalogue of metrics that a target may name."""

import typer

from experiments.cli.options import AsJson


def metrics(*, as_json: AsJson = False) -> None:
    """List the metrics that a target of a plan may ask for."""
    from experiments.cli.display import figures_table, print_json, render
    from experiments.scorecard import metrics as catalogue

    found = catalogue.metrics()
    if as_json:
        print_json(found.to_dicts())
        return
    typer.echo(render(figures_table(found)))
    typer.echo("A target names its metric in the column `metric` of targets.csv.")
