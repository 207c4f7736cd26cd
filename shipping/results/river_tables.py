"""The tables of a river run, made from what its actors have kept."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from shipping.engine.through_voyages import through_totals
from shipping.engine.voyage_totals import TOTALS
from shipping.result import RiverResult
from shipping.results.passages import PASSAGES, passage_table
from shipping.river.locks import CHAMBERS, chamber_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shipping.engine.network import River
    from shipping.ports.bunkering import Call, Truck
    from shipping.ports.quay import QuayCall
    from shipping.river.locks import Transit
    from shipping.river.reaches import Reaches

    Schema = Mapping[str, type[pl.DataType]]


VOYAGES: Schema = {
    "voyage_id": pl.Int64,
    "vessel_id": pl.String,
    **dict.fromkeys(("depart_min", "arrive_min", *TOTALS), pl.Float64),
}
"""Schema of the table of voyages."""


LOCKS: Schema = {
    "voyage_id": pl.Int64,
    "vessel_id": pl.String,
    "lock": pl.String,
    "direction": pl.String,
    **dict.fromkeys(("arrive_min", "start_min", "leave_min", "wait_min"), pl.Float64),
    "chamber": pl.String,
    "lockage": pl.Int64,
}
"""Schema of the table of locks."""
BERTHS: Schema = {
    "call_id": pl.Int64,
    "vessel_id": pl.String,
    "terminal": pl.String,
    **dict.fromkeys(("arrive_min", "cargo_t", "start_min", "leave_min", "wait_min", "stay_min"), pl.Float64),
}
"""Schema of the table of vessels at terminals."""
_OF_TRANSIT: Final = ("side", "arrive_min", "start_min", "leave_min", "chamber", "lockage")


def river_result(
    river: River, reaches: Reaches, inputs: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], end_min: float
) -> RiverResult:
    """Return the tables of a run that has ended."""
    stations, vessels, through = inputs
    sailed, log = river.sailed(end_min)
    cycling = river.vessel_totals(vessels)
    logged = [
        (through["voyage_id"].to_numpy(), log),
        *((np.array([voyage_id]), rows) for voyage_id, rows in river.log or ()),
    ]
    # a run without any time has no use to share: 1 min keeps the division
    span_min = max(end_min, 1.0)
    frames = [
        chamber_table(lock, span_min).select(pl.lit(node).alias("lock"), pl.all()) for node, lock in river.locks.items()
    ]
    trips = _frame(river.trips(), VOYAGES)
    return RiverResult(
        call_table(river.calls, stations),
        _frame(river.tank_rows, {"station": pl.String, **_floats("time_min", "level_m3"), "event": pl.String}),
        pl.concat([cycling, through_totals(sailed, vessels)]),
        _trucks(river.trucks),
        # one order for both kinds, whatever they were simulated by
        pl.concat([trips, sailed.select(tuple(VOYAGES))]).sort("voyage_id"),
        _locks(river.transits()),
        pl.concat([pl.DataFrame(schema={"lock": pl.String, **CHAMBERS}), *frames]),
        passage_table(reaches, logged) if river.log is not None else pl.DataFrame(schema=PASSAGES),
        berth_table(river.moored),
        end_min,
    )


def call_table(calls: list[Call], stations: pl.DataFrame) -> pl.DataFrame:
    """Return the table of calls at some stations; a wait ends with the berth or with giving up."""
    density = dict(stations.select("station", "density_t_m3").iter_rows())
    rows = [
        (
            number,
            call.vessel_id,
            call.station,
            call.arrive_min,
            call.start_min,
            call.end_min,
            None if call.wait_end_min is None else call.wait_end_min - call.arrive_min,
            call.volume_m3,
            None if call.volume_m3 is None else call.volume_m3 * density[call.station],
            call.outcome,
        )
        for number, call in enumerate(calls)
    ]
    numbers = ("arrive_min", "start_min", "end_min", "wait_min", "volume_m3", "mass_t")
    names = {"call_id": pl.Int64, "vessel_id": pl.String, "station": pl.String}
    return _frame(rows, {**names, **_floats(*numbers), "outcome": pl.String})


def _locks(transits: list[tuple[int, str, str, Transit]]) -> pl.DataFrame:
    """Return the table of vessels at locks."""
    if not transits:
        return pl.DataFrame(schema=LOCKS)
    shown = attrgetter(*_OF_TRANSIT)
    rows = [(voyage, vessel, lock, *shown(transit)) for voyage, vessel, lock, transit in transits]
    return (
        _frame(rows, {name: kind for name, kind in LOCKS.items() if name != "wait_min"})
        # NaN marks what had not happened by the end; a table shows null
        .with_columns(pl.col("start_min", "leave_min").fill_nan(None))
        .with_columns(wait_min=pl.col("start_min") - pl.col("arrive_min"))
        .select(tuple(LOCKS))
    )


def berth_table(calls: list[QuayCall]) -> pl.DataFrame:
    """Return the table of vessels at terminals."""
    if not calls:
        return pl.DataFrame(schema=BERTHS)
    columns = [name for name in BERTHS if name != "wait_min"]
    rows = [tuple(getattr(call, name) for name in columns) for call in calls]
    return (
        _frame(rows, {name: BERTHS[name] for name in columns})
        .with_columns(pl.col("start_min", "leave_min").fill_nan(None))
        .with_columns(wait_min=pl.col("start_min") - pl.col("arrive_min"))
        .select(tuple(BERTHS))
    )


def _trucks(trucks: list[Truck]) -> pl.DataFrame:
    """Return the table of deliveries."""
    names = ("order_min", "due_min", "unload_min", "end_min", "volume_m3")
    rows = [(truck.station, *(getattr(truck, name) for name in names)) for truck in trucks]
    return _frame(rows, {"station": pl.String, **_floats(*names)})


def _floats(*names: str) -> dict[str, type[pl.DataType]]:
    """Return a schema of number columns."""
    return dict.fromkeys(names, pl.Float64)


def _frame(rows: Iterable[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    """Return rows as a frame."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return pl.DataFrame(schema=schema)
    # column by column, which takes half the time of row by row
    named = zip(schema.items(), columns, strict=True)
    return pl.DataFrame([pl.Series(name, values, dtype=kind) for (name, kind), values in named])
