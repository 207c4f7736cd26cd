"""Logged sessions become what a simulation takes: requests, ways to their stations, and a layout of these."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from data.schemas.charging import Layout, Requests, Travel
from data.tables.validate import validate

if TYPE_CHECKING:
    from data.county import County
    from data.imports.sessions.session_log import SessionLog

_LEAST_KW: Final = 0.1
"""A session that took hours for nothing: its power is not zero, which no request may have."""


@dataclass(frozen=True, slots=True)
class Efficiencies:
    """Energy into the battery per energy at the meter, by current."""

    ac: float
    dc: float

    @classmethod
    def from_county(cls, county: County) -> Efficiencies:
        """Return the county's figures."""
        return cls(county.figure("charging.efficiency_ac"), county.figure("charging.efficiency_dc"))


@dataclass(frozen=True)
class Replay:
    """A log as inputs of a simulation.

    Attributes
    ----------
    requests : polars.DataFrame
        `data.schemas.charging.Requests`: one per session, who leaves at the logged time, full or not.
    travel : polars.DataFrame
        `data.schemas.charging.Travel`: each station is reached at once from the origin of its sessions alone.
    layout : polars.DataFrame
        `data.schemas.charging.Layout`: one station per site of the log (or per station, where it names no sites).
    """

    requests: pl.DataFrame
    travel: pl.DataFrame
    layout: pl.DataFrame


def replay(
    log: SessionLog,
    efficiencies: Efficiencies,
    *,
    town: str | None = None,
    pile_kw: float | None = None,
    connection_kw: float | None = None,
) -> Replay:
    """Return the inputs that simulate a log's sessions as they were.

    Energy and power of requests are on the battery's side, as a simulation takes them: those at the meter times the
    efficiency. Power is the logged maximum, otherwise the mean until charging was done, or until the vehicle left.

    Parameters
    ----------
    log
        Cleaned; see `data.imports.sessions.cleaning.cleaned`.
    efficiencies
        Of charging.
    town
        Town of the stations.
    pile_kw
        Rating of piles whose rows state none; otherwise the highest power that was seen there.
    connection_kw
        Connection of every site, kW; None where it never binds.
    """
    sessions = _with_power(log.sessions).with_columns(place=pl.coalesce("site", "station_id"))
    sessions = sessions.with_columns(current=_currents(sessions))
    efficiency = pl.when(pl.col("current") == "dc").then(efficiencies.dc).otherwise(efficiencies.ac)
    requests = sessions.with_row_index("request_id").select(
        pl.col("request_id").cast(pl.Int64),
        arrive_min="start_min",
        origin=_origin(),
        current="current",
        energy_kwh=pl.col("energy_kwh") * efficiency,
        accept_kw=pl.col("mean_kw") * efficiency,
        # the whole stay: who is full waits at the gun until leave_by_min
        overstay_min=pl.col("end_min") - pl.col("start_min"),
        leave_by_min="end_min",
    )
    layout = _layout(sessions, town, pile_kw, connection_kw)
    stations = layout["station_id"].unique(maintain_order=True)
    travel = pl.DataFrame({"place": stations}).select(
        origin=_origin(), station_id="place", minutes=pl.lit(0.0), km=pl.lit(0.0)
    )
    return Replay(
        validate(requests, Requests, table="requests"), validate(travel, Travel, table="travel"), layout
    )  # fmt: skip


def _origin() -> pl.Expr:
    """Return the origin from which only a place's own station is reached."""
    return pl.concat_str(pl.lit("at "), "place")


def _currents(sessions: pl.DataFrame) -> pl.Series:
    """Return the current of each session: AC where nothing is said, since logs of AC seldom say so."""
    return sessions["current"].fill_null("ac")


def _with_power(sessions: pl.DataFrame) -> pl.DataFrame:
    """Add the power that a vehicle took, ``mean_kw`` at the meter."""
    until = pl.coalesce("done_min", "end_min")
    mean = 60.0 * pl.col("energy_kwh") / (until - pl.col("start_min"))
    # a logged maximum below the mean is an error of the log: the energy did flow
    power = pl.max_horizontal(mean, pl.col("max_kw"))
    finite = pl.when(power.is_finite()).then(power).otherwise(None)
    return sessions.with_columns(mean_kw=finite.fill_null(_LEAST_KW).clip(_LEAST_KW))


def _layout(
    sessions: pl.DataFrame, town: str | None, pile_kw: float | None, connection_kw: float | None
) -> pl.DataFrame:
    """Return the stations at which the sessions were."""
    groups = []
    for (place, current), rows in sessions.group_by("place", "current", maintain_order=True):
        rated = rows["pile_kw"].max()
        rating = float(str(rated)) if rated is not None else pile_kw
        if rating is None:
            # rounded up: the pile gave that much at least
            rating = math.ceil(10.0 * float(rows["mean_kw"].to_numpy().max())) / 10.0
        groups.append(
            {
                "station_id": str(place),
                "group_id": str(current),
                "town": town,
                "current": str(current),
                "pile_kw": rating,
                "piles": _guns(rows),
                "guns_per_pile": 1,
                "sharing": "exclusive",
                "transformer_kw": connection_kw,
            }
        )
    schema = {name: column.dtype for name, column in Layout.columns().items() if name in groups[0]}
    return validate(pl.DataFrame(groups, schema=schema).sort("station_id", "group_id"), Layout, table="layout").select(
        *Layout.column_names()[:10]
    )


def _guns(rows: pl.DataFrame) -> int:
    """Return the guns of a place: as the log says, or as many as were in use at one time."""
    known = rows.group_by("station_id").agg(pl.col("guns").max())
    if known["guns"].null_count() == 0:
        return int(known["guns"].sum())
    changes = pl.concat(
        [
            rows.select(minute="start_min", change=pl.lit(1)),
            # who leaves frees the gun before who comes takes it
            rows.select(minute="end_min", change=pl.lit(-1)),
        ]
    ).sort("minute", "change")
    return int(changes["change"].cum_sum().to_numpy().max())
