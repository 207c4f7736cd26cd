"""Battery swapping: bays, batteries and chargers under a stream of vehicles, and the same vehicles at fast chargers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import simpy

from charging.swapping.battery_stock import BatteryStock, Rack, charges_load
from data.errors import DataError
from data.outcomes import SERVED, WAIT_MIN, Outcome, wait_quantile
from data.schemas.charging import Requests, SwapStations, Travel
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


@dataclass(frozen=True, slots=True)
class SwapResult:
    """Tables of a simulation of swap stations.

    Attributes
    ----------
    swaps
        One row per request, by ``request_id``: ``request_id, station_id, vehicle_class, arrive_min, start_min,
        leave_min, wait_min, energy_kwh, meter_kwh, travel_min, outcome`` (``served``, ``reneged``, ``unserved``: no
        station in reach takes its class).
    load
        One row per station and interval with load, as of :func:`charging.simulate`.
    stations
        One row per station: ``station_id, bays, batteries, chargers, arrivals, served, reneged, wait_mean_min,
        wait_p95_min, bay_utilisation_share, short_min`` (minutes in which a vehicle stood in a bay without a battery),
        ``energy_kwh, meter_kwh, peak_kw``.
    """

    swaps: pl.DataFrame
    load: pl.DataFrame
    stations: pl.DataFrame


class _Station:
    """A swap station: bays, batteries, and what happened there."""

    def __init__(self, env: simpy.Environment, row: Mapping[str, Any]) -> None:
        self.name: str = row["station_id"]
        self.classes = None if row["vehicle_classes"] is None else set(row["vehicle_classes"].split("|"))
        self.swap_min: float = row["swap_min"]
        self.efficiency: float = row["efficiency"]
        self.bays = simpy.Resource(env, row["bays"])
        names = ("batteries", "chargers", "charger_kw", "battery_kwh", "ready_soc")
        # the connection is at the meter, the rack's power at the batteries
        limit = None if row["limit_kw"] is None else row["limit_kw"] * row["efficiency"]
        self.stock = BatteryStock(env, Rack(**{name: row[name] for name in names}, limit_kw=limit))
        self.busy_min = 0.0

    def takes(self, vehicle_class: str | None) -> bool:
        """Return whether vehicles of a class can swap here."""
        return self.classes is None or (vehicle_class or "").partition("/")[0] in self.classes


def simulate_swaps(
    stations: pl.DataFrame,
    requests: pl.DataFrame,
    travel: pl.DataFrame | None = None,
    *,
    interval_min: float = 15.0,
) -> SwapResult:
    """Simulate battery swapping with SimPy.

    A vehicle drives to the nearest station that takes its class, waits for a bay (first come, first served), then in
    the bay for a ready battery, is swapped in ``swap_min`` and leaves with the ready SOC. Its own battery is charged
    again. It leaves when its patience ends before it is in a bay.

    Parameters
    ----------
    stations
        One row per station: ``station_id, town, bays, batteries, chargers, charger_kw, battery_kwh, swap_min,
        ready_soc, efficiency, vehicle_classes`` (joined by ``|``; null: all), ``limit_kw`` (of the connection: the
        batteries that charge share it equally).
    requests
        As for :func:`charging.simulate`; the SOC on arrival is ``soc_start``, or follows from ``energy_kwh``.
    travel
        As for :func:`charging.simulate`; None: every station at zero distance.
    interval_min
        Interval of the load.

    Returns
    -------
    SwapResult
        Swaps, load, stations.

    Raises
    ------
    DataError
        Bad tables, naming row and column; an interval not above 0.
    """
    if not interval_min > 0.0:
        raise DataError(f"interval_min: got {interval_min}, expected more than 0 minutes.")
    stations = validate(stations, SwapStations, table="swap_stations")
    # by id: of two vehicles that arrive at the same minute the first id is first
    requests = validate(requests, Requests, table="requests").sort("request_id")
    ways = None if travel is None else _ways(validate(travel, Travel, table="travel"))
    env = simpy.Environment()
    swap_stations = [_Station(env, row) for row in stations.iter_rows(named=True)]
    rows: list[dict[str, Any]] = []
    for row in requests.iter_rows(named=True):
        chosen = _nearest(row, swap_stations, ways)
        if chosen is None:
            rows.append({**_plain(row, None, row["arrive_min"], 0.0), "outcome": Outcome.UNSERVED})
        else:
            record = _plain(row, chosen[0].name, row["arrive_min"] + chosen[1], chosen[1])
            rows.append(record)
            env.process(_visit(env, chosen[0], row, record))
    env.run()
    loads = [
        charges_load(station.stock.pieces, efficiency=station.efficiency, interval_min=interval_min, name=station.name)
        for station in swap_stations
    ]
    swaps = pl.DataFrame(rows, schema=_SWAPS)
    load = pl.concat(loads)
    return SwapResult(swaps, load, _summary(stations, swap_stations, swaps, load, float(env.now)))


_SWAPS = {
    "request_id": pl.Int64,
    "station_id": pl.String,
    "vehicle_class": pl.String,
    "arrive_min": pl.Float64,
    "start_min": pl.Float64,
    "leave_min": pl.Float64,
    "wait_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "meter_kwh": pl.Float64,
    "travel_min": pl.Float64,
    "outcome": pl.String,
}


def _plain(row: Mapping[str, Any], station: str | None, arrive_min: float, travel_min: float) -> dict[str, Any]:
    """Return the record of a request before anything happened."""
    known = {"request_id": row["request_id"], "station_id": station, "vehicle_class": row["vehicle_class"]}
    return {
        **dict.fromkeys(_SWAPS),
        **known,
        "arrive_min": arrive_min,
        "travel_min": travel_min,
        "energy_kwh": 0.0,
        "meter_kwh": 0.0,
    }


def _ways(travel: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return minutes by origin and station."""
    rows = travel.select("origin", "station_id", "minutes").iter_rows()
    return {(origin, station): minutes for origin, station, minutes in rows}


def _nearest(
    row: Mapping[str, Any], swap_stations: list[_Station], ways: dict[tuple[str, str], float] | None
) -> tuple[_Station, float] | None:
    """Return the nearest station that takes a vehicle, and the minutes to it."""
    nearest = None
    for station in swap_stations:
        if not station.takes(row["vehicle_class"]):
            continue
        minutes = 0.0 if ways is None or row["origin"] is None else ways.get((row["origin"], station.name))
        # strictly nearer: of equally near stations the first of the table
        if minutes is not None and (nearest is None or minutes < nearest[1]):
            nearest = (station, minutes)
    return nearest


def _visit(
    env: simpy.Environment, station: _Station, row: Mapping[str, Any], record: dict[str, Any]
) -> Generator[Any, Any, None]:
    """Let a vehicle swap its battery."""
    yield env.timeout(record["arrive_min"])
    rack = station.stock.rack
    soc = row["soc_start"]
    if soc is None:
        # the same energy as in fast charging, in a battery of this station's size
        soc = max(0.0, rack.ready_soc - row["energy_kwh"] / rack.battery_kwh)
    with station.bays.request() as bay:
        patience = row["patience_min"]
        if patience is None:
            yield bay
        else:
            # patience ends at the bay: in it, the vehicle waits as long as it takes
            yield bay | env.timeout(patience)
            if not bay.triggered:
                record |= {"outcome": Outcome.RENEGED, "leave_min": env.now, "wait_min": env.now - record["arrive_min"]}
                return
        entered = env.now
        yield from station.stock.take()
        start = env.now
        yield env.timeout(station.swap_min)
        # the empty one is on the rack before the bay is free
        station.stock.give(soc)
        station.busy_min += env.now - entered
    energy = max(0.0, rack.ready_soc - soc) * rack.battery_kwh
    times = {"start_min": start, "leave_min": env.now, "wait_min": start - record["arrive_min"]}
    record |= times | {"energy_kwh": energy, "meter_kwh": energy / station.efficiency, "outcome": Outcome.SERVED}


def _summary(
    table: pl.DataFrame, swap_stations: list[_Station], swaps: pl.DataFrame, load: pl.DataFrame, end_min: float
) -> pl.DataFrame:
    """Return the figures of the stations."""
    wait = WAIT_MIN
    service = (
        swaps.drop_nulls("station_id")
        .group_by("station_id")
        .agg(
            arrivals=pl.len().cast(pl.Int64),
            served=SERVED.sum().cast(pl.Int64),
            reneged=(pl.col("outcome") == Outcome.RENEGED).sum().cast(pl.Int64),
            wait_mean_min=wait.mean(),
            wait_p95_min=wait_quantile(0.95),
            # sorted, because a sum of floats depends on the order of its terms
            energy_kwh=pl.col("energy_kwh").sort().sum(),
            meter_kwh=pl.col("meter_kwh").sort().sum(),
        )
    )
    # a run in which nothing happened has no use to share
    span = max(1.0, end_min)
    use = pl.DataFrame(
        {
            "station_id": [station.name for station in swap_stations],
            "busy_min": [station.busy_min for station in swap_stations],
            "short_min": [station.stock.short_min for station in swap_stations],
        },
        schema={"station_id": pl.String, "busy_min": pl.Float64, "short_min": pl.Float64},
    )
    peaks = load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max())
    counts = ["arrivals", "served", "reneged"]
    return (
        table.select("station_id", "bays", "batteries", "chargers")
        .join(service, on="station_id", how="left", maintain_order="left")
        .join(use, on="station_id", how="left", maintain_order="left")
        .join(peaks, on="station_id", how="left", maintain_order="left")
        .with_columns(
            pl.col(counts).fill_null(0),
            pl.col("energy_kwh", "meter_kwh", "peak_kw").fill_null(0.0),
            bay_utilisation_share=pl.col("busy_min") / (pl.col("bays") * span),
        )
        .drop("busy_min")
    )


COMPARISON = {
    "way": pl.String,
    "requests": pl.Int64,
    "served": pl.Int64,
    "wait_mean_min": pl.Float64,
    "stay_mean_min": pl.Float64,
    "energy_kwh": pl.Float64,
    "peak_kw": pl.Float64,
}
"""Schema of the comparison with fast charging."""


def compare_swapping(swaps: SwapResult, sessions: pl.DataFrame, load: pl.DataFrame) -> pl.DataFrame:
    """Return swapping beside fast charging of the same requests.

    Parameters
    ----------
    swaps
        The simulation of swap stations.
    sessions, load
        Tables of :func:`charging.simulate` of the same requests.

    Returns
    -------
    polars.DataFrame
        One row per way (``swapping``, ``charging``): ``way, requests, served, wait_mean_min, stay_mean_min``
        (arrival to departure), ``energy_kwh, peak_kw``.
    """
    frames = []
    for way, table, curve in (("swapping", swaps.swaps, swaps.load), ("charging", sessions, load)):
        # sorted for the same reason: stations come in any order
        together = curve.group_by("start_min").agg(pl.col("mean_kw").sort().sum())
        figures = table.select(
            way=pl.lit(way),
            requests=pl.len().cast(pl.Int64),
            served=SERVED.sum().cast(pl.Int64),
            wait_mean_min=WAIT_MIN.mean(),
            stay_mean_min=(pl.col("leave_min") - pl.col("arrive_min")).filter(SERVED).mean(),
            energy_kwh=pl.col("energy_kwh").sort().sum(),
        )
        frames.append(figures.with_columns(peak_kw=pl.lit(together["mean_kw"].max(), pl.Float64)))
    return pl.concat(frames)
