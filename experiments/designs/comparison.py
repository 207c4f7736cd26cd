"""``compare``: several scenarios or layouts on the same random numbers, and whether their differences are real."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import ScenarioError, XijiangError
from experiments.designs.alternative_runs import Runs, mean_values
from experiments.designs.doubted import (
    DOUBT,
    doubt_rows,
    measured_alternatives,
    points_of_comparison,
    ranked_over,
)
from experiments.designs.judgement import BURDEN, difference_rows, group_rows, ranking
from experiments.runs.executors import executor_of
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario
from experiments.statistics.measures import MEASURES, SERVICE, Measure, measures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from experiments.report.notebook.comparison_plots import ComparisonPlots
    from experiments.runs.execute import Progress
    from experiments.runs.executors import Executor
    from experiments.runs.result import Result
    from experiments.statistics import Selection

FIRST = 10


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Comparison:
    """What came out of a comparison.

    Attributes
    ----------
    names : tuple of str
        The alternatives; the first is the reference.
    values : polars.DataFrame
        One row per alternative and measure: ``alternative, measure, unit, mean, low, high`` (95 % interval).
    differences : polars.DataFrame
        One row per alternative after the reference and measure: `experiments.designs.judgement.DIFFERENCES`. Intervals
        hold together at 95 % over the measures that decide and all alternatives (Bonferroni): those that were asked
        for, the service measures where all are shown; the others stand alone. ``verdict`` is ``higher``, ``lower``,
        ``no clear difference``, ``same`` or ``not decided`` (one replication); ``judgement`` says ``better``,
        ``worse`` or ``context`` of a clear difference: totals that fall where fewer are served are context, as are
        waits of the served where more go without. ``pairs_to_decide`` is about how many replications would make an
        unclear one clear.
    groups : polars.DataFrame
        The same by town, class and station: `experiments.designs.judgement.GROUPS`.
    ranking : polars.DataFrame
        All alternatives from best to worst: `experiments.designs.judgement.RANKING`.
    selection : Selection or None
        Where one was asked for: the best alternative.
    results : tuple of Result
        The runs.
    doubt : polars.DataFrame
        Differences over the assumptions: `experiments.designs.doubted.DOUBT`; no rows without points.
    """

    names: tuple[str, ...]
    values: pl.DataFrame
    differences: pl.DataFrame
    groups: pl.DataFrame
    ranking: pl.DataFrame
    selection: Selection | None
    results: tuple[Result, ...]
    doubt: pl.DataFrame = field(default_factory=DOUBT.to_frame)

    @property
    def deciding(self) -> list[str]:
        """Measures whose intervals hold together: those that were asked for, those of service where all are shown."""
        shown = self.differences["measure"].unique(maintain_order=True).to_list()
        together = _deciding(measures_of(shown))
        return [name for name in shown if name in together]

    def report(self, path: str | Path, *, language: str = "en") -> Path:
        """Write the report of the comparison as one HTML file and return its path.

        Parameters
        ----------
        path : str or pathlib.Path
            File to write, whole or not at all.
        language : str
            ``en`` or ``zh``.

        Raises
        ------
        ScenarioError
            A language that the report does not speak.
        """
        from experiments.report.compared import write_comparison  # noqa: PLC0415 - plotly loads when it is needed

        return write_comparison(self, path, language=language)

    def __repr__(self) -> str:
        """Return one line about the comparison."""
        best = self.ranking["alternative"][0]
        return f"Comparison({', '.join(self.names)}; best by {self.ranking['measure'][0]}: {best})"

    def _repr_html_(self) -> str:
        """Return the comparison in sentences, as a notebook shows it."""
        from experiments.report.notebook.html_cards import comparison_card  # noqa: PLC0415 - as the plots below

        return comparison_card(
            self.names,
            self.differences,
            self.groups,
            self.ranking,
            self.results[0],
            deciding=sorted(self.deciding),
            doubt=self.doubt,
        )

    @property
    def plot(self) -> ComparisonPlots:
        """Figures of the comparison: ``.differences()``, and those of each alternative behind a menu."""
        from experiments.report.notebook.comparison_plots import ComparisonPlots  # noqa: PLC0415 - plotly loads late

        return ComparisonPlots(dict(zip(self.names, self.results, strict=True)), self.differences)


def alternatives(scenarios: Sequence[Scenario], layouts: Sequence[str] = ()) -> dict[str, Scenario]:
    """Return what to compare by name: the scenarios, or each scenario with each layout.

    Raises
    ------
    ScenarioError
        Less than two alternatives, or alternatives over different numbers of days.
    """
    if layouts:
        pairs = [(scenario, layout) for scenario in scenarios for layout in layouts]
        found = [(layout, scenario.with_(charging={"layout": layout})) for scenario, layout in pairs]
        if len(scenarios) > 1:
            found = [(f"{scenario.name}/{layout}", scenario) for layout, scenario in found]
    else:
        found = [(scenario.name, scenario) for scenario in scenarios]
    if len(found) < 2:
        raise ScenarioError("compare: one alternative; expected two or more scenarios, or one with several --layout.")
    # sums such as energy or cost compare only over the same number of days
    days = {one.days for _, one in found}
    if len(days) > 1:
        shown = ", ".join(f"{name} {one.days}" for name, one in found)
        raise ScenarioError(f"compare: the alternatives cover different numbers of days ({shown}). Set --days.")
    named: dict[str, Scenario] = {}
    for name, one in found:
        # one scenario may be given twice: the second gets a number
        copies = sum(1 for other in named if other == name or other.startswith(f"{name} ("))
        named[name if not copies else f"{name} ({copies + 1})"] = one
    return named


def compare(
    *scenarios: Scenario | str | Path | Sequence[Scenario | str | Path],
    layouts: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    measures: Sequence[str] = tuple(MEASURES),
    select: str | None = None,
    zone: float | None = None,
    points: int | None = None,
    progress: Callable[[str, Progress], None] | None = None,
    points_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run alternatives on common random numbers and compare them with the first.

    Parameters
    ----------
    *scenarios : Scenario, str or pathlib.Path, or sequences of them
        Scenarios, names or files.
    layouts : sequence of str
        Layouts (names or CSV files) to compare within the scenarios.
    replications, seed : int, optional
        Instead of those of the first scenario; all alternatives use the same.
    out : str or pathlib.Path, optional
        Folder with a run folder for each alternative, which is gone on with; None keeps nothing.
    jobs, executor
        As for `run`.
    measures : sequence of str
        Measures to compare, by name.
    select : str, optional
        Measure by which the best alternative is selected (procedure KN); more replications are run where needed.
    zone : float, optional
        Difference of that measure that does not matter.
    points : int, optional
        Short runs of each alternative over the ranges of its assumptions, the same points for all; 0 for none. By
        default 32 from 5 replications on.
    progress : callable, optional
        Called with the alternative and its progress.
    points_progress : callable, optional
        Called with short runs done and short runs in all.

    Returns
    -------
    Comparison
        Values, paired differences, selection.

    Raises
    ------
    ScenarioError
        If there is nothing to compare, or an input is wrong.
    """
    loaded = [one if isinstance(one, Scenario) else Scenario.load(one) for one in _flat(scenarios)]
    named = alternatives(loaded, layouts)
    chosen = measures_of(measures)
    if (select is None) != (zone is None):
        raise ScenarioError(
            "compare: select and zone go together: the measure, and the difference that does not matter."
        )
    if zone is not None and not (math.isfinite(zone) and zone > 0.0):
        raise ScenarioError(f"compare: zone {zone:g}: expected a number above 0, in the unit of {select}.")
    check_alternatives(named, replications, seed)
    first = next(iter(named.values()))
    count = first.replications if replications is None else replications
    start = first.seed if seed is None else seed
    work = executor_of(executor, jobs=jobs) if executor is None or isinstance(executor, str) else executor
    # also needed without `out`: further replications of a selection go on in the run folders
    with tempfile.TemporaryDirectory(prefix="xijiang-") as spare:
        folder = Path(spare if out is None else out)
        runs = Runs(named, folder, start, work, progress)
        selection = None
        if select is not None and zone is not None:
            selection = runs.select(measures_of([select])[0], zone=zone, first=max(FIRST, count))
            count = max(count, *selection.replications)
        made = (runs.result(name, count) for name in named)
        results = tuple(result.in_memory() if out is None else result for result in made)
    by_name = dict(zip(named, results, strict=True))
    # as was asked: what is selected by, else the only measure, else what a request costs its driver
    by = measures_of([select])[0] if select else chosen[0] if len(chosen) == 1 else MEASURES[BURDEN]
    looked_at = _looked_at(chosen, by)
    points = points_of_comparison(count) if points is None else points
    measured = measured_alternatives(by_name, looked_at, work, points=points, progress=points_progress)
    return Comparison(
        tuple(named),
        mean_values(by_name, chosen, count),
        difference_rows(by_name, chosen, count, deciding=_deciding(chosen)),
        group_rows(by_name, count),
        ranked_over(ranking(by_name, by, count, seed=start), by_name, measured, count),
        selection,
        results,
        doubt_rows(by_name, measured, looked_at, count),
    )


def _looked_at(chosen: Sequence[Measure], by: Measure) -> list[Measure]:
    """Return the measures that are followed over the assumptions: those that decide, and what is ranked by."""
    together = _deciding(chosen)
    names = dict.fromkeys([*(measure.name for measure in chosen if measure.name in together), by.name])
    return measures_of(names)


def _flat(given: Sequence[Scenario | str | Path | Sequence[Scenario | str | Path]]) -> list[Scenario | str | Path]:
    """Return scenarios one after the other that were given one by one or as a list."""
    flat: list[Scenario | str | Path] = []
    for one in given:
        flat.extend([one] if isinstance(one, Scenario | str | Path) else one)
    return flat


def check_alternatives(named: dict[str, Scenario], replications: int | None, seed: int | None) -> None:
    """Validate all alternatives before anything is simulated.

    Parameters
    ----------
    named : dict of str to Scenario
        The alternatives by name.
    replications, seed : int or None
        Instead of those of the scenarios.

    Raises
    ------
    ScenarioError
        Faults of any of them; all are listed.
    """
    faults: dict[str, None] = {}
    for one in named.values():
        try:
            prepare(one, replications=replications, seed=seed)
        except XijiangError as error:
            faults[str(error)] = None
    if faults:
        raise ScenarioError("\n".join(faults))


def _deciding(measures: Sequence[Measure]) -> set[str]:
    """Return the measures whose intervals hold together."""
    asked = {measure.name for measure in measures}
    # all measures shown: only those of service are a family, or every interval would be wide
    return asked if asked != set(MEASURES) else set(SERVICE)
