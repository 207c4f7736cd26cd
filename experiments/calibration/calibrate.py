"""Calibration: a log becomes a fitted model, its goodness on weeks held out, and tables for the county."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import DAY_MIN
from data.errors import ScenarioError
from data.imports.sessions.session_requests import Efficiencies
from data.imports.source_file import left_out_table
from data.storage import write_whole
from experiments.calibration.arrivals import WEEK
from experiments.calibration.county_rows import county_rows
from experiments.calibration.goodness import DISTANCES, OCCUPANCY, held_out_distances, occupancy_band
from experiments.calibration.session_fit import SessionFit, fit_sessions
from experiments.calibration.side_by_side import SIDE_BY_SIDE, side_by_side
from experiments.formatting import defused

if TYPE_CHECKING:
    from pathlib import Path

    from data.arrays import Floats
    from data.county import County
    from data.imports.sessions.session_log import SessionLog

HELD_OUT_SHARE: Final = 0.25
"""Part of the weeks that is held out where nothing is said."""


@dataclass(frozen=True)
class Calibration:
    """A log, the model that was fitted to it, and how far it is from weeks that it has not seen.

    Attributes
    ----------
    log : SessionLog
        The cleaned log.
    models : tuple of SessionFit
        One per current of the log.
    fitted_days, held_out_days : int
        Days of either part; the last ones are held out.
    distances, occupancy, side_by_side : polars.DataFrame
        Goodness; without rows where nothing was held out.
    county_tables : dict of str to polars.DataFrame
        The county's tables with what was fitted; see `experiments.calibration.county_rows`.
    """

    log: SessionLog
    models: tuple[SessionFit, ...]
    fitted_days: int
    held_out_days: int
    distances: pl.DataFrame
    occupancy: pl.DataFrame
    side_by_side: pl.DataFrame
    county_tables: dict[str, pl.DataFrame]

    @property
    def parameters(self) -> pl.DataFrame:
        """All parameters with their intervals."""
        return pl.concat([fitted.parameters() for fitted in self.models])


def calibrate(
    county: County,
    log: SessionLog,
    *,
    title: str,
    hold_out_weeks: int | None = None,
    pile_kw: float | None = None,
    connection_kw: float | None = None,
    seed: int = 1,
) -> Calibration:
    """Fit a model of sessions to a log.

    Parameters
    ----------
    county
        Its efficiencies, and the tables that the fit changes.
    log
        Cleaned; see `experiments.exchange.session_logs.load_log`.
    title
        Name of the log, for the table of sources.
    hold_out_weeks
        Last weeks that are not fitted; None takes a quarter of them, none of a log shorter than two weeks.
    pile_kw, connection_kw
        Of the chargers, for the replay.
    seed
        Seed of the model's draws.

    Raises
    ------
    ScenarioError
        More weeks held out than the log leaves.
    DataError
        Too few sessions.
    """
    # sessions of one current that nobody states are AC, as in the replay
    sessions = log.sessions.with_columns(pl.col("current").fill_null("ac"))
    days = 1 + int(float(sessions["start_min"].to_numpy().max()) // DAY_MIN)
    held = WEEK * _weeks(days, hold_out_weeks)
    fitted_days = days - held
    cut = DAY_MIN * fitted_days
    early = sessions.filter(pl.col("start_min") < cut).sort("current")
    models = tuple(
        fit_sessions(
            rows, log.first_day, fitted_days, current=str(current), gave_up_min=_gave_up(log, str(current), cut)
        )
        for (current,), rows in early.group_by("current", maintain_order=True)
    )
    later = _later(replace(log, sessions=sessions), cut, fitted_days)
    distances, occupancy, both = (pl.DataFrame(schema=schema) for schema in (DISTANCES, OCCUPANCY, SIDE_BY_SIDE))
    seen = [one for one in models if _of(later.sessions, one).height]
    if held and seen:
        first = later.first_day
        stays = sessions.with_columns(pl.col("start_min", "end_min") - cut).filter(pl.col("end_min") > 0.0)
        distances = pl.concat(
            held_out_distances(one, _of(later.sessions, one), first, held, seed=seed) for one in seen
        )  # fmt: skip
        occupancy = pl.concat(occupancy_band(one, _of(stays, one), first, held, seed=seed) for one in seen)
        both = side_by_side(
            _of_models(later, models), models, held, Efficiencies.from_county(county),
            pile_kw=pile_kw, connection_kw=connection_kw, seed=seed,
        )  # fmt: skip
    tables = county_rows(county, models, title=title, year=log.first_day.year)
    return Calibration(log, models, fitted_days, held, distances, occupancy, both, tables)


def _gave_up(log: SessionLog, current: str, cut_min: float) -> Floats:
    """Return the times in the queue of those who left it before a time, of one current."""
    rows = log.gave_up.filter((pl.col("current").fill_null("ac") == current) & (pl.col("arrive_min") < cut_min))
    return rows["wait_min"].to_numpy()


def _weeks(days: int, wanted: int | None) -> int:
    """Return the weeks that are held out."""
    whole = days // WEEK
    if wanted is None:
        return max(1, round(HELD_OUT_SHARE * whole)) if whole >= 2 else 0
    if not 0 <= wanted < whole:
        raise ScenarioError(
            f"--hold-out-weeks {wanted}: the log has {days} days, so it leaves a week to fit only with 0 to "
            f"{max(0, whole - 1)} weeks held out."
        )
    return wanted


def _later(log: SessionLog, cut_min: float, days: int) -> SessionLog:
    """Return the held-out part of a log; minutes count from its first day."""
    rows = log.sessions.filter(pl.col("start_min") >= cut_min)
    moved = rows.with_columns(pl.col("start_min", "end_min", "done_min") - cut_min)
    return replace(log, sessions=moved, first_day=log.first_day + dt.timedelta(days=days))


def _of(sessions: pl.DataFrame, fitted: SessionFit) -> pl.DataFrame:
    """Return the sessions of a model's current."""
    return sessions.filter(pl.col("current") == fitted.current)


def _of_models(log: SessionLog, models: tuple[SessionFit, ...]) -> SessionLog:
    """Return a log with the sessions whose current was fitted."""
    known = [fitted.current for fitted in models]
    return replace(log, sessions=log.sessions.filter(pl.col("current").is_in(known)))


def write_calibration(found: Calibration, out: Path) -> dict[str, Path]:
    """Write the tables of a calibration to a folder, those for the county below it; return the files by name."""
    frames = {
        "parameters": found.parameters,
        "distances": found.distances,
        "occupancy": found.occupancy,
        "side_by_side": found.side_by_side,
        "left_out": left_out_table(found.log.left_out),
        **{f"county/{name}": frame for name, frame in found.county_tables.items()},
    }
    (out / "county").mkdir(parents=True, exist_ok=True)
    files = {name: out / f"{name}.csv" for name in frames}
    for name, frame in frames.items():
        write_whole(files[name], defused(frame).write_csv().encode())
    return files
