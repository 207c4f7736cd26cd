"""The tables of a river run, made from what its actors have kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from shipping.engine.through_voyages import ACCOUNT, SAILED, through_accounts
from shipping.result import RiverResult
from shipping.results.passages import PASSAGES, passage_table
from shipping.river.locks import CHAMBERS, chamber_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shipping.engine.network import River
    from shipping.ports.bunkering import Call, Truck
    from shipping.river.locks import Transit
    from shipping.river.reaches import Reaches


VOYAGES: Final = {
    "voyage_id": pl.Int64,
    "vessel_id": pl.String,
    **dict.fromkeys(("depart_min", "arrive_min", *SAILED), pl.Float64),
}
"""Schema of the table of voyages."""


LOCKS: Final = {
    "voyage_id": pl.Int64,
    "vessel_id": pl.String,
    "lock": pl.String,
    "direction": pl.String,
    **dict.fromkeys(("arrive_min", "start_min", "leave_min", "wait_min"), pl.Float64),
    "chamber": pl.String,
    "lockage": pl.Int64,
}
"""Schema of the table of locks."""


def _result(
    river: River, reaches: Reaches, inputs: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], end_min: float
) -> RiverResult:
    """Return the tables of a run that has ended."""
    stations, vessels, through = inputs
    sailed, log = river.sailed(end_min)
    own = river.accounts(vessels, {"vessel_id": pl.String, "voyages": pl.Int64, **ACCOUNT})
    logged = [(through["voyage_id"].to_numpy(), log), *((np.array([at]), rows) for at, rows in river.log or ())]
    frames = [
        chamber_table(lock, max(end_min, 1.0)).select(pl.lit(node).alias("lock"), pl.all())
        for node, lock in river.locks.items()
    ]
    trips = _frame(river.trips(), VOYAGES)
    return RiverResult(
        _calls(river.calls, stations),
        _frame(river.tank_rows, {"station": pl.String, **_floats("time_min", "level_m3"), "event": pl.String}),
        pl.concat([own, through_accounts(sailed, vessels)]),
        _trucks(river.trucks),
        pl.concat([trips, sailed.select(tuple(VOYAGES))]).sort("voyage_id"),
        _locks(river.transits),
        pl.concat([pl.DataFrame(schema={"lock": pl.String, **CHAMBERS}), *frames]),
        passage_table(reaches, logged) if river.log is not None else pl.DataFrame(schema=PASSAGES),
        end_min,
    )


def _calls(calls: list[Call], stations: pl.DataFrame) -> pl.DataFrame:
    """Return the table of calls; a wait ends with the berth or with giving up."""
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
    rows = [
        (voyage, vessel, lock, one.side, one.arrive_min, one.start_min, one.leave_min, None, one.chamber, one.lockage)
        for voyage, vessel, lock, one in transits
    ]
    return (
        _frame(rows, LOCKS)
        .with_columns(pl.col("start_min", "leave_min").fill_nan(None))
        .with_columns(wait_min=pl.col("start_min") - pl.col("arrive_min"))
    )


def _trucks(trucks: list[Truck]) -> pl.DataFrame:
    """Return the table of deliveries."""
    names = ("order_min", "due_min", "unload_min", "end_min", "volume_m3")
    rows = [(truck.station, *(getattr(truck, name) for name in names)) for truck in trucks]
    return _frame(rows, {"station": pl.String, **_floats(*names)})


def _floats(*names: str) -> dict[str, Any]:
    """Return a schema of number columns."""
    return dict.fromkeys(names, pl.Float64)


def _frame(rows: Iterable[tuple[Any, ...]], schema: dict[str, Any]) -> pl.DataFrame:
    """Return rows as a frame."""
    return pl.DataFrame(list(rows), schema=schema, orient="row")
