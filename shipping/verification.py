"""The river model against published values, closed forms and timelines by hand, for ``xijiang verify`` and the tests.

No county is read: waterway, vessels and stations are made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
import polars as pl
from scipy import stats

from charging.queueing.formulas import wait_mmc
from data.factors import lmdi
from data.streams import stream
from data.verification import Check
from shipping.parameters.port_parameters import ShoreParameters
from shipping.ports.berths import simulate_terminals
from shipping.ports.box_swaps import simulate_box_swaps
from shipping.results.checks import check_mass_balance
from shipping.river.chambers import Chamber, LockRules, pack
from shipping.river.closures import OpenTime
from shipping.river.single_lock import simulate_lock
from shipping.river.waterway import geodesic_km
from shipping.schemas import Supply
from shipping.ships.brake_power import PowerCurve, brake_kw
from shipping.ships.engines import part_load_factor, slip_factor
from shipping.ships.fuels import ShipFuel
from shipping.ships.hulls import Hull
from shipping.ships.shallow_water import squat_m
from shipping.simulation import simulate
from shipping.traffic.yearly import tilted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shipping.result import RiverResult

    Case = tuple[str, str, float, float, float]

_PUBLISHED: Final = {(58.0, 10.8, 2.6): 9.2, (58.0, 11.0, 3.0): 10.0, (110.0, 11.4, 3.5): 16.7, (78.0, 15.6, 4.0): 18.5}
_DOORS_MIN, _FILL_MIN = 4.0, 12.0  # of the chambers of the cases
_RULES: Final = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0)
_HAND: Final = "timeline by hand"
_BATCHES: Final = 30  # of a mean: few enough to be long, many enough for a quantile of Student's t


def checks() -> Iterator[Check]:
    """Yield the checks of the shipping room."""
    for group in (_hulls, _sailing, _locks, _stations, _terminals, _low_water, _batteries, _carbon):
        for name, source, expected, got, tolerance in group():
            yield Check("shipping", name, source, expected, got, tolerance)


def _hulls() -> Iterator[Case]:
    """Yield brake energy, shallow water, squat, and both ways of the curve."""
    for size, expected in _PUBLISHED.items():
        got = float(brake_kw(Hull(*size), 10.0, depth_m=10.0)) / 10.0
        name = f"hull {size[0]:.0f} x {size[1]:g} x {size[2]:g} m at 10 km/h, kWh per km"
        yield name, "Holtrop and Mennen as adapted by Segers (2021), +-15 %", expected, got, 0.15 * expected
    tanker = Hull(135.0, 11.4, 2.6)
    power = {depth: float(brake_kw(tanker, 12.0, depth_m=depth)) for depth in (6.0, 4.5, 3.2)}
    published = "published voyage of a tanker of 135 x 11.4 x 2.6 m"
    yield "power, 4.5 m of water over 6 m", published, 1.34, power[4.5] / power[6.0], 0.11
    yield "power, 3.2 m of water over 6 m", published, 1.60, power[3.2] / power[6.0], 0.2
    energy = brake_kw(tanker, np.array([10.0, 15.0]), depth_m=np.inf) / np.array([10.0, 15.0])
    exponent = float(np.log(energy[1] / energy[0]) / np.log(1.5))
    yield "speed exponent of energy per km, deep water", "displacement hulls, 1.8 to 2.6", 2.2, exponent, 0.4
    hull = Hull(100.0, 10.0, 3.0)
    by_hand = 0.85 * (30.0 / 900.0) ** 0.81 * 10.0**2.08 / 20.0
    yield (
        "squat at 10 knots, m",
        "Barrass (1979)",
        by_hand,
        float(squat_m(hull, 18.52, depth_m=6.0, width_m=150.0)),
        1e-9,
    )
    curve = PowerCurve.from_hull(hull, depth_m=6.0)
    yield "speed of the power of 12 km/h, km/h", "inverse", 12.0, float(curve.speed(curve.power(12.0))), 1e-9
    for load, factor in ((0.8, 1.0032), (0.29, 1.1123655)):
        name = f"consumption at {load:.0%} load over the best"
        yield name, "Fourth IMO GHG Study (2020)", factor, float(part_load_factor(load)), 1e-9


def _sailing() -> Iterator[Case]:
    """Yield currents, set power, closures, and the length of a geodesic."""
    slack, down, up = (_energy(current) for current in (0.0, 3.0, -3.0))
    yield "energy upstream over slack, 3 of 15 km/h", "v / (v - c)", 15.0 / 12.0, up / slack, 1e-12
    yield "energy downstream over slack", "v / (v + c)", 15.0 / 18.0, down / slack, 1e-12
    done = _sailed({"set_kw": 400.0, "water_speed_km_h": None, "hotel_kw": 0.0}, 2.0)
    hours = float(done.voyages["sailing_h"][0])
    yield (
        "energy of a power that is set, kWh",
        "power x time",
        400.0 * hours,
        float(done.voyages["energy_kwh"][0]),
        1e-9,
    )
    still = OpenTime.from_closures([(100.0, 160.0)])
    yield "arrival through a closure, min", _HAND, 260.0, still.after_one(80.0, 120.0), 1e-12
    yield (
        "0.01 degrees of longitude at 23.1 N, km",
        "geodesic (Karney 2013)",
        1.02447,
        geodesic_km(111.5, 23.1, 111.51, 23.1),
        1e-4,
    )


def _energy(current_km_h: float) -> float:
    """Return the energy of 60 km at 15 km/h with a current along the way."""
    return float(_sailed({"water_speed_km_h": 15.0}, current_km_h).voyages["energy_kwh"][0])


def _sailed(vessel: dict[str, float | None], current_km_h: float) -> RiverResult:
    """Return a run of one voyage of 60 km."""
    return simulate(
        _line(60.0, current_km_h), _voyages(60.0), Supply.create_empty(), vessels=_fleet("through", **vessel)
    )


def _line(length_km: float, current_km_h: float = 0.0) -> nx.DiGraph:
    """Return a waterway of one reach."""
    graph = nx.DiGraph()
    graph.add_node("a", chainage_km=0.0)
    graph.add_node("b", chainage_km=length_km)
    graph.add_edge("a", "b", length_km=length_km, current_km_h=current_km_h)
    graph.add_edge("b", "a", length_km=length_km, current_km_h=-current_km_h)
    return graph


def _voyages(length_km: float, kind: str = "through") -> pl.DataFrame:
    """Return one voyage down the reach at minute 0."""
    row = {"voyage_id": 0, "vessel_id": "v", "vessel_class": "v", "depart_min": 0.0, "from_km": 0.0, "to_km": length_km}
    return pl.DataFrame([{**row, "cargo_t": 1000.0, "load_share": 1.0, "kind": kind}])


def _fleet(kind: str, **changes: float | None) -> pl.DataFrame:
    """Return a vessel of 420 kW at 15 km/h, 10 kW of hotel load."""
    row: dict[str, Any] = {"vessel_id": "v", "vessel_class": "v", "fuel": "lng", "kind": kind, "dwt_t": 1000.0}
    row |= {"reference_kw": 420.0, "reference_speed_km_h": 15.0, "water_speed_km_h": 15.0, "empty_power_share": 1.0}
    row |= {"hotel_kw": 10.0, "port_hotel_share": 0.0, "sfc_kg_kwh": 0.2, **changes}
    return pl.DataFrame([row], infer_schema_length=None)


def _locks() -> Iterator[Case]:
    """Yield packing, throughput and timelines of locks."""
    yield "vessels of 100 x 20 m in 400 x 50 m", "two lanes of four", 8.0, float(_packed(100.0, 20.0, 400.0, 50.0)), 0.0
    yield "vessels of 78 x 15.6 m in 340 x 34 m", "two lanes of four", 8.0, float(_packed(78.0, 15.6, 340.0, 34.0)), 0.0
    chamber = Chamber("c", 160.0, 32.0, 5.0, _FILL_MIN, _DOORS_MIN)
    queue = [("up", 0.0)] * 100 + [("down", 0.0)] * 100
    done = _locked(queue, chamber)
    cycle = 4 * 5.0 + 2 * _DOORS_MIN + _FILL_MIN
    yield "saturated chamber of four, last of 200 leaves, min", "50 lockages", 50.0 * cycle, _last(done), 1e-9
    yield "vessels per lockage of a saturated chamber", "four fit", 4.0, 200.0 / done["lockage"].n_unique(), 0.0
    # Little: the mean number that waits over the run is the sum of the waits over its length
    waits = np.repeat(np.arange(50.0) * cycle, 4).sum()
    yield "sum of the waits at it, min", "arithmetic series", float(waits), float(done["wait_min"].sum()), 1e-6
    meeting = _locked([("up", 0.0), ("down", 1.0)], chamber)
    yield "two that meet at a lock, second leaves, min", _HAND, 50.0, _last(meeting), 1e-9
    yield "one from the other side, leaves, min", _HAND, 45.0, _last(_locked([("down", 0.0)], chamber)), 1e-9
    hold = LockRules(entry_min=3.0, exit_min=2.0, gap_m=0.0, side_m=0.0, hold_min=60.0)
    filled = _locked([("up", float(minute)) for minute in (0, 4, 8, 12)], chamber, hold)
    yield "held chamber goes when it is full, min", _HAND, 12.0, float(filled["start_min"][0]), 1e-9
    plan = LockRules(gap_m=0.0, side_m=0.0, plan_min=240.0, lead_min=120.0)
    yield "planned every 4 h, called 2 h ahead, asks at 1, min", _HAND, 360.0, plan.ready_min(1.0), 0.0


def _packed(length_m: float, beam_m: float, chamber_m: float, width_m: float) -> int:
    """Return how many equal vessels a chamber takes."""
    return len(pack([(length_m, beam_m)] * 30, length_m=chamber_m, width_m=width_m))


def _locked(arrivals: list[tuple[str, float]], chamber: Chamber, rules: LockRules = _RULES) -> pl.DataFrame:
    """Return the passages of vessels of 78 x 15.6 m at a lock."""
    table = pl.DataFrame(arrivals, schema=["direction", "arrive_min"], orient="row").with_row_index("vessel_id")
    sized = table.with_columns(length_m=pl.lit(78.0), beam_m=pl.lit(15.6), draught_m=pl.lit(4.0))
    return simulate_lock(sized, [chamber], rules=rules).passages


def _last(passages: pl.DataFrame) -> float:
    """Return when the last vessel leaves."""
    return float(passages["leave_min"].to_numpy().max())


def _stations() -> Iterator[Case]:
    """Yield a call at an LNG station by hand, its tank's balance, and boil-off."""
    quay = {"station": "quay", "chainage_km": 30.0, "berths": 1, "pump_m3_h": 60.0, "mooring_min": 10.0}
    quay |= {"precool_min": 20.0, "purge_min": 15.0, "open_h": 0.0, "close_h": 24.0, "tank_m3": 100.0}
    quay |= {"tank_start_m3": 40.0, "fill_max_share": 0.9, "heel_share": 0.05, "reorder_share": 0.2, "truck_m3": 20.0}
    quay |= {"truck_lead_h": 5.0, "truck_lead_cv": 0.0, "truck_unload_min": 30.0, "unload_alone": True}
    quay |= {"boil_off_share_per_day": 0.01, "density_t_m3": 0.43}
    tank = {"tank_m3": 40.0, "tank_start_m3": 16.0, "density_t_m3": 0.43, "fill_max_share": 0.9, "reserve_share": 0.1}
    # 1 m3 an hour under way: 430 kg
    vessel = _fleet("cycling", **tank, may_share=0.5, sfc_kg_kwh=1.0, reference_kw=430.0, hotel_kw=0.0)
    done = simulate(_line(60.0), _voyages(60.0, "cycling"), pl.DataFrame([quay]), vessels=vessel, days=4.0)
    # 2 h to the quay burn 2 m3: 14 are left, 22 wanted at 60 m3/h
    end, volume = (float(done.calls[name][0]) for name in ("end_min", "volume_m3"))
    yield "call at an LNG station, ends, min", _HAND, 120.0 + 10.0 + 20.0 + 22.0 + 15.0, end, 1e-9
    yield "LNG bunkered, m3", _HAND, 22.0, volume, 1e-9
    error = float(check_mass_balance(done)["error_m3"][0])
    yield "LNG balance of the station, m3", "what comes in goes out", 0.0, error, 1e-9
    full = pl.DataFrame([{**quay, "tank_start_m3": 80.0}])
    idle = simulate(_line(60.0), _voyages(60.0), full, vessels=_fleet("through"), days=3.5)
    left = float(idle.tanks["level_m3"][-1])
    yield "tank of 80 m3 after three days of 1 % boil-off, m3", "(1 - b)^n", 80.0 * 0.99**3, left, 1e-9


def _terminals() -> Iterator[Case]:
    """Yield the wait at berths against Erlang C: M/M/3 at 80 % use."""
    calls, mean_min = 40_000, 60.0
    arrive = np.cumsum(stream(1, "verify", "terminal arrivals").exponential(mean_min / 2.4, calls))
    stay = stream(1, "verify", "terminal stays").exponential(mean_min, calls)
    table = pl.DataFrame({"call_id": np.arange(calls), "arrive_min": arrive, "stay_min": stay}).with_columns(
        terminal=pl.lit("t"), cargo_t=pl.lit(1000.0)
    )
    berths = pl.DataFrame({"terminal": ["t"], "berths": [3], "shore_power_kw": [0.0]})
    found = simulate_terminals(berths, table, days=float(arrive[-1]) / 1440.0, shore_after_h=2.0)
    waits = found.calls["wait_min"].to_numpy()
    means = waits[: calls // _BATCHES * _BATCHES].reshape(_BATCHES, -1).mean(axis=1)
    half = float(stats.t.ppf(0.975, _BATCHES - 1) * means.std(ddof=1) / np.sqrt(_BATCHES))
    yield "wait at 3 berths, 2.4 Erlang, min", "Erlang C", mean_min * wait_mmc(3, 2.4), float(waits.mean()), half
    # on the river: 60 km at 15 km/h; the second vessel comes 30 min after the first and waits for its 200 min
    both = pl.concat([_voyages(60.0), _voyages(60.0).with_columns(voyage_id=pl.lit(1, pl.Int64), depart_min=30.0)])
    both = both.with_columns(terminal=pl.lit("t"), handling_min=200.0)
    one = berths.with_columns(berths=pl.lit(1))
    sailed = simulate(_line(60.0), both, Supply.create_empty(), vessels=_fleet("through"), terminals=one)
    last = float(sailed.berths["leave_min"].to_numpy().max())
    yield "second vessel leaves a berth on the river, min", _HAND, 240.0 + 2 * 200.0, last, 1e-9
    rate = float(found.terminals["calls_per_day"][0])
    # over the days that the calls cover
    yield "calls a day at the terminal", "arrivals over days", calls / (float(arrive[-1]) / 1440.0), rate, 1e-9


def _low_water() -> Iterator[Case]:
    """Yield what vessels load in low water, and what is left ashore."""
    graph = _line(60.0)
    graph.graph["keel_m"] = 0.4
    for edge in graph.edges:
        graph.edges[edge]["depth_m"] = 4.0
    hull = {"length_m": 78.0, "beam_m": 15.6, "draught_m": 4.0, "empty_draught_m": 2.0}
    done = simulate(graph, _voyages(60.0), Supply.create_empty(), vessels=_fleet("through", **hull)).voyages
    # it draws 2 m empty and 4 m full, and may draw 3.6 m
    source = "(4.0 - 0.4 - 2.0) / 2.0 of the cargo"
    yield (
        "cargo in 4 m of water with 0.4 m under the keel, t km",
        source,
        800.0 * 60.0,
        float(done["cargo_tkm"][0]),
        1e-6,
    )
    yield "cargo left ashore there, t", source, 200.0, float(done["cargo_left_t"][0]), 1e-9


def _batteries() -> Iterator[Case]:
    """Yield boxes and their energy."""
    shore = ShoreParameters(1, 600.0, 1250.0, 0.92, 1540.0, 4, 20.0)
    row = {"request_id": 0, "arrive_min": 0.0, "vehicle_class": "v", "energy_kwh": 2000.0, "battery_kwh": 2400.0}
    done = simulate_box_swaps(shore, pl.DataFrame([row]))
    yield "four boxes of 1,540 kWh, kWh", "4 x 1,540", 6160.0, float(done.stations["stock_kwh"][0]), 0.0
    yield "boxes of a battery of 2,400 kWh", "whole boxes", 2.0, float(done.swaps["boxes"][0]), 0.0
    # shaft over chain: 1,847.8 kWh at the shaft, 0.85 from the shore meter to it
    meter = float(done.load["meter_kwh"].sum())
    yield "shaft energy over energy at the meter", "0.85, once", 0.85, 2000.0 * 0.85 / 0.92 / meter, 1e-9


def _carbon() -> Iterator[Case]:
    """Yield factors of fuels, what LNG must carry, sizes of ships and the parts of a change."""
    diesel = ShipFuel(3.095909637, 3.2551064, 0.0, 0.61488, None, 28.0, 42.7).emissions()
    yield "diesel at 200 g/kWh, tank to wake, g CO2e", "FuelEU, AR5", 651.0, 200.0 * diesel.tank_kgco2e, 0.05
    yield "diesel at 200 g/kWh, well to wake, g CO2e", "FuelEU, AR5", 774.0, 200.0 * diesel.well_kgco2e, 0.05
    # GWP of AR4, as in the regulation: 25 and 298
    gas = ShipFuel(2.75, 2.75 + 0.00011 * 298.0, 0.0, 0.90835, 0.031, 25.0, 49.1)
    got = gas.emissions().tank_kgco2e / 0.0491
    yield "LNG, Otto medium speed, tank to wake, g per MJ", "worked example W2 (FuelEU)", 70.703, got, 6e-4
    burnt = gas.emissions(slip_share=0.032).tank_kgco2
    yield "CO2 of a kg of LNG of which 3.2 % slips, kg", "(1 - s) x 2.75", 2.662, burnt, 1e-12
    saved = 1.0 - 0.165 * 0.968 * 2.75 / (0.205 * 3.095909637)
    per_kwh = 0.165 * burnt / (0.205 * diesel.tank_kgco2)
    yield "LNG share of energy for 5 % less CO2", "0.05 / (1 - e / e0)", 0.05 / saved, 0.05 / (1.0 - per_kwh), 1e-9
    slip = float(slip_factor(0.25, exponent=0.5, reference_load=0.5))
    yield "slip at a quarter of the load over that at half", "(L_ref / L)^0.5", float(np.sqrt(2.0)), slip, 1e-12
    share, dwt = np.array([0.2, 0.5, 0.3]), np.array([1000.0, 2000.0, 5000.0])
    mean = float(tilted(share, dwt, 0.8) @ dwt)
    yield "mean deadweight of a mix made smaller by a fifth, t", "0.8 x 2,700", 2160.0, mean, 1e-6
    before, after = [(0.6, 0.02, 700.0), (0.4, 0.01, 700.0)], [(0.4, 0.02, 650.0), (0.6, 0.01, 650.0)]
    change = sum(float(np.prod(row)) for row in after) - sum(float(np.prod(row)) for row in before)
    yield "parts of a change of intensity", "LMDI is exact", change, sum(lmdi(before, after)), 1e-12
