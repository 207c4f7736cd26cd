"""What was measured elsewhere against what the model says: occupancy by hour, sessions, hours, sizes of stations.

The measurements stand in ``data/reference/charging_observed.csv``, each with its source. None is from the county: they
say whether shapes and sizes are plausible, not whether its level is right.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.arrays import DAY_MIN, HOURS
from experiments.calibration.arrivals import DAY_TYPES, day_type, weekdays
from experiments.calibration.session_draws import occupancy_by_hour
from experiments.statistics.estimates import quantile_estimate

if TYPE_CHECKING:
    import datetime as dt

    from data.arrays import Floats

LEVELS: Final = {"p05": 0.05, "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
"""Quantiles that the measurements give, by name."""
_DAY_HOURS: Final = range(8, 20)
"""Hours that ST-EVCDP counts as day."""


def load_observed() -> pl.DataFrame:
    """Return the measurements: dataset, quantity, unit, day_type, key, value, low, high, count, source, confidence.

    ``key`` is an hour, ``day`` or ``night``, ``mean`` or a quantile such as ``p50``.
    """
    file = resources.files("data") / "reference" / "charging_observed.csv"
    text = dict.fromkeys(("dataset", "quantity", "unit", "day_type", "key", "source", "confidence"), pl.String)
    numbers = dict.fromkeys(("value", "low", "high", "count"), pl.Float64)
    return pl.read_csv(file.read_bytes(), schema_overrides={**text, **numbers})


def hourly(observed: pl.DataFrame, dataset: str, quantity: str, kind: str) -> Floats:
    """Return the 24 values of a dataset by hour; an hour without a row has 0."""
    rows = observed.filter(dataset=dataset, quantity=quantity, day_type=kind)
    values = np.zeros(HOURS)
    values[rows["key"].cast(pl.Int64).to_numpy()] = rows["value"].to_numpy()
    return values


def model_occupancy(sessions: pl.DataFrame, guns: int, first_day: dt.date, days: int) -> Floats:
    """Return the share of guns with a vehicle plugged in by type of day and hour, shape (2, 24).

    Parameters
    ----------
    sessions
        Run table of that name: ``replication, plug_min, leave_min``.
    guns
        Guns that these sessions can use.
    first_day, days
        Of the run.
    """
    stays = sessions.drop_nulls(["plug_min", "leave_min"])
    runs = sessions["replication"].n_unique()
    plugged = [
        occupancy_by_hour(rows["plug_min"].to_numpy(), rows["leave_min"].to_numpy(), first_day, days)
        for _, rows in stays.group_by("replication", maintain_order=True)
    ]
    return np.asarray(np.sum(plugged, axis=0) / (runs * guns), dtype=np.float64)


def compare_occupancy(observed: pl.DataFrame, model: Floats) -> pl.DataFrame:
    """Return occupancy by hour against the model's: dataset, day_type, means, busiest hours, correlation of the hours.

    Parameters
    ----------
    observed
        From `load_observed`.
    model
        From `model_occupancy`.
    """
    known = observed.filter(pl.col("quantity") == "occupancy", pl.col("key").str.contains(r"^\d+$"))
    rows = []
    for dataset, kind in known.select("dataset", "day_type").unique(maintain_order=True).iter_rows():
        seen, modelled = hourly(observed, dataset, "occupancy", kind), model[DAY_TYPES.index(kind)]
        rows.append(
            {
                "dataset": dataset,
                "day_type": kind,
                "observed_mean": float(seen.mean()),
                "model_mean": float(modelled.mean()),
                "observed_busiest_hour": int(seen.argmax()),
                "model_busiest_hour": int(modelled.argmax()),
                "correlation": float(np.corrcoef(seen, modelled)[0, 1]),
            }
        )
    return pl.DataFrame(rows)


def compare_day_and_night(observed: pl.DataFrame, model: Floats) -> pl.DataFrame:
    """Return mean occupancy from 8 to 20 h and at night: that of cities as measured, that of the model's workdays."""
    day = np.isin(np.arange(HOURS), _DAY_HOURS)
    modelled = {"day": float(model[0][day].mean()), "night": float(model[0][~day].mean())}
    known = observed.filter(pl.col("quantity") == "occupancy", pl.col("key").is_in(list(modelled)))
    wide = known.pivot("key", index="dataset", values="value").select("dataset", "day", "night")
    own = pl.DataFrame({"dataset": ["the model"], **{name: [value] for name, value in modelled.items()}})
    return pl.concat([wide, own]).with_columns(night_over_day=pl.col("night") / pl.col("day"))


def compare_quantiles(observed: pl.DataFrame, quantity: str, model: dict[str, Floats]) -> pl.DataFrame:
    """Return mean and quantiles of a quantity, measured and modelled, one row per dataset.

    Parameters
    ----------
    observed
        From `load_observed`.
    quantity
        ``session_energy``, ``plugged_time``, ``charging_time`` or ``piles_per_station``.
    model
        Values of the model by name of the row, in the unit of the measurements.
    """
    names = ("mean", *LEVELS)
    wide = observed.filter(pl.col("quantity") == quantity).pivot("key", index="dataset", values="value")
    seen = wide.select(
        "dataset", *(name if name in wide.columns else pl.lit(None, pl.Float64).alias(name) for name in names)
    )
    rows = [
        {"dataset": name, "mean": float(values.mean())}
        | {key: quantile_estimate(values.tolist(), quantile=level).value for key, level in LEVELS.items()}
        for name, values in model.items()
        if values.size
    ]
    return pl.concat([seen, pl.DataFrame(rows, schema=seen.schema)])


def arrival_shares(sessions: pl.DataFrame, first_day: dt.date) -> Floats:
    """Return the share of each hour in the requests of a run by type of day, shape (2, 24)."""
    minute = sessions["request_min"].to_numpy()
    day = (minute // DAY_MIN).astype(np.int64)
    kinds = day_type(weekdays(first_day, int(day.max()) + 1))[day]
    hours = (minute % DAY_MIN // 60.0).astype(np.int64)
    counts = np.zeros((len(DAY_TYPES), HOURS))
    np.add.at(counts, (kinds, hours), 1.0)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0), dtype=np.float64)


def compare_hours(observed: pl.DataFrame, model: dict[str, Floats]) -> pl.DataFrame:
    """Return how far hours of arrival are from the model's: the share of arrivals that would have to move.

    That is the total variation distance, between 0 and 1.

    Parameters
    ----------
    observed
        From `load_observed`.
    model
        From `arrival_shares`, by name.
    """
    known = observed.filter(pl.col("quantity") == "arrivals_by_hour")
    rows = []
    for dataset, kind in known.select("dataset", "day_type").unique(maintain_order=True).iter_rows():
        seen = hourly(observed, dataset, "arrivals_by_hour", kind)
        far = {
            name: float(0.5 * np.abs(seen / seen.sum() - shares[DAY_TYPES.index(kind)]).sum())
            for name, shares in model.items()
        }
        rows.append({"dataset": dataset, "day_type": kind, **far})
    return pl.DataFrame(rows)
