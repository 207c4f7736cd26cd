"""The page of a design: its answer, plots and tables, and how to repeat it; what they say is made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.storage import write_whole
from experiments.report.language import translator
from experiments.report.rendering import drawn, rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from experiments.report.language import Translate
    from experiments.report.sections import Section
    from experiments.report.shown_tables import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPage:
    """What a page of a design holds, in the reader's language; the page escapes all of it.

    Attributes
    ----------
    title : str
        Its head: what was asked.
    about : str
        The line under it: scenario, days, replications, county.
    answer : str
        The sentence that a reader takes home.
    told : sequence of str
        What else is said, a sentence or two each; what stands between backticks is code.
    sections : sequence of Section
        Plots, as the report of a run has them; an empty one is left out by who makes the page. A map is a
        `sections.Plot` with its ``played``.
    tables : mapping of str to Shown
        Tables by anchor (letters, digits and ``-``), each with its title; see `shown_frame`.
    commands : sequence of str
        Commands that repeat it, and what to do with its answer.
    notes : sequence of str
        What the reader must know of the figures: intervals, assumptions, what is left out.
    """

    title: str
    about: str = ""
    answer: str
    told: Sequence[str] = ()
    sections: Sequence[Section] = ()
    tables: Mapping[str, Shown] = field(default_factory=dict)
    commands: Sequence[str] = ()
    notes: Sequence[str] = ()


def write_design(made: Callable[..., DesignPage], path: str | Path, *, language: str = "en") -> Path:
    """Write the report of a design as one HTML file that works offline.

    A command with ``--report`` calls this with a function that fills the page: ``made(language=..., translate=...)``
    returns a `DesignPage` whose texts are translated. Tables filter, sort and download as those of the report of a run.

    Parameters
    ----------
    made : callable
        Makes the content in a language.
    path : str or pathlib.Path
        HTML file to write, whole or not at all.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ScenarioError
        A language that the report does not speak.
    """
    translate, target = translator(language), Path(path)
    page = made(language=language, translate=translate)
    plots = drawn(page.sections, language, translate)
    text = rendered(
        "design.html.j2", language, translate, page=page, sections=plots, contents=_contents(page, plots, translate)
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, text.encode())
    return target


def _contents(page: DesignPage, plots: Sequence[Mapping[str, Any]], translate: Translate) -> dict[str, str]:
    """Return the titles of all sections by anchor, in the order of the page."""
    return {
        "s-answer": translate("The answer"),
        **{plot["id"]: plot["title"] for plot in plots},
        **{f"s-{name}": table.title for name, table in page.tables.items()},
        **({"s-repeat": translate("How to repeat this")} if page.commands else {}),
    }
