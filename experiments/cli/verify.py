"""``xijiang verify``: print theory beside the toolkit's numbers."""

from typing import TYPE_CHECKING

import typer

from experiments.cli.options import AsJson, Language

if TYPE_CHECKING:
    import polars as pl

    from experiments.report.language import Translate


def verify(*, lang: Language, as_json: AsJson = False) -> None:
    """Check the toolkit against theory and published cases: queues, charge times, shared power, carbon."""
    from experiments import verification
    from experiments.cli.display import print_json, working
    from experiments.report.language import translator
    from experiments.report.words.terminal import PROGRESS

    translate = translator(lang)
    with working(translate(PROGRESS["theory"]), shown=not as_json):
        checks = verification.verify()
    if as_json:
        print_json(checks.to_dicts())
    else:
        for text in lines(checks, translate):
            typer.echo(text)
    raise typer.Exit(0 if checks["holds"].all() else 1)


def lines(checks: "pl.DataFrame", translate: "Translate") -> list[str]:
    """Return the checks as lines of text, their sum last; a check's name and source stay in English."""
    from experiments.report.words.terminal import CHECKED

    said = {key: translate(words) for key, words in CHECKED.items()}
    width = max(len(f"{row['room']}: {row['check']}") for row in checks.iter_rows(named=True))
    heads = [f"{said['check']:<{width}} "]
    heads += [f"{said[key]:>12}" for key in ("expected", "got", "difference")]
    found = [" ".join([*heads, f"{said['tolerance']:>10} ", said["source"]])]
    for row in checks.iter_rows(named=True):
        name = f"{row['room']}: {row['check']}"
        numbers = f"{row['expected']:>12.6g} {row['got']:>12.6g} {row['difference']:>12.2g} {row['tolerance']:>10.2g}"
        fails = "" if row["holds"] else f"   {said['fails']}"
        found.append(f"{name:<{width}}  {numbers}  {row['source']}{fails}")
    failed = checks.height - int(checks["holds"].sum())
    found.append(said["some" if failed else "all"].format(checks=checks.height, failed=failed))
    return found
