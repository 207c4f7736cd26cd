"""``simulate``: waterway, voyages, stations and vessels in; calls, tanks, vessels, locks and passages out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.errors import DataError, ScenarioError, nearest
from data.schemas.shipping import Voyages
from data.tables.validate import validate
from shipping.engine.inputs import check_inputs
from shipping.engine.network import FAIRWAY, River
from shipping.engine.passages import PASSAGES, passage_table
from shipping.engine.through_voyages import ACCOUNT, SAILED, through_accounts
from shipping.result import RiverResult
from shipping.river.locks import CHAMBERS, chamber_table
from shipping.river.waterway import Reaches
from shipping.schemas import Fleet, Supply

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import networkx as nx

    from shipping.ports.bunkering import Call, Truck
    from shipping.river.locks import Transit

SETTLE_MIN = 60.0 * 1440.0
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


def simulate(
    waterway: nx.DiGraph,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int = 0,
    days: float | None = None,
    closures: pl.DataFrame | None = None,
    passages: bool = False,
) -> RiverResult:
    """Simulate voyages on the river with locks and LNG bunkering.

    Parameters
    ----------
    waterway : networkx.DiGraph
        As from `shipping.waterway`, or made by hand: a line of nodes with ``chainage_km`` (km, rising downstream),
        and between neighbours an edge each way with ``current_km_h`` (km/h along the edge: positive helps). Edges may
        have ``depth_m`` and ``width_m``; a node with ``chambers`` (`shipping.river.chambers.Chamber`) and ``rules`` is
        a lock, which every voyage passes that begins on one side of it and ends on the other. With the graph's
        attribute ``period_start_min`` currents and depths may be tuples, a value a period.
    voyages : polars.DataFrame
        One row a voyage: ``voyage_id:i64, vessel_id:str, vessel_class:str, depart_min:f64, from_km:f64, to_km:f64,
        cargo_t:f64, load_share:f64`` (0 to 1), ``kind:"cycling"|"through"``. A cycling vessel sails its voyages in
        order of departure, each after the one before has ended, and bunkers; through voyages are independent of
        each other, whatever their vessel id, and never bunker.
    stations : polars.DataFrame
        `shipping.schemas.Supply`, one row an LNG station; may have no rows: ``station:str, chainage_km, berths:i64,
        pump_m3_h, mooring_min, precool_min, purge_min, open_h, close_h`` (0, 24: always open), ``tank_m3,
        fill_max_share, heel_share, reorder_share, truck_m3, truck_lead_h, truck_lead_cv, truck_unload_min,
        unload_alone:bool, boil_off_share_per_day, density_t_m3`` and optional ``tank_start_m3, berth_dwt``.
    vessels : polars.DataFrame
        `shipping.schemas.Fleet`, one row for every vessel id of the voyages: ``vessel_id:str, vessel_class:str,
        fuel:str, kind, dwt_t, hotel_kw, port_hotel_share, sfc_kg_kwh``; ``water_speed_km_h`` or ``set_kw``; the hull
        (``length_m, beam_m, draught_m``) or ``reference_kw, reference_speed_km_h, empty_power_share``; for a vessel
        that bunkers ``tank_m3, tank_start_m3, density_t_m3, fill_max_share, reserve_share, may_share``. The rest is
        optional.
    seed : int
        Seed of what is drawn at the stations: lead times of trucks and first tank levels.
    days : float, optional
        End of the simulation. None: when the last voyage has ended (at most 60 days after the last departure).
        A through vessel's way to its next lock or end counts in full if it began before.
    closures : polars.DataFrame, optional
        ``station, start_min, end_min``: when fog or flood closes stations, locks (by their node) or the ``fairway``:
        then locks are closed too, and vessels under way lie still. Who is being served then is finished.
    passages : bool
        Whether to log every reach that is sailed.

    Returns
    -------
    RiverResult
        Calls, tanks, vessels, trucks, voyages, locks, chambers and passages.

    Raises
    ------
    ScenarioError
        If `days` is not above 0.
    DataError
        If tables have faults, vessels are missing, places lie off the waterway, a reach has no length, a current
        stops a vessel, or a lock, berth or tank is too small for a vessel.
    """
    if days is not None and not days > 0.0:
        raise ScenarioError(f"days: got {days}; expected more than 0, or None.")
    reaches = Reaches.of(waterway)
    voyages = validate(voyages, Voyages, table="voyages")
    stations = validate(stations, Supply, table="stations")
    vessels = validate(vessels, Fleet, table="vessels")
    check_inputs(reaches, voyages, stations, vessels)
    closed = _closed(closures, [*stations["station"], *(site.node for site in reaches.locks), FAIRWAY])
    river = River(reaches, stations, seed, closed, log=passages)
    plans: dict[str, list[dict[str, Any]]] = {}
    for voyage in (
        voyages.filter(pl.col("kind") == "cycling").sort("depart_min", maintain_order=True).iter_rows(named=True)
    ):
        plans.setdefault(voyage["vessel_id"], []).append(voyage)
    for row in vessels.filter(pl.col("kind") == "cycling").iter_rows(named=True):
        river.add_vessel(row, plans.get(row["vessel_id"], ()))
    through = voyages.filter(pl.col("kind") == "through")
    river.add_through(through, vessels)
    last = float(voyages["depart_min"].max() or 0.0) if voyages.height else 0.0  # type: ignore[arg-type]
    end_min = river.run(None if days is None else 1440.0 * days, last + SETTLE_MIN)
    return _result(river, reaches, (stations, vessels, through), end_min)


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


def _closed(closures: pl.DataFrame | None, known: Sequence[str]) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the closures by what they close.

    Raises
    ------
    DataError
        A station or lock that is not there, or a closure that ends before it starts.
    """
    if closures is None:
        return {}
    found: dict[str, list[tuple[float, float]]] = {}
    for number, (name, start, end) in enumerate(closures.select("station", "start_min", "end_min").iter_rows(), 1):
        if name not in known:
            raise DataError(f"closures: row {number}: no station {name!r}.{nearest(name, known)}")
        if not start < end:
            raise DataError(f"closures: row {number}: from {start:g} to {end:g} min; expected an end after the start.")
        found.setdefault(name, []).append((start, end))
    return {name: tuple(sorted(spans)) for name, spans in found.items()}


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
