"""Messages that no call in the code shows: heads, codes, limits, and words that come from shipped tables and scenarios.

`make words` takes them into the catalogue beside the calls of ``translate`` in code and template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.county import list_counties, load_county
from data.schemas.catalogue import MODULES
from experiments.report.figures import MODE_BAR
from experiments.report.shown_tables import OVER_YEARS
from experiments.report.verdicts import CRITERIA, REASONS, VERDICTS
from experiments.report.words.findings import FINDINGS, RULES, SHOWN
from experiments.report.words.labels import CODES, HEADS, LINKS, parts
from experiments.report.words.limits import LIMITS
from experiments.report.words.place_names import DIRECTIONS
from experiments.report.words.watched import HEADS as WATCHED_HEADS
from experiments.report.words.watched import NAMES, WATCHED
from experiments.runs.tables import RUN_TABLES
from experiments.scenario.files import shipped
from experiments.scenario.model import Scenario
from experiments.statistics.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.county import County


def declared() -> list[tuple[str, str]]:
    """Return context and message of all that is declared, sorted, each once."""
    named = (
        HEADS,
        CODES,
        DIRECTIONS,
        VERDICTS,
        REASONS,
        CRITERIA,
        FINDINGS,
        RULES,
        SHOWN,
        NAMES,
        WATCHED,
        WATCHED_HEADS,
    )
    plain = [*MODE_BAR, *(message for names in named for message in names.values())]
    plain += [text for subject, limits in LIMITS.items() for text in (subject, *limits.values())]
    plain += [table.title for table in RUN_TABLES.values() if table.shown or table.name in OVER_YEARS]
    plain += [text for measure in MEASURES.values() for text in (measure.words, measure.unit)]
    plain += [module.words for module in MODULES.values()]
    scenarios = [Scenario.load(name) for name in shipped()]
    plain += [text for scenario in scenarios for text in (scenario.title, scenario.purpose)]
    pairs = {("", message) for message in plain if message}
    for name in list_counties():
        pairs |= set(_of_county(load_county(name)))
    return sorted(pairs)


def extract(*_asked: object, **_options: object) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Yield what is declared as Babel takes messages from a file: line, function, message, comments."""
    for context, message in declared():
        yield (1, "pgettext", (context, message), []) if context else (1, "gettext", message, [])


def _of_county(county: County) -> Iterator[tuple[str, str]]:
    """Yield the words of a county's tables that the report translates."""
    yield from (("table", name) for name in (*county.tables, "layout"))
    yield from (("figure", word) for key in county.figures["key"] for word in parts(key) if word not in LINKS)
    parameters = county.uncertainties["parameter"]
    yield from (("figure", word) for key in parameters for word in parts(key) if word not in LINKS)
    for table, column in (
        ("figures", "unit"),
        ("targets", "unit"),
        ("sources", "kind"),
        ("sources", "licence"),
        ("junctions", "name"),
    ):
        yield from (("", word) for word in county.tables[table][column].drop_nulls().unique())
    yield from (("", CODES.get(word, word)) for word in county.figures["confidence"].unique())
