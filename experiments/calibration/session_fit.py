"""What a log says about the sessions of one current: arrivals, energy, power, idle time, who leaves early, patience."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy import stats

from data.arrays import DAY_MIN
from data.errors import DataError
from experiments.calibration.arrivals import DAY_TYPES, Arrivals, fit_arrivals
from experiments.calibration.families import Z95, Fitted, FittedMean, fit, fit_exponential

if TYPE_CHECKING:
    import datetime as dt

    from data.arrays import Floats

PARAMETERS = pl.Schema(
    {
        "current": pl.String,
        "part": pl.String,
        "form": pl.String,
        "parameter": pl.String,
        "value": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "unit": pl.String,
        "count": pl.Int64,
    }
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class SessionFit:
    """A model of sessions, fitted.

    Attributes
    ----------
    current : str
        ``ac`` or ``dc``.
    arrivals : Arrivals
        When they begin.
    energy : Fitted
        Energy at the meter, kWh.
    power : Fitted
        Mean power at the meter while charging, kW.
    correlation : tuple of float
        Correlation of energy and power on the normal scale (Gaussian copula), with its interval.
    idle : FittedMean or None
        Time at the gun after charging, min: exponential, as the demand of a county draws it. None where the log does
        not say when charging ended.
    early_share : tuple of float
        Share of sessions that end while charging, with its interval.
    patience : FittedMean or None
        Time after which drivers leave the queue, min: exponential. None where the log has no such drivers.
    """

    current: str
    arrivals: Arrivals
    energy: Fitted
    power: Fitted
    correlation: tuple[float, float, float]
    idle: FittedMean | None
    early_share: tuple[float, float, float]
    patience: FittedMean | None

    def parameters(self) -> pl.DataFrame:
        """Return all parameters with their 95 % intervals: columns `PARAMETERS`."""
        rows: list[tuple[object, ...]] = []
        low, high = self.arrivals.per_day_range()
        for order, name in enumerate(_WEEKDAYS):
            ends = (self.arrivals.per_day[order], low[order], high[order])
            rows.append(("arrivals", "poisson", f"per_day_{name}", *ends, "1/day", int(self.arrivals.counts[order])))
        low, high = self.arrivals.share_range()
        for kind, name in enumerate(DAY_TYPES):
            for hour, share in enumerate(self.arrivals.shares[kind]):
                ends = (share, low[kind, hour], high[kind, hour])
                rows.append(
                    ("arrivals", "share", f"{name}_{hour:02}", *ends, "share", int(self.arrivals.by_hour[kind, hour]))
                )
        rows.append(("arrivals", "poisson", "dispersion", self.arrivals.dispersion, None, None, "-", None))
        for part, fitted, unit in (("energy", self.energy, "kWh"), ("power", self.power, "kW")):
            for name, ends in fitted.parameters().items():
                rows.append((part, fitted.family, name, *ends, unit if name == "scale" else "-", fitted.count))
            rows.append((part, fitted.family, "mean", fitted.mean(), None, None, unit, fitted.count))
        rows.append(("energy", "copula", "with_power", *self.correlation, "-", self.energy.count))
        for part, found in (("idle", self.idle), ("patience", self.patience)):
            if found is not None:
                rows.append((part, "exponential", "mean", found.mean, found.low, found.high, "min", found.count))
        rows.append(("early", "binomial", "share", *self.early_share, "share", self.energy.count))
        return pl.DataFrame([(self.current, *row) for row in rows], schema=PARAMETERS, orient="row")


def charging_min(sessions: pl.DataFrame) -> Floats:
    """Return how long each session charged, min: to the end of charging, or all its stay where none is logged.

    Where a maximum of the power stands instead, the energy at that power is the least time.
    """
    stay = pl.col("end_min") - pl.col("start_min")
    at_most = 60.0 * pl.col("energy_kwh") / pl.col("max_kw")
    known = pl.coalesce(pl.col("done_min") - pl.col("start_min"), at_most, stay)
    # rounded times may leave no time at all, in which no energy can flow
    return sessions.select(pl.min_horizontal(known, stay).clip(1.0 / 60.0)).to_series().to_numpy()


def ends_idle(sessions: pl.DataFrame) -> Floats:
    """Return which sessions tell when charging ended: 1 or 0."""
    return (
        sessions.select((pl.col("done_min").is_not_null() | pl.col("max_kw").is_not_null()).cast(pl.Float64))
        .to_series()
        .to_numpy()
    )


def fit_sessions(
    sessions: pl.DataFrame, first_day: dt.date, days: int, *, current: str, gave_up_min: Floats | None = None
) -> SessionFit:
    """Return the model of the sessions of a log.

    Parameters
    ----------
    sessions
        `data.imports.sessions.session_log.LOG`, cleaned, of one current.
    first_day, days
        What was observed.
    current
        ``ac`` or ``dc``.
    gave_up_min
        Times in the queue of those who left it, shape (m,).

    Raises
    ------
    DataError
        Too few sessions with energy.
    """
    charged = sessions.filter(pl.col("energy_kwh") > 0.0)
    if not charged.height:
        raise DataError(f"calibrate: no {current.upper()} session of the log has energy.")
    energy = charged["energy_kwh"].to_numpy()
    power = 60.0 * energy / charging_min(charged)
    start = sessions["start_min"].to_numpy()
    waits = sessions["wait_min"].drop_nulls().to_numpy()
    return SessionFit(
        current,
        fit_arrivals(start[start < DAY_MIN * days], first_day, days),
        fit(energy, what=f"calibrate: {current.upper()} energy of the log"),
        fit(power, what=f"calibrate: {current.upper()} power of the log"),
        _correlation(energy, power),
        _idle(charged),
        _early(charged),
        fit_exponential(np.empty(0) if gave_up_min is None else gave_up_min, waits),
    )


def _correlation(energy: Floats, power: Floats) -> tuple[float, float, float]:
    """Return the correlation of a Gaussian copula by Spearman's rank correlation, with the interval of Fisher's z.

    Kruskal (1958): Spearman's correlation of a bivariate normal is 6 / pi asin(r / 2).
    """
    ranks = float(stats.spearmanr(energy, power).statistic)
    # where all have one power there is nothing to correlate
    value = 0.0 if np.isnan(ranks) else float(np.clip(2.0 * np.sin(np.pi / 6.0 * ranks), -0.999, 0.999))
    error = Z95 / np.sqrt(max(1.0, len(energy) - 3.0))
    low, high = (float(np.tanh(np.arctanh(value) + side * error)) for side in (-1.0, 1.0))
    return value, low, high


def _idle(charged: pl.DataFrame) -> FittedMean | None:
    """Return the mean idle time of the sessions whose end of charging is known."""
    told = ends_idle(charged) > 0.0
    idle = charged["end_min"].to_numpy() - charged["start_min"].to_numpy() - charging_min(charged)
    return fit_exponential(np.maximum(idle[told], 0.0), np.empty(0))


def _early(charged: pl.DataFrame) -> tuple[float, float, float]:
    """Return the share of sessions that end while charging; 0 where the log never says when charging ends."""
    told = ends_idle(charged)
    count = len(told)
    early = count - int(told.sum())
    if early == count:
        return 0.0, 0.0, 1.0
    # Clopper and Pearson (1934); none at all has the lower end 0
    low = float(stats.beta.ppf(0.025, early, count - early + 1.0)) if early else 0.0
    return early / count, low, float(stats.beta.ppf(0.975, early + 1.0, count - early))
