"""``xijiang verify``: print theory beside the toolkit's numbers."""

from __future__ import annotations

import json

import typer

from experiments.verification import verify


def verify_command(*, as_json: bool) -> int:
    """Print all checks; return 1 if one does not hold."""
    table = verify()
    if as_json:
        typer.echo(json.dumps(table.to_dicts(), indent=2, ensure_ascii=False))
    else:
        width = max(len(f"{row['room']}: {row['check']}") for row in table.iter_rows(named=True))
        typer.echo(f"{'check':<{width}}  {'expected':>12} {'got':>12} {'difference':>12} {'tolerance':>10}  source")
        for row in table.iter_rows(named=True):
            name = f"{row['room']}: {row['check']}"
            numbers = (
                f"{row['expected']:>12.6g} {row['got']:>12.6g} {row['difference']:>12.2g} {row['tolerance']:>10.2g}"
            )
            typer.echo(f"{name:<{width}}  {numbers}  {row['source']}{'' if row['holds'] else '   FAILS'}")
        failed = table.height - int(table["holds"].sum())
        typer.echo(f"{table.height} checks, {failed} fail." if failed else f"All {table.height} checks hold.")
    return 0 if table["holds"].all() else 1
