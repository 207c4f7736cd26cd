"""``xijiang verify``: print theory beside the toolkit's numbers."""

from typing import TYPE_CHECKING

import typer

from experiments.cli.options import AsJson

if TYPE_CHECKING:
    import polars as pl


def verify(*, as_json: AsJson = False) -> None:
    """Check the toolkit against theory and published cases: queues, charge times, shared power, carbon."""
    from experiments import verification
    from experiments.cli.display import print_json, working

    with working("theory and published cases", shown=not as_json):
        checks = verification.verify()
    if as_json:
        print_json(checks.to_dicts())
    else:
        for text in lines(checks):
            typer.echo(text)
    raise typer.Exit(0 if checks["holds"].all() else 1)


def lines(checks: "pl.DataFrame") -> list[str]:
    """Return the checks as lines of text, their sum last."""
    width = max(len(f"{row['room']}: {row['check']}") for row in checks.iter_rows(named=True))
    found = [f"{'check':<{width}}  {'expected':>12} {'got':>12} {'difference':>12} {'tolerance':>10}  source"]
    for row in checks.iter_rows(named=True):
        name = f"{row['room']}: {row['check']}"
        numbers = f"{row['expected']:>12.6g} {row['got']:>12.6g} {row['difference']:>12.2g} {row['tolerance']:>10.2g}"
        found.append(f"{name:<{width}}  {numbers}  {row['source']}{'' if row['holds'] else '   FAILS'}")
    failed = checks.height - int(checks["holds"].sum())
    found.append(f"{checks.height} checks, {failed} fail." if failed else f"All {checks.height} checks hold.")
    return found
