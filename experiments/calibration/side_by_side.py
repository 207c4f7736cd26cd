"""Replay against model: the held-out sessions and drawn ones through the same simulated chargers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

import charging
from data.arrays import DAY_MIN
from data.imports.sessions.session_requests import Efficiencies, replay
from experiments.calibration.session_draws import draw_sessions
from experiments.statistics.estimates import quantile_estimate

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from data.imports.sessions.session_log import SessionLog
    from experiments.calibration.session_fit import SessionFit

SIDE_BY_SIDE: Final = pl.Schema(
    {
        "measure": pl.String,
        "unit": pl.String,
        "logged": pl.Float64,
        "replay": pl.Float64,
        "model": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)
"""Measures of the held-out days: of the log itself, of its replay, and of the model with the range of 95 % of draws."""
_DRAWS: Final = 20
_UNITS: Final = {
    "sessions_per_day": "1/day",
    "energy_per_day_kwh": "kWh",
    "plugged_mean": "vehicles",
    "plugged_peak": "vehicles",
    "peak_kw": "kW",
    "wait_mean_min": "min",
    "unmet_share": "share",
}


def side_by_side(
    log: SessionLog,
    models: Sequence[SessionFit],
    days: int,
    efficiencies: Efficiencies,
    *,
    pile_kw: float | None,
    connection_kw: float | None,
    seed: int,
) -> pl.DataFrame:
    """Return the measures of held-out days, logged, replayed and modelled: columns `SIDE_BY_SIDE`.

    Parameters
    ----------
    log
        Held-out sessions; minute 0 is midnight of their first day.
    models
        Fitted models by current.
    days
        Held-out days.
    efficiencies
        Of charging.
    pile_kw, connection_kw
        As for `data.imports.sessions.session_requests.replay`.
    seed
        Seed of the draws.
    """
    made = replay(log, efficiencies, pile_kw=pile_kw, connection_kw=connection_kw)
    logged = _logged(log.sessions, days)
    replayed = _simulated(made.layout, made.requests, made.travel, days, efficiencies)
    draws = []
    for number in range(_DRAWS):
        requests = _requests(made.layout, models, log.first_day, days, efficiencies=efficiencies, seed=seed + number)
        draws.append(_simulated(made.layout, requests, None, days, efficiencies))
    rows = []
    for name, unit in _UNITS.items():
        values = [one[name] for one in draws]
        ends = (quantile_estimate(values, quantile=level).value for level in (0.025, 0.975))
        rows.append((name, unit, logged.get(name), replayed[name], sum(values) / len(values), *ends))
    return pl.DataFrame(rows, schema=SIDE_BY_SIDE, orient="row")


def _requests(
    layout: pl.DataFrame,
    models: Sequence[SessionFit],
    first_day: dt.date,
    days: int,
    *,
    efficiencies: Efficiencies,
    seed: int,
) -> pl.DataFrame:
    """Return requests drawn from the models; every station of the log takes all of them."""
    frames = []
    for fitted in models:
        efficiency = efficiencies.dc if fitted.current == "dc" else efficiencies.ac
        drawn = draw_sessions(fitted, first_day, days, seed=seed, name="side by side")
        # a pile gives what it has: the fitted power has a tail
        rating = float(layout.filter(pl.col("current") == fitted.current)["pile_kw"].to_numpy().max())
        frames.append(
            drawn.filter(pl.col("start_min") >= 0.0).select(
                arrive_min="start_min",
                current=pl.lit(fitted.current),
                energy_kwh=pl.col("energy_kwh") * efficiency,
                accept_kw=pl.col("power_kw").clip(upper_bound=rating) * efficiency,
                overstay_min=pl.col("end_min") - pl.col("full_min"),
            )
        )
    requests = pl.concat(frames).sort("arrive_min")
    return requests.with_row_index("request_id").with_columns(
        pl.col("request_id").cast(pl.Int64), origin=pl.lit(None, dtype=pl.String)
    )


def _logged(sessions: pl.DataFrame, days: int) -> dict[str, float]:
    """Return the measures that a log shows by itself."""
    return {
        "sessions_per_day": sessions.height / days,
        "energy_per_day_kwh": float(sessions["energy_kwh"].sum()) / days,
        **_plugged(sessions.select(start="start_min", end="end_min"), days),
    }


def _simulated(
    layout: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None,
    days: int,
    efficiencies: Efficiencies,
) -> dict[str, float]:
    """Return the measures of a simulation."""
    losses = {"efficiency_ac": efficiencies.ac, "efficiency_dc": efficiencies.dc}
    result = charging.simulate(layout, requests, travel, behaviour=losses)
    sessions = result.sessions
    asked = float(sessions["asked_kwh"].sum())
    waits = sessions["wait_min"].drop_nulls().to_numpy()
    by_time = result.load.group_by("start_min").agg(pl.col("mean_kw").sum())
    inside = by_time.filter(pl.col("start_min") < DAY_MIN * days)["mean_kw"].to_numpy()
    plugged = sessions.select(start="plug_min", end="leave_min").drop_nulls()
    return {
        "sessions_per_day": sessions.height / days,
        "energy_per_day_kwh": float(sessions["meter_kwh"].sum()) / days,
        "peak_kw": float(inside.max()) if inside.size else 0.0,
        "wait_mean_min": float(waits.mean()) if waits.size else 0.0,
        "unmet_share": float(sessions["unmet_kwh"].sum()) / asked if asked > 0.0 else 0.0,
        **_plugged(plugged, days),
    }


def _plugged(stays: pl.DataFrame, days: int) -> dict[str, float]:
    """Return mean and peak of the vehicles plugged in within the days."""
    span = DAY_MIN * days
    inside = stays.with_columns(pl.col("start", "end").clip(0.0, span))
    changes = pl.concat(
        [inside.select(minute="start", change=pl.lit(1)), inside.select(minute="end", change=pl.lit(-1))]
    ).sort("minute", "change")
    peak = changes["change"].cum_sum().to_numpy()
    total = float((inside["end"] - inside["start"]).sum())
    return {"plugged_mean": total / span, "plugged_peak": float(peak.max()) if peak.size else 0.0}
