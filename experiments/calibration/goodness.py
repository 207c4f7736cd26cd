"""How far a fitted model is from weeks that it has not seen: distances of distributions, and occupancy by hour.

The band of the occupancy is simultaneous: of the model's own draws, with its parameters drawn within their errors, a
share of 95 % lies inside it at every hour (sup-t band, Montiel Olea and Plagborg-Møller 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy import stats

from data.arrays import DAY_MIN, HOURS
from experiments.calibration.arrivals import DAY_TYPES, day_type, weekdays
from experiments.calibration.session_draws import draw_sessions, occupancy_by_hour
from experiments.calibration.session_fit import charging_min

if TYPE_CHECKING:
    import datetime as dt

    from data.arrays import Floats
    from experiments.calibration.session_fit import SessionFit

DISTANCES: Final = pl.Schema(
    {
        "current": pl.String,
        "measure": pl.String,
        "unit": pl.String,
        "observed_mean": pl.Float64,
        "model_mean": pl.Float64,
        "ks_distance": pl.Float64,
        "ks_chance": pl.Float64,
        "wasserstein": pl.Float64,
        "count": pl.Int64,
    }
)
"""Distances to held-out sessions: Kolmogorov-Smirnov (largest difference of the distribution functions) with the chance
of a larger one if the model were true, and Wasserstein (mean shift, in the unit)."""
OCCUPANCY: Final = pl.Schema(
    {
        "current": pl.String,
        "day_type": pl.String,
        "hour": pl.Int64,
        "observed": pl.Float64,
        "model": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "inside": pl.Boolean,
    }
)
"""Vehicles plugged in by hour: held-out mean, the model's mean, and its 95 % band for all hours together."""
_LEVEL: Final = 0.95
_DRAWS: Final = 400
"""Draws of the held-out weeks: the error of the band's ends is a few per cent of its width."""


def held_out_distances(
    fitted: SessionFit, sessions: pl.DataFrame, first_day: dt.date, days: int, *, seed: int
) -> pl.DataFrame:
    """Return the distances of the model to held-out sessions: columns `DISTANCES`.

    Parameters
    ----------
    fitted
        The model.
    sessions
        Held-out sessions (`data.imports.sessions.session_log.LOG`) with minutes from `first_day` on.
    first_day, days
        The held-out days.
    seed
        Seed of the model's draws.
    """
    # many weeks, so that the model's own chance is small beside that of the log
    weeks = max(1, round(20_000.0 / max(1.0, float(fitted.arrivals.rates().sum()))))
    drawn = draw_sessions(fitted, first_day, 7 * min(weeks, 520), seed=seed, name="distances", uncertain=False)
    drawn = drawn.filter(pl.col("start_min") >= 0.0)
    charged = sessions.filter(pl.col("energy_kwh") > 0.0)
    observed = {
        "energy": ("kWh", charged["energy_kwh"].to_numpy()),
        "stay": ("min", sessions.select(pl.col("end_min") - pl.col("start_min")).to_series().to_numpy()),
        "charging": ("min", charging_min(charged)),
        "arrival_hour": ("h", (sessions["start_min"] % DAY_MIN / 60.0).to_numpy()),
    }
    model = {
        "energy": drawn["energy_kwh"].to_numpy(),
        "stay": (drawn["end_min"] - drawn["start_min"]).to_numpy(),
        "charging": (drawn["full_min"] - drawn["start_min"]).to_numpy(),
        "arrival_hour": (drawn["start_min"] % DAY_MIN / 60.0).to_numpy(),
    }
    rows: list[tuple[object, ...]] = []
    for name, (unit, values) in observed.items():
        test = stats.ks_2samp(values, model[name])
        shift = float(stats.wasserstein_distance(values, model[name]))
        means = (float(values.mean()), float(model[name].mean()))
        rows.append((fitted.current, name, unit, *means, float(test.statistic), float(test.pvalue), shift, len(values)))
    rows.append(_per_day(fitted, sessions, first_day, days))
    return pl.DataFrame(rows, schema=DISTANCES, orient="row")


def _per_day(fitted: SessionFit, sessions: pl.DataFrame, first_day: dt.date, days: int) -> tuple[object, ...]:
    """Return the row of the sessions per day: their mean, and that of the model on the same weekdays."""
    expected = fitted.arrivals.per_day[weekdays(first_day, days)]
    count = np.bincount((sessions["start_min"] // DAY_MIN).cast(pl.Int64).to_numpy(), minlength=days)
    means = (float(count.mean()), float(expected.mean()))
    return (fitted.current, "sessions_per_day", "1/day", *means, None, None, abs(means[0] - means[1]), days)


def occupancy_band(
    fitted: SessionFit, stays: pl.DataFrame, first_day: dt.date, days: int, *, seed: int, draws: int = _DRAWS
) -> pl.DataFrame:
    """Return the occupancy by hour of held-out days beside the model's: columns `OCCUPANCY`.

    Parameters
    ----------
    fitted
        The model.
    stays
        ``start_min, end_min`` of all sessions that touch the held-out days, minutes from `first_day` on.
    first_day, days
        The held-out days.
    seed, draws
        Seed and number of the model's draws.
    """
    observed = occupancy_by_hour(stays["start_min"].to_numpy(), stays["end_min"].to_numpy(), first_day, days)
    drawn = np.stack([_drawn(fitted, first_day, days, seed, number) for number in range(draws)])
    mean, spread = drawn.mean(axis=0), drawn.std(axis=0, ddof=1)
    there = np.isfinite(observed) & (spread > 0.0)
    off = np.abs(drawn - mean)[:, there] / spread[there]
    reach = float(np.sort(off.max(axis=1))[int(np.ceil(_LEVEL * draws)) - 1])
    low, high = np.maximum(mean - reach * spread, 0.0), mean + reach * spread
    rows = [
        (
            fitted.current,
            name,
            hour,
            *(float(part[kind, hour]) for part in (observed, mean, low, high)),
            bool(low[kind, hour] <= observed[kind, hour] <= high[kind, hour]),
        )
        for kind, name in enumerate(DAY_TYPES)
        if kind in day_type(weekdays(first_day, days))
        for hour in range(HOURS)
    ]
    return pl.DataFrame(rows, schema=OCCUPANCY, orient="row")


def _drawn(fitted: SessionFit, first_day: dt.date, days: int, seed: int, number: int) -> Floats:
    """Return the occupancy of one draw of the days."""
    frame = draw_sessions(fitted, first_day, days, seed=seed, name=f"occupancy {number}")
    return occupancy_by_hour(frame["start_min"].to_numpy(), frame["end_min"].to_numpy(), first_day, days)
