"""The carbon accounts in sentences: verdicts, what buses and taxis do, what freight needs, when petroleum peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from experiments.pathways.carbon_draws import PEAK
from experiments.report.sentences.story import _
from experiments.report.verdicts import VERDICTS
from experiments.report.words.labels import code
from experiments.scorecard.card import headline
from fleet.emissions.accounts import HEADLINE_GRID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.report.language import Translate

_MODES: Final = {"road": _("road"), "ship": _("ships")}
_SEEN: Final = 0.005
"""Share of the draws from which on a year of the peak is named: less is 0 % when rounded."""
SERIES: Final = _(
    "Series a: CO2 from the tank on; b: a and purchased electricity; c: well-to-wheel CO2e. Grid: frozen. "
    "Ranges: 95 per cent of the draws over the ranges of the tables."
)
TITLE: Final = _("{scenario}: g CO2 (c: CO2e) per t km")
TABLES: Final = _("all tables as CSV")


class Accounts(Protocol):
    """What the sentences need of the carbon accounts; as `experiments.pathways.carbon_outlook.CarbonOutlook`."""

    @property
    def intensity(self) -> pl.DataFrame:
        """The account of each year, mode, boundary, series and treatment of the grid."""

    @property
    def scorecard(self) -> pl.DataFrame:
        """Targets of road, ships and petroleum."""

    @property
    def electrification(self) -> pl.DataFrame:
        """What electric buses and taxis do to the change."""

    @property
    def petroleum(self) -> pl.DataFrame:
        """Petrol and diesel by year."""

    @property
    def needed(self) -> pl.DataFrame:
        """Share of electric trucks that the road's target needs."""

    @property
    def goals(self) -> Mapping[str, tuple[float, int]]:
        """Targets of intensity by mode: change and year."""


def told_carbon(accounts: Accounts, translate: Translate) -> list[str]:
    """Return the carbon accounts in sentences of a language."""
    return [
        *_verdicts(accounts, translate),
        *_targets(accounts.scorecard, translate),
        *_effect(accounts, translate),
        *_needed(accounts, translate),
        *_peak(accounts.petroleum, translate),
    ]


def _targets(card: pl.DataFrame, translate: Translate) -> list[str]:
    """Return the verdict on each target, with its interval and the share of the draws that keep its limit."""
    lines = []
    for row in headline(card).iter_rows(named=True):
        if row["value"] is None:
            continue
        form = "{:.0f}" if row["metric"] == PEAK else "{:+.1%}"
        ends = (row["assumption_low"], row["assumption_high"])
        low, high = ("" if end is None else form.format(end) for end in ends)
        said = translate(_("Target {target} is {verdict}: {value}."))
        if low and row["p_met"] is None:
            said = translate(_("Target {target} is {verdict}: {value} ({low} to {high} in 95 per cent of the draws)."))
        elif low:
            drawn = _(
                "Target {target} is {verdict}: {value} ({low} to {high} in 95 per cent of the draws; {share} keep it)."
            )
            said = translate(drawn)
        lines.append(
            said.format(
                target=row["target_id"],
                verdict=translate(VERDICTS.get(row["verdict"], row["verdict"])),
                value=form.format(row["value"]),
                low=low,
                high=high,
                share="" if row["p_met"] is None else f"{row['p_met']:.0%}",
            )
        )
    return lines


def _verdicts(accounts: Accounts, translate: Translate) -> list[str]:
    """Return the change of each mode and boundary, and in which series it meets its target."""
    account = accounts.intensity
    base = account["year"].to_numpy().min()
    lines = []
    for mode, (goal, year) in accounts.goals.items():
        both = account.filter((pl.col("mode") == mode) & (pl.col("year") == year))
        rows = both.filter(pl.col("grid") == HEADLINE_GRID)
        for boundary in rows["boundary"].unique(maintain_order=True):
            about = {"mode": translate(_MODES[mode]), "boundary": code(boundary, translate), "year": year, "base": base}
            bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
            if bounded["change"].null_count():
                said = translate(
                    _("{mode} ({boundary}), {year} against {base}: no turnover, so no intensity and no verdict.")
                )
                lines.append(said.format(**about))
                continue
            moved = both.filter((pl.col("grid") == "moving") & (pl.col("boundary") == boundary))
            moving = dict(moved.select("series", "change").iter_rows())
            each = translate(_("series {series} {change}"))
            parts = [
                each.format(series=row["series"], change=_change(row, moving, translate))
                for row in bounded.iter_rows(named=True)
            ]
            said = translate(_("{mode} ({boundary}), {year} against {base}: {changes}. Target {goal:+.0%}: {verdict}."))
            verdict = _met(bounded, moved, goal, translate)
            lines.append(said.format(**about, changes=translate(_("; ")).join(parts), goal=goal, verdict=verdict))
    return lines


def _met(rows: pl.DataFrame, moved: pl.DataFrame, goal: float, translate: Translate) -> str:
    """Return in which series a change meets its target, and with the grid of each year where that differs."""
    verdict, moving = _met_in(rows, goal, translate), _met_in(moved, goal, translate)
    if moving == verdict:
        return verdict
    return translate(_("{verdict}; with the grid of each year {moving}")).format(verdict=verdict, moving=moving)


def _met_in(rows: pl.DataFrame, goal: float, translate: Translate) -> str:
    """Return in which series a change meets its target."""
    met = rows.filter(pl.col("change") <= goal)["series"].sort().to_list()
    if not met:
        return translate(_("met in no series"))
    return translate(_("met in series {series}")).format(series=translate(_(", ")).join(met))


def _effect(accounts: Accounts, translate: Translate) -> list[str]:
    """Return what electric buses and taxis do to the target of road transport, as computed; nothing without one."""
    if "road" not in accounts.goals:
        return []
    year, effect = accounts.goals["road"][1], accounts.electrification
    rows = effect.filter((pl.col("year") == year) & (pl.col("grid") == HEADLINE_GRID))
    if not rows.height:
        return []
    parts = []
    none = translate(_("{series} not at all"))
    for boundary in rows["boundary"].unique(maintain_order=True):
        bounded = rows.filter(pl.col("boundary") == boundary).sort("series")
        shown = [
            f"{series} {100.0 * value + 0.0:+.1f}" if value else none.format(series=series)
            for series, value in bounded.select("series", "effect").iter_rows()
        ]
        said = translate(_("{boundary}: {changes}"))
        parts.append(said.format(boundary=code(boundary, translate), changes=translate(_(", ")).join(shown)))
    said = translate(_("Electric buses and taxis move the change to {year} (in points, by series): {parts}."))
    return [said.format(year=year, parts=translate(_("; ")).join(parts))]


def _needed(accounts: Accounts, translate: Translate) -> list[str]:
    """Return how much of the freight must be electric for the road's target."""
    if not accounts.needed.height:
        return []
    out = translate(_("{series} out of reach"))
    parts = []
    for (name,), rows in accounts.needed.group_by("vehicle_class", maintain_order=True):
        shown = [
            out.format(series=series) if share is None or share > 1.0 else f"{series} {share:.0%}"
            for series, share in rows.select("series", "share").iter_rows()
        ]
        vehicles = code(str(name), translate).replace("_", " ")
        said = translate(_("{boundary}: {changes}"))
        parts.append(said.format(boundary=vehicles, changes=translate(_(", ")).join(shown)))
    said = translate(_("Share of a class's t km that electric trucks alone need for {goal:+.0%}: {parts}."))
    return [said.format(goal=accounts.goals["road"][0], parts=translate(_("; ")).join(parts))]


def _peak(petroleum: pl.DataFrame, translate: Translate) -> list[str]:
    """Return when petroleum peaks."""
    top = petroleum.sort("petroleum_t", descending=True).row(0, named=True)
    said = translate(_("Petroleum of land transport is highest in {year} ({tonnes:,.0f} t)."))
    lines = [said.format(year=top["year"], tonnes=top["petroleum_t"])]
    seen = petroleum.filter(pl.col("peak_share") >= _SEEN).select("year", "peak_share")
    if seen.height:
        shown = translate(_(", ")).join(f"{year} {share:.0%}" for year, share in seen.iter_rows())
        lines.append(translate(_("Share of draws that peak in a year: {shown}.")).format(shown=shown))
    return lines


def _change(row: dict[str, Any], moving: Mapping[str, float], translate: Translate) -> str:
    """Return a change with its range, and with the grid of each year where that counts."""
    more = []
    if row["low"] is not None:
        more.append(translate(_("{low} to {high}")).format(low=f"{row['low']:+.1%}", high=f"{row['high']:+.1%}"))
    if row["series"] != "a":
        more.append(translate(_("grid moving {change}")).format(change=f"{moving[row['series']]:+.1%}"))
    if not more:
        return f"{row['change']:+.1%}"
    listed = translate(_("; ")).join(more)
    return translate(_("{assumption} ({share})")).format(assumption=f"{row['change']:+.1%}", share=listed)
