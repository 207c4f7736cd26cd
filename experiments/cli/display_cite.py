"""The sources behind a command, printed as BibTeX instead of what it would do."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.scenario.model import Scenario


def print_cited(scenarios: "Sequence[Scenario]") -> None:
    """Print the sources that scenarios rest on as BibTeX."""
    from experiments.exchange.citations import cite

    typer.echo(cite(*scenarios), nl=False)
