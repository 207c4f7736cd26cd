"""Sessions drawn from a fitted model, and how many vehicles are plugged in by hour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy

from data.arrays import DAY_MIN, HOURS
from data.streams import stream
from experiments.calibration.arrivals import DAY_TYPES, WEEK, day_type, weekdays

if TYPE_CHECKING:
    import datetime as dt

    from data.arrays import Floats
    from experiments.calibration.session_fit import SessionFit

DRAWN: Final = pl.Schema(
    dict.fromkeys(("start_min", "end_min", "full_min", "energy_kwh", "power_kw"), pl.Float64())
)  # fmt: skip
"""Columns of drawn sessions: times from midnight of the first day; energy and power at the meter."""
_LEAD_SHARE: Final = 0.999
"""Part of the stays that are over when the days begin: sessions are drawn from so long before."""
_LONGEST_LEAD_DAYS: Final = 14


def draw_sessions(
    fitted: SessionFit, first_day: dt.date, days: int, *, seed: int, name: str, uncertain: bool = True
) -> pl.DataFrame:
    """Return sessions of some days, drawn from a fitted model.

    Parameters
    ----------
    fitted
        The model.
    first_day, days
        What is drawn; sessions that began before and last into it are drawn too.
    seed, name
        Seed of the draws, and a name of their own.
    uncertain
        Whether the parameters are drawn too, within the errors of the fit.

    Returns
    -------
    polars.DataFrame
        Columns `DRAWN`, in order of the start.
    """
    lead = _lead_days(fitted)
    span = weekdays(first_day, days + lead)
    # the first of the lead days is so many days before, also in the week
    span = (span - lead) % WEEK

    def lots(decision: str, size: int) -> Floats:
        return stream(seed, "calibration", name, fitted.current, decision).uniform(size=size)

    rates = _rates(fitted, seed, name) if uncertain else fitted.arrivals.rates()
    expected = rates[span]
    factor = _day_factors(expected.sum(axis=1), fitted.arrivals.dispersion, seed, name, fitted.current)
    counts = stream(seed, "calibration", name, fitted.current, "arrivals").poisson(expected * factor[:, None])
    hour = np.repeat(np.arange(counts.size), counts.ravel())
    size = len(hour)
    start = 60.0 * (hour + lots("minute", size)) - DAY_MIN * lead
    thetas = {
        part: _theta(found.theta, found.covariance, seed, name, fitted.current, part) if uncertain else found.theta
        for part, found in (("energy", fitted.energy), ("power", fitted.power))
    }
    wishes = scipy.special.ndtri(lots("energy", size))
    together = fitted.correlation[0]
    powers = together * wishes + math.sqrt(1.0 - together**2) * scipy.special.ndtri(lots("power", size))
    energy = fitted.energy.draw(scipy.special.ndtr(wishes), thetas["energy"])
    power = fitted.power.draw(scipy.special.ndtr(powers), thetas["power"])
    full = start + 60.0 * energy / power
    idle = np.zeros(size) if fitted.idle is None else -fitted.idle.mean * np.log1p(-lots("idle", size))
    stays = lots("early", size) >= fitted.early_share[0]
    frame = pl.DataFrame([start, full + np.where(stays, idle, 0.0), full, energy, power], schema=DRAWN)
    return frame.filter(pl.col("end_min") > 0.0).sort("start_min")


def _lead_days(fitted: SessionFit) -> int:
    """Return the days after which nearly all stays are over."""
    charging = 60.0 * fitted.energy.draw(np.array([_LEAD_SHARE]))[0] / fitted.power.draw(np.array([1 - _LEAD_SHARE]))[0]
    idle = 0.0 if fitted.idle is None else -fitted.idle.mean * math.log1p(-_LEAD_SHARE)
    return min(_LONGEST_LEAD_DAYS, 1 + int((charging + idle) // DAY_MIN))


def _rates(fitted: SessionFit, seed: int, name: str) -> Floats:
    """Return rates drawn within the error of the counts: gamma for the days, Dirichlet for the hours (Jeffreys)."""
    arrivals = fitted.arrivals
    draw = stream(seed, "calibration", name, fitted.current, "rates")
    effective = arrivals.counts / arrivals.dispersion
    per_day = draw.gamma(effective + 0.5) * arrivals.dispersion / np.maximum(arrivals.days, 1.0)
    per_day = np.where(arrivals.days > 0.0, per_day, arrivals.per_day)
    shares = np.stack([draw.dirichlet(arrivals.by_hour[kind] + 0.5 / HOURS) for kind in range(len(DAY_TYPES))])
    shares = np.where(arrivals.by_hour.sum(axis=1, keepdims=True) > 0.0, shares, arrivals.shares)
    return np.asarray(per_day[:, None] * shares[day_type(np.arange(WEEK))])


def _day_factors(mean: Floats, dispersion: float, seed: int, name: str, current: str) -> Floats:
    """Return what moves all arrivals of a day: gamma with mean 1, so that counts have the dispersion."""
    if dispersion <= 1.0:
        return np.ones_like(mean)
    shape = np.maximum(mean, 1e-9) / (dispersion - 1.0)
    return np.asarray(stream(seed, "calibration", name, current, "days").gamma(shape) / shape)


def _theta(theta: Floats, covariance: Floats, seed: int, name: str, current: str, part: str) -> Floats:
    """Return the parameters of a part drawn within the error of their fit."""
    return stream(seed, "calibration", name, current, part, "parameters").multivariate_normal(theta, covariance)


def occupancy_by_hour(start_min: Floats, end_min: Floats, first_day: dt.date, days: int) -> Floats:
    """Return the mean number of vehicles plugged in by type of day and hour, exactly.

    Parameters
    ----------
    start_min, end_min
        Stays, minutes from midnight of the first day, shape (n,); parts outside the days do not count.
    first_day, days
        The days.

    Returns
    -------
    numpy.ndarray
        Shape (2, 24); NaN for a type of day that the days do not have.
    """
    size = HOURS * days
    edges: Floats = 60.0 * np.arange(size + 1, dtype=np.float64)
    plugged = _minutes_until(edges, start_min) - _minutes_until(edges, end_min)
    per_hour = np.diff(plugged).reshape(days, HOURS) / 60.0
    kinds = day_type(weekdays(first_day, days))
    with np.errstate(invalid="ignore"):
        means = [per_hour[kinds == kind].sum(axis=0) / (kinds == kind).sum() for kind in range(len(DAY_TYPES))]
    return np.asarray(np.stack(means), dtype=np.float64)


def _minutes_until(edges: Floats, times: Floats) -> Floats:
    """Return the sum over times of the minutes from each to the edges that lie after it."""
    ordered = np.sort(times)
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    before = np.searchsorted(ordered, edges, side="right")
    return np.asarray(before * edges - total[before])
