"""Shared e-bikes: trips, batteries that run down, swap crews and rebalancing vans, on SimPy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from charging.clock import FIRST, Clock
from charging.stock import BatteryStock, Rack
from data.errors import DataError
from data.streams import stream

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from charging.clock import Call
    from data.county import County

    Floats = NDArray[np.float64]

_DAY: Final = 1440.0
_HOURS: Final = 24
_NOON: Final = 13
_PROFILE: Final = "ebike"
_RADIUS_KM: Final = 6371.0088
SERVED, NO_BIKE, NO_CHARGE = "served", "no_bike", "no_charge"


@dataclass(frozen=True, slots=True)
class EbikeSystem:
    """Bikes, batteries, crews and vans.

    Attributes
    ----------
    crews, vans : int
        At work in a shift: crews swap batteries, vans move bikes.
    kwh_per_km, battery_kwh : float
        Use of a bike and size of its battery.
    swap_soc, least_soc : float
        Below the first a battery is due for a swap, below the second a bike is not rented out.
    speed_km_h, van_km_h : float
        Of bikes, and of crews and vans.
    swap_min, load_min : float
        At a bike: to swap its battery, to load or unload it.
    van_bikes, van_batteries : int
        What a van and a crew carry.
    shift_h : tuple of float
        Hours of the day between which crews and vans work.
    depot : Rack
        Spare batteries and chargers.
    efficiency : float
        Battery kWh per meter kWh.
    detour : float
        Road over straight line.
    """

    crews: int
    vans: int
    kwh_per_km: float
    battery_kwh: float
    swap_soc: float
    least_soc: float
    speed_km_h: float
    van_km_h: float
    swap_min: float
    load_min: float
    van_bikes: int
    van_batteries: int
    shift_h: tuple[float, float]
    depot: Rack
    efficiency: float
    detour: float

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises
        ------
        DataError
            A negative number, a speed not above 0, a shift that ends before it starts, SOC out of order.
        """
        if self.crews < 0 or self.vans < 0:
            raise DataError(f"e-bikes: got {self.crews} crews and {self.vans} vans, expected 0 or more.")
        if not (self.speed_km_h > 0.0 and self.van_km_h > 0.0):
            raise DataError("e-bikes: speeds must be above 0.")
        if not 0.0 <= self.shift_h[0] < self.shift_h[1] <= _HOURS:
            raise DataError(f"e-bikes: shift {self.shift_h}, expected hours of a day, the end after the start.")
        if not 0.0 <= self.least_soc <= self.swap_soc < 1.0:
            raise DataError("e-bikes: expected 0 <= least_soc <= swap_soc < 1.")


def ebike_system(county: County, *, crews: int | None = None, vans: int | None = None) -> EbikeSystem:
    """Return the system that the county's figures describe, on request with other crews and vans."""
    figure = county.figure
    names = ("battery_kwh", "swap_soc", "least_soc", "speed_km_h", "van_km_h", "swap_min", "load_min")
    battery = figure("ebikes.battery_kwh")
    depot = Rack(
        round(figure("ebikes.depot_batteries")),
        round(figure("ebikes.depot_chargers")),
        figure("ebikes.charger_kw"),
        battery,
    )
    return EbikeSystem(
        crews=round(figure("ebikes.crews")) if crews is None else crews,
        vans=round(figure("ebikes.vans")) if vans is None else vans,
        kwh_per_km=figure("ebikes.kwh_per_100km") / 100.0,
        van_bikes=round(figure("ebikes.van_bikes")),
        van_batteries=round(figure("ebikes.van_batteries")),
        shift_h=(figure("ebikes.shift_from_h"), figure("ebikes.shift_to_h")),
        depot=depot,
        efficiency=figure("ebikes.charger_efficiency"),
        detour=figure("ebikes.detour_factor"),
        **{name: figure(f"ebikes.{name}") for name in names},
    )


def ebike_trips(county: County, *, days: int, seed: int) -> pl.DataFrame:
    """Draw the trips that people want to make.

    Trips of a town are a Poisson process over the day's profile; origins and destinations within the town follow the
    points' weights of the morning, reversed after 13:00.

    Parameters
    ----------
    county
        Reads ``ebike_points``, the profile ``ebike`` and the figures ``ebikes.*``.
    days
        Days to draw.
    seed
        Seed of the replication.

    Returns
    -------
    polars.DataFrame
        ``trip_id, depart_min, origin, destination, km``, by time.
    """
    points = county.ebike_points
    profile = county.profiles.filter(pl.col("profile") == _PROFILE).sort("hour")["share"].to_numpy()
    if len(profile) != _HOURS:
        raise DataError(f"profiles: profile {_PROFILE!r} needs 24 hours.")
    per_bike, mean = county.figure("ebikes.trips_per_bike_day"), county.figure("ebikes.trip_km")
    most = county.figure("ebikes.trip_most_km")
    frames = []
    for town in points["town"].unique(maintain_order=True):
        own = points.filter(pl.col("town") == town)
        rng = stream(seed, "fleet", "ebikes", town)
        counts = rng.poisson(np.tile(profile, days) * per_bike * float(own["bikes"].sum()))
        hour = np.repeat(np.arange(len(counts)), counts)
        depart = 60.0 * (hour + rng.random(len(hour)))
        late = hour % _HOURS >= _NOON
        origins, ends = own["morning_origin_weight"].to_numpy(), own["morning_destination_weight"].to_numpy()
        first, second = (_pick(rng, one, other, late) for one, other in ((origins, ends), (ends, origins)))
        km = np.minimum(rng.exponential(mean, len(hour)), most)
        names = own["point"].to_numpy()
        columns = {"depart_min": depart, "origin": names[first], "destination": names[second], "km": km}
        frames.append(pl.DataFrame(columns))
    table = pl.concat(frames).sort("depart_min", "origin", maintain_order=True)
    return table.with_row_index("trip_id").with_columns(pl.col("trip_id").cast(pl.Int64))


def _pick(rng: np.random.Generator, morning: Floats, evening: Floats, late: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a point for each trip, by the weights of its half of the day."""
    draw = rng.random(len(late))
    return np.where(late, *(np.searchsorted(np.cumsum(w) / w.sum(), draw) for w in (evening, morning)))


@dataclass(frozen=True, slots=True)
class EbikeResult:
    """Tables of a simulation of shared e-bikes.

    Attributes
    ----------
    trips : polars.DataFrame
        One row a trip: ``trip_id, depart_min, origin, destination, km, outcome`` (``served``, ``no_bike``,
        ``no_charge``).
    hours : polars.DataFrame
        One row a point and hour of the day: ``point, hour, availability_share``, the share of time with a bike that can
        be rented.
    points : polars.DataFrame
        One row a point: ``point, town, bikes, trips, served, no_bike, no_charge, availability_share, bikes_at_end``.
    totals : dict of str to float
        As `EBIKES`, without the carbon.
    """

    trips: pl.DataFrame
    hours: pl.DataFrame
    points: pl.DataFrame
    totals: dict[str, float]


EBIKES: Final = (
    "bikes",
    "crews",
    "vans",
    "trips",
    "lost_share",
    "availability_share",
    "low_share",
    "swaps",
    "moved_bikes",
    "crew_use_share",
    "van_use_share",
    "depot_short_min",
    "km",
    "bike_kwh",
    "swapped_kwh",
    "meter_kwh",
    "van_km",
    "bikes_kgco2",
    "vans_kgco2",
    "replaced_kgco2",
    "saved_kgco2",
)
"""Totals of a simulation and its carbon."""


class _Point:
    """A parking point: the SOC of the bikes that stand there, and since when one can be rented."""

    __slots__ = ("name", "socs", "target", "town", "x", "y")

    def __init__(self, row: dict[str, Any], x: float, y: float, lowest: float) -> None:
        self.name: str = row["point"]
        self.town: str = row["town"]
        self.target: int = row["bikes"]
        self.x, self.y = x, y
        bikes = row["bikes"]
        self.socs: list[float] = [lowest + (1.0 - lowest) * (number + 0.5) / bikes for number in range(bikes)]


class _System:
    """The simulation: points, trips, crews and vans."""

    def __init__(self, points: pl.DataFrame, system: EbikeSystem, days: float) -> None:
        self.env = Clock()
        self.system = system
        self.end = _DAY * days
        mean_lat = float(np.deg2rad(points["lat"].to_numpy()).mean())
        east = np.deg2rad(points["lon"].to_numpy()) * math.cos(mean_lat) * _RADIUS_KM
        north = np.deg2rad(points["lat"].to_numpy()) * _RADIUS_KM
        rows = points.iter_rows(named=True)
        self.points = [
            _Point(row, x, y, system.swap_soc) for row, x, y in zip(rows, east.tolist(), north.tolist(), strict=True)
        ]
        self.stock = BatteryStock(self.env, system.depot)
        self.open_min = np.zeros((len(self.points), _HOURS))
        self.open_since: list[float | None] = [0.0 if self._open(point) else None for point in self.points]
        self.number = {point.name: at for at, point in enumerate(self.points)}
        self.outcome: list[str] = []
        self.km = self.van_km = 0.0
        self.swaps = self.moved = 0
        self.swapped_kwh = 0.0
        self.busy = {"crew": 0.0, "van": 0.0}
        self.claimed: dict[str, set[int]] = {"crew": set(), "van": set()}

    def _open(self, point: _Point) -> bool:
        """Tell whether a bike can be rented at a point."""
        return bool(point.socs) and max(point.socs) >= self.system.least_soc

    def note(self, at: int) -> None:
        """Count the time in which a point had a bike to rent, after something changed there."""
        now = self.env.now
        was, is_open = self.open_since[at], self._open(self.points[at])
        if was is not None and not is_open:
            self._count(at, was, now)
            self.open_since[at] = None
        elif was is None and is_open:
            self.open_since[at] = now

    def _count(self, at: int, start: float, end: float) -> None:
        """Add a span of time to the hours of the day."""
        while start < end:
            hour = int(start // 60.0)
            until = min(end, 60.0 * (hour + 1))
            self.open_min[at, hour % _HOURS] += until - start
            start = until

    def rent(self, origin: int, destination: int, km: float) -> None:
        """Let somebody rent the best-charged bike of a point, or go away."""
        point = self.points[origin]
        if not point.socs:
            self.outcome.append(NO_BIKE)
            return
        best = max(range(len(point.socs)), key=point.socs.__getitem__)
        soc = point.socs[best]
        left = soc - km * self.system.kwh_per_km / self.system.battery_kwh
        if soc < self.system.least_soc or left < 0.0:
            self.outcome.append(NO_CHARGE)
            return
        point.socs[best] = point.socs[-1]
        point.socs.pop()
        self.note(origin)
        self.outcome.append(SERVED)
        self.km += km
        arrive = self.env.now + 60.0 * km / self.system.speed_km_h
        self.env.call_at(arrive, FIRST, self._park, (destination, left))

    def _park(self, call: Call) -> None:
        """Park a bike that comes back."""
        at, soc = call.load
        self.points[at].socs.append(soc)
        self.note(at)

    def on_shift(self) -> float:
        """Return the minutes until the shift goes on; 0 while it lasts."""
        minute = self.env.now % _DAY
        start, end = (60.0 * hour for hour in self.system.shift_h)
        if start <= minute < end:
            return 0.0
        return start - minute if minute < start else start + _DAY - minute

    def drive_min(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        """Return the minutes of a drive and count its km."""
        km = self.system.detour * math.hypot(one[0] - other[0], one[1] - other[1])
        self.van_km += km
        return 60.0 * km / self.system.van_km_h

    def crew(self) -> Generator[Any, Any, None]:
        """Swap batteries where most are due, and come back to the depot for charged ones."""
        home = (self.points[0].x, self.points[0].y)
        here, carried = home, 0
        empties: list[float] = []
        while self.env.now < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield self.env.timeout(off)
                continue
            began = self.env.now
            if carried == 0:
                yield self.env.timeout(self.drive_min(here, home))
                here = home
                for soc in empties:
                    self.stock.give(soc)
                empties = []
                for _ in range(min(self.system.van_batteries, max(1, self.stock.ready))):
                    yield from self.stock.take()
                    carried += 1
            at = self._most_due(here)
            if at is None:
                self.busy["crew"] += self.env.now - began
                yield self.env.timeout(10.0)
                continue
            self.claimed["crew"].add(at)
            point = self.points[at]
            yield self.env.timeout(self.drive_min(here, (point.x, point.y)))
            here = (point.x, point.y)
            while carried and (due := self._due(point)) is not None:
                soc = point.socs.pop(due)
                self.note(at)
                yield self.env.timeout(self.system.swap_min)
                point.socs.append(1.0)
                self.note(at)
                empties.append(soc)
                carried -= 1
                self.swaps += 1
                self.swapped_kwh += (1.0 - soc) * self.system.battery_kwh
            self.claimed["crew"].discard(at)
            self.busy["crew"] += self.env.now - began

    def _due(self, point: _Point) -> int | None:
        """Return the emptiest bike of a point if its battery is due."""
        if not point.socs:
            return None
        at = min(range(len(point.socs)), key=point.socs.__getitem__)
        return at if point.socs[at] < self.system.swap_soc else None

    def _most_due(self, here: tuple[float, float]) -> int | None:
        """Return the point with most batteries due for the drive there; None where none is due."""
        best, value = None, 0.0
        for at, point in enumerate(self.points):
            if at in self.claimed["crew"]:
                continue
            due = sum(soc < self.system.swap_soc for soc in point.socs)
            if due:
                km = self.system.detour * math.hypot(point.x - here[0], point.y - here[1])
                worth = due / (60.0 * km / self.system.van_km_h + due * self.system.swap_min + 1.0)
                if worth > value:
                    best, value = at, worth
        return best

    def van(self) -> Generator[Any, Any, None]:
        """Move bikes from the point with the largest surplus of a town to the one with the largest lack."""
        here = (self.points[0].x, self.points[0].y)
        while self.env.now < self.end:
            off = self.on_shift()
            if off > 0.0:
                yield self.env.timeout(off)
                continue
            pair = self._imbalance()
            if pair is None:
                yield self.env.timeout(10.0)
                continue
            began = self.env.now
            source, sink = (self.points[at] for at in pair)
            self.claimed["van"] |= set(pair)
            yield self.env.timeout(self.drive_min(here, (source.x, source.y)))
            taken: list[float] = []
            wanted = max(0, sink.target - len(sink.socs))
            while len(taken) < min(self.system.van_bikes, wanted) and len(source.socs) > source.target:
                best = max(range(len(source.socs)), key=source.socs.__getitem__)
                taken.append(source.socs.pop(best))
                self.note(pair[0])
                yield self.env.timeout(self.system.load_min)
            yield self.env.timeout(self.drive_min((source.x, source.y), (sink.x, sink.y)))
            for soc in taken:
                yield self.env.timeout(self.system.load_min)
                sink.socs.append(soc)
                self.note(pair[1])
            here = (sink.x, sink.y)
            self.moved += len(taken)
            self.claimed["van"] -= set(pair)
            self.busy["van"] += self.env.now - began

    def _imbalance(self) -> tuple[int, int] | None:
        """Return the points of one town with the largest surplus and lack, where moving is worth a drive."""
        best, worth = None, 3.0
        by_town: dict[str, list[int]] = {}
        for at, point in enumerate(self.points):
            if at not in self.claimed["van"]:
                by_town.setdefault(point.town, []).append(at)
        for members in by_town.values():
            gaps = [(len(self.points[at].socs) - self.points[at].target, at) for at in members]
            (lack, sink), (surplus, source) = min(gaps), max(gaps)
            moved = min(surplus, -lack, self.system.van_bikes)
            if moved > worth:
                best, worth = (source, sink), float(moved)
        return best

    def close(self) -> None:
        """Count what stood open at the end."""
        for at, since in enumerate(self.open_since):
            if since is not None:
                self._count(at, since, max(since, self.end))


def simulate_ebikes(points: pl.DataFrame, trips: pl.DataFrame, system: EbikeSystem, *, days: float) -> EbikeResult:
    """Simulate shared e-bikes.

    Parameters
    ----------
    points
        ``point, town, lon, lat, bikes``; at minute 0 the bikes stand there, their charge spread
        evenly between the swap SOC and full.
    trips
        From :func:`ebike_trips`.
    system
        Bikes, crews, vans.
    days
        Days that are simulated.

    Returns
    -------
    EbikeResult
        Trips, availability by point and hour, points, totals.

    Raises
    ------
    DataError
        No points, or a trip from or to a point that does not exist.
    """
    if not points.height:
        raise DataError("ebike_points: no points; add some.")
    world = _System(points, system, days)
    ends = {*trips["origin"], *trips["destination"]}
    unknown = sorted(ends - world.number.keys())
    if unknown:
        raise DataError(f"trips: {unknown[0]!r} is no point of ebike_points.")
    origins = [world.number[name] for name in trips["origin"]]
    destinations = [world.number[name] for name in trips["destination"]]
    km = trips["km"].to_list()
    for _ in range(system.crews):
        world.env.process(world.crew())
    for _ in range(system.vans):
        world.env.process(world.van())
    world.env.run_with(trips["depart_min"].to_list(), lambda n: world.rent(origins[n], destinations[n], km[n]))
    world.close()
    return _tables(points, trips, world, days)


def _tables(points: pl.DataFrame, trips: pl.DataFrame, world: _System, days: float) -> EbikeResult:
    """Return the tables of a finished simulation."""
    system = world.system
    table = trips.with_columns(outcome=pl.Series(world.outcome, dtype=pl.String))
    share = np.minimum(1.0, world.open_min / (60.0 * days))
    hours = pl.DataFrame(
        {
            "point": np.repeat([point.name for point in world.points], _HOURS),
            "hour": np.tile(np.arange(_HOURS), len(world.points)),
            "availability_share": share.ravel(),
        }
    )
    kinds = [(pl.col("outcome") == name).sum().cast(pl.Int64).alias(name) for name in (SERVED, NO_BIKE, NO_CHARGE)]
    own = table.group_by("origin").agg(pl.len().cast(pl.Int64).alias("trips"), *kinds)
    by_point = (
        points.select("point", "town", "bikes")
        .join(own, left_on="point", right_on="origin", how="left", maintain_order="left")
        .with_columns(pl.col("trips", SERVED, NO_BIKE, NO_CHARGE).fill_null(0))
        .with_columns(
            availability_share=pl.Series(share.mean(axis=1)),
            bikes_at_end=pl.Series([len(point.socs) for point in world.points], dtype=pl.Int64),
        )
    )
    shift = days * 60.0 * (system.shift_h[1] - system.shift_h[0])
    charged = math.fsum(end - start for start, end in world.stock.charges) / 60.0 * system.depot.power_kw
    wanted, bikes = trips.height, float(points["bikes"].sum())
    totals = {
        "bikes": bikes,
        "crews": float(system.crews),
        "vans": float(system.vans),
        "trips": float(wanted),
        "lost_share": 0.0 if not wanted else 1.0 - world.outcome.count(SERVED) / wanted,
        "availability_share": float(share.mean()),
        "low_share": sum(soc < system.swap_soc for point in world.points for soc in point.socs) / max(1.0, bikes),
        "swaps": float(world.swaps),
        "moved_bikes": float(world.moved),
        "crew_use_share": min(1.0, world.busy["crew"] / (system.crews * shift)) if system.crews else 0.0,
        "van_use_share": min(1.0, world.busy["van"] / (system.vans * shift)) if system.vans else 0.0,
        "depot_short_min": world.stock.short_min,
        "km": world.km,
        "bike_kwh": world.km * system.kwh_per_km,
        "swapped_kwh": world.swapped_kwh,
        "meter_kwh": charged / system.efficiency,
        "van_km": world.van_km,
    }
    return EbikeResult(table, hours, by_point, totals)


def ebike_carbon(county: County, totals: dict[str, float], *, year: int) -> dict[str, float]:
    """Return the carbon of the bikes and of the trips that they replace, kg CO2.

    Electricity of the batteries and of the vans at the grid factor of the year; replaced kilometres of motorcycles
    and cars at the petrol that the county's tables give (tank to wheel).

    Returns
    -------
    dict of str to float
        ``bikes_kgco2, vans_kgco2, replaced_kgco2, saved_kgco2``.
    """
    from fleet.accounts import grid_factor  # noqa: PLC0415 - the accounts know nothing of bikes

    grid = grid_factor(county, year)
    petrol = county.fuel_factors.filter((pl.col("mode") == "road") & (pl.col("fuel") == "petrol")).row(0, named=True)
    per_l = petrol["ttw_kgco2_per_kg"] * petrol["density_kg_per_l"]
    use = {
        row["vehicle_class"]: row["use_per_100km"] / 100.0
        for row in county.energy_use.filter(pl.col("power") == "petrol").iter_rows(named=True)
    }
    shares = {"motorcycle": "ebikes.replaces_motorcycle_share", "private_car": "ebikes.replaces_car_share"}
    replaced = math.fsum(
        totals["km"] * county.figure(key) * use[name] * per_l for name, key in shares.items() if name in use
    )
    charged = totals["bike_kwh"] / county.figure("ebikes.charger_efficiency") * grid
    vans = totals["van_km"] * county.figure("ebikes.van_kwh_per_km") * grid
    return {
        "bikes_kgco2": charged,
        "vans_kgco2": vans,
        "replaced_kgco2": replaced,
        "saved_kgco2": replaced - charged - vans,
    }
