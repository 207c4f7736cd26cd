"""``xijiang county new`` and ``add-layout``: begin a county, and give it another layout."""

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from data.errors import ScenarioError
from experiments.cli.options import Language

HOME = "deqing"


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist.")],
    *,
    towns: Annotated[
        Path | None, typer.Option("--towns", help="CSV with town, residents and, where known, lon, lat, name_zh, ...")
    ] = None,
    minimal: Annotated[
        bool,
        typer.Option("--minimal", help="Only what a run needs; without --towns: three made-up towns."),
    ] = False,
    operators: Annotated[
        bool,
        typer.Option("--operators", help="With --towns: operators of buses, vans, taxis and more, for size fleet."),
    ] = False,
    like: Annotated[
        str | None,
        typer.Option("--like", help="County to copy instead; deqing where nothing is given."),
    ] = None,
    lang: Language,
) -> None:
    """Begin a county: from a list of its towns with defaults for all else, or as a copy of another one's tables."""
    from data.county_folder.begin import begin_county, invented_towns, read_towns
    from experiments.report.language import translator
    from experiments.report.words.terminal import COUNTY
    from experiments.scenario.files import NAME, NAME_WORDS

    translate = translator(lang)
    if not re.fullmatch(NAME, folder.name):
        raise ScenarioError(f"county new: got the name {folder.name!r}; expected {NAME_WORDS}.")
    if folder.exists():
        raise ScenarioError(f"county new {folder}: exists already. Choose another folder; nothing was changed.")
    if like is not None and (minimal or towns is not None):
        raise ScenarioError("county new: --like copies a county; leave out --towns and --minimal.")
    if operators and (minimal or towns is None):
        raise ScenarioError("county new: --operators needs costs and towns; give --towns and leave out --minimal.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if towns is not None or minimal:
        given = invented_towns() if towns is None else read_towns(towns)
        begin_county(folder, given, minimal=minimal, operators=operators)
        begun = "defaults"
    else:
        _copy(like or HOME, folder)
        begun = "copied"
    tables, layouts = (len(list(folder.glob(kind))) for kind in ("*.csv", "layouts/*.csv"))
    typer.echo(translate(COUNTY["made"]).format(tables=tables, layouts=layouts, folder=folder))
    typer.echo(translate(COUNTY[begun]).format(folder=folder))
    typer.echo(translate(COUNTY["run"]).format(folder=folder.resolve()))


def _copy(like: str, folder: Path) -> None:
    """Copy the tables of a county, with words of its own."""
    from data.county import load_county
    from data.county_folder.county_file import COUNTY_FILE

    county = load_county(like)
    draft = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(county.path, draft, ignore=shutil.ignore_patterns("__pycache__", "*.py", "README.md"))
    # no list of parts: rows will come and go, and the tables that are there decide
    kept = {"title": folder.name, "region": county.about.region, "default_scenario": county.about.default_scenario}
    lines = [f'{key} = "{value}"' for key, value in kept.items() if value is not None]
    (draft / COUNTY_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    words = f"# {folder.name}\n\nBegun as a copy of the tables of {like}: change the rows.\n"
    (draft / "README.md").write_text(words, encoding="utf-8")
    draft.rename(folder)


def add_layout(
    county: Annotated[Path, typer.Argument(help="Folder of a county.")],
    file: Annotated[Path, typer.Argument(help="CSV of a layout, such as answer.csv of size charging.")],
    *,
    name: Annotated[str | None, typer.Option("--name", help="Its name in the county; the file's by default.")] = None,
    lang: Language,
) -> None:
    """Give a county another layout, after a check that it fits there."""
    from data.county_folder.layouts import add_layout as add
    from experiments.report.language import translator
    from experiments.report.words.terminal import COUNTY

    translate = translator(lang)
    added = add(county, file, name=name)
    typer.echo(translate(COUNTY["layout"]).format(county=county, name=added.stem, file=added))
    typer.echo(translate(COUNTY["layout_next"]).format(county=county, name=added.stem))
