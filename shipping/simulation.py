"""``simulate``: waterway, voyages, stations and vessels in; calls, tanks, vessels, locks and passages out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import polars as pl

from data.arrays import DAY_MIN, scalar
from data.errors import DataError, ScenarioError, nearest
from data.schemas.shipping import Voyages
from data.tables.validate import validate
from shipping.engine.inputs import check_inputs
from shipping.engine.network import FAIRWAY, River
from shipping.engine.voyage_plan import VesselSpec, VoyageRow
from shipping.result import PortCalls
from shipping.results.river_tables import berth_table, call_table, river_result
from shipping.river.reaches import Reaches
from shipping.schemas import Fleet, Supply
from shipping.ships.ship_classes import vessel_designs

if TYPE_CHECKING:
    import networkx as nx

    from shipping.result import RiverResult

FOLLOWS: Final = pl.col("follows").is_not_null()
_SETTLE_MIN: Final = 60.0 * DAY_MIN  # after the last departure: no voyage takes as long, so it cuts off what is stuck


def simulate(
    waterway: nx.DiGraph | Reaches,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int = 0,
    days: float | None = None,
    closures: pl.DataFrame | None = None,
    terminals: pl.DataFrame | None = None,
    passages: bool = False,
) -> RiverResult:
    """Simulate voyages on the river with locks and LNG bunkering.

    Parameters
    ----------
    waterway : networkx.DiGraph or shipping.river.reaches.Reaches
        As from `shipping.waterway`, its reaches, or made by hand: a line of nodes with ``chainage_km`` (km, rising
        downstream), and between neighbours an edge each way with ``current_km_h`` (km/h along the edge: positive
        helps). Edges may have ``depth_m`` and ``width_m``; a node with ``chambers``
        (`shipping.river.chambers.Chamber`) and ``rules`` is a lock, which every voyage passes that begins on one side
        of it and ends on the other. With the graph's attribute ``period_start_min`` currents and depths may be tuples,
        one value per period. Reaches that are handed in again keep what depends on hulls and water alone.
    voyages : polars.DataFrame
        One row per voyage: ``voyage_id:i64, vessel_id:str, vessel_class:str, depart_min:f64, from_km:f64, to_km:f64,
        cargo_t:f64, load_share:f64`` (0 to 1), ``kind:"cycling"|"through"``, and on request ``follows:i64`` (the
        voyage before: ``depart_min`` is then the stay after its end). A cycling vessel sails its voyages in order of
        departure, each after the one before has ended, and bunkers; through voyages are independent of each other
        unless one follows another, whatever their vessel id, and never bunker. One that ends at a ``terminal:str`` is
        handled there for ``handling_min:f64`` when a berth is free; what follows it begins after that.
    stations : polars.DataFrame
        `shipping.schemas.Supply`, one row per LNG station; may have no rows: ``station:str, chainage_km, berths:i64,
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
        then locks are closed too, and vessels under way lie still. A call or lockage that has begun is finished.
    terminals : polars.DataFrame, optional
        ``terminal, berths``, of the terminals that voyages name.
    passages : bool
        Whether to log every reach that is sailed.

    Returns
    -------
    RiverResult
        Calls, tanks, vessels, trucks, voyages, locks, chambers, passages and berths.

    Raises
    ------
    ScenarioError
        If `days` is not above 0.
    DataError
        If tables have faults, vessels are missing, places lie off the waterway, a reach has no length, a current
        stops a vessel, or a lock, berth or tank is too small for a vessel.
    """
    river, inputs, end_min = simulated_river(
        waterway,
        voyages,
        stations,
        vessels=vessels,
        seed=seed,
        days=days,
        closures=closures,
        terminals=terminals,
        passages=passages,
    )
    result = river_result(river, river.reaches, inputs, end_min)
    river.close()
    return result


def simulate_calls(
    waterway: nx.DiGraph | Reaches,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int = 0,
    days: float | None = None,
    closures: pl.DataFrame | None = None,
    terminals: pl.DataFrame | None = None,
) -> PortCalls:
    """Simulate as `simulate` does, and return only who called at stations and terminals.

    The way of every vessel is simulated, but what it took is not added up: a tenth of the time is saved for those who
    ask for waits in ports alone. Parameters, and errors raised, are those of `simulate`.
    """
    river, (known, _, _), _ = simulated_river(
        waterway,
        voyages,
        stations,
        vessels=vessels,
        seed=seed,
        days=days,
        closures=closures,
        terminals=terminals,
    )
    result = PortCalls(call_table(river.calls, known), berth_table(river.moored))
    river.close()
    return result


def simulated_river(
    waterway: nx.DiGraph | Reaches,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    *,
    vessels: pl.DataFrame,
    seed: int,
    days: float | None,
    closures: pl.DataFrame | None,
    terminals: pl.DataFrame | None = None,
    passages: bool = False,
) -> tuple[River, tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], float]:
    """Return the actors at the end of a simulation, its stations, vessels and through voyages, and its end in min.

    Parameters, and errors raised, are those of `simulate`.
    """
    if days is not None and not days > 0.0:
        raise ScenarioError(f"days: got {days}; expected more than 0, or None.")
    reaches = waterway if isinstance(waterway, Reaches) else Reaches.from_graph(waterway)
    voyages = validate(voyages, Voyages, table="voyages")
    stations = validate(stations, Supply, table="stations")
    vessels = validate(vessels, Fleet, table="vessels")
    berths = {} if terminals is None else dict(terminals.select("terminal", "berths").iter_rows())
    check_inputs(reaches, voyages, stations, vessels, berths)
    closed = closures_by_name(closures, reaches, stations)
    river = River(reaches, stations, seed, closed, log=passages, terminals=berths)
    plans = voyage_plans(voyages)
    design_of = vessel_designs(vessels)
    for spec in VesselSpec.from_table(vessels.filter(pl.col("kind") == "cycling"), design_of):
        river.add_vessel(spec, plans.get(spec.vessel_id, ()))
    through = voyages.filter(pl.col("kind") == "through")
    priority_of = dict(vessels.select("vessel_id", "lock_priority").iter_rows())
    end_min = math.inf if days is None else DAY_MIN * days
    river.add_through(through, design_of, priority_of, end_min=end_min)
    if days is not None:
        return river, (stations, vessels, through), river.run(end_min)
    # stays after voyages are counted as if each began at once: what is stuck is cut off the later
    last = scalar(voyages, pl.col("depart_min").max() + pl.col("depart_min").filter(FOLLOWS).sum(), default=0.0)
    return river, (stations, vessels, through), river.run(None, last + _SETTLE_MIN)


def voyage_plans(voyages: pl.DataFrame) -> dict[str, list[VoyageRow]]:
    """Return the voyages of each cycling vessel in order of departure."""
    plans: dict[str, list[VoyageRow]] = {}
    # one that follows another has a stay instead of a time, and comes after it by its id
    order = pl.when(pl.col("follows").is_null()).then("depart_min").otherwise(None)
    cycling = voyages.filter(pl.col("kind") == "cycling").sort(order, "voyage_id", nulls_last=True, maintain_order=True)
    for row in cycling.select(VoyageRow._fields).iter_rows():
        voyage = VoyageRow._make(row)
        plans.setdefault(voyage.vessel_id, []).append(voyage)
    return plans


def closures_by_name(
    closures: pl.DataFrame | None, reaches: Reaches, stations: pl.DataFrame
) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return the closures of stations, locks and fairway by what they close.

    Raises
    ------
    DataError
        A station or lock that is not there, or a closure that ends before it starts.
    """
    if closures is None:
        return {}
    known = [*stations["station"], *(site.node for site in reaches.locks), FAIRWAY]
    spans_of: dict[str, list[tuple[float, float]]] = {}
    for number, (name, start, end) in enumerate(closures.select("station", "start_min", "end_min").iter_rows(), 1):
        if name not in known:
            raise DataError(f"closures: row {number}: no station {name!r}.{nearest(name, known)}")
        if not start < end:
            raise DataError(f"closures: row {number}: from {start:g} to {end:g} min; expected an end after the start.")
        spans_of.setdefault(name, []).append((start, end))
    return {name: tuple(sorted(spans)) for name, spans in spans_of.items()}
