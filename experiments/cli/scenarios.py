"""``xijiang scenarios``: the catalogue of shipped scenarios and their JSON schema."""

from typing import Annotated

import typer

from experiments.cli.options import AsJson, Language


def scenarios(
    *,
    lang: Language,
    as_json: AsJson = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a scenario instead.")] = False,
) -> None:
    """List the scenarios that come with the toolkit."""
    from rich.table import Table

    from experiments.cli.display import print_json, render
    from experiments.report.language import translator
    from experiments.report.words.terminal import SCENARIOS
    from experiments.scenario import model

    if schema:
        print_json(model.Scenario.model_json_schema())
        return
    found = model.scenarios()
    if as_json:
        print_json([item.model_dump(mode="json") for item in found])
        return
    translate = translator(lang)
    table = Table(*(translate(SCENARIOS[key]) for key in ("scenario", "title", "purpose")))
    for item in found:
        table.add_row(item.name, translate(item.title), translate(item.purpose))
    typer.echo(render(table))
    typer.echo(translate(SCENARIOS["next"]))
