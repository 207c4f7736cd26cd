"""``xijiang county list``: the built-in counties."""

import typer

from experiments.cli.options import AsJson


def list_built_in(*, as_json: AsJson = False) -> None:
    """List the built-in counties."""
    from rich.table import Table

    from data.county import list_counties, load_county
    from experiments.cli.display import print_json, render

    counties = {name: load_county(name) for name in list_counties()}
    if as_json:
        rows = [
            {"county": name, "towns": county.towns.height, "layouts": list(county.layouts), "digest": county.digest}
            for name, county in counties.items()
        ]
        print_json(rows)
        return
    table = Table("county", "towns", "layouts", "digest")
    for name, county in counties.items():
        table.add_row(name, str(county.towns.height), ", ".join(county.layouts), county.digest[:12])
    typer.echo(render(table))
