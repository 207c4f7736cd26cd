"""The whole county's load by town and interval: other users, charging at home, depot, work, in public, swapping, PV."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from charging.engine.columns import numbers_by_name
from charging.grid.charge_times import ChargeTimes
from charging.grid.pv import pv_kw
from charging.grid.spread import Cells, mean_kw
from charging.grid.starts import Prices
from charging.grid.storage import dispatch
from charging.inputs.tariff import prices_at
from data.arrays import DAY_MIN, HOURS
from data.errors import DataError
from data.schemas.supply import TOWN_BASE_PROFILE

if TYPE_CHECKING:
    from charging.grid.storage import StationEquipment
    from charging.grid.town_capacity import TownGrids
    from data.arrays import Floats, Ints
    from data.county import County

PRIVATE: Final = ("home", "depot", "work")
"""Places of chargers of one's own, each with a column of the load."""
CHARGING: Final = tuple(f"{name}_kw" for name in (*PRIVATE, "public", "swap"))
"""Columns of the vehicles' load."""
TOWN_LOAD: Final = {
    "town": pl.String,
    "start_min": pl.Float64,
    **dict.fromkeys(("base_kw", *CHARGING, "pv_kw", "storage_kw", "capacity_kw"), pl.Float64),
}
"""Schema of the load of the towns."""


@dataclass(frozen=True, slots=True)
class LoadInputs:
    """What the load of the towns is made of.

    Attributes
    ----------
    plug_ins : polars.DataFrame
        Stays at chargers of one's own, from :func:`fleet.plug_ins`.
    layout, load : polars.DataFrame
        Layout of a simulation, and the load of its stations in intervals of `load_min`.
    load_min : float
        Length of those intervals.
    swap_load, swap_stations : polars.DataFrame or None
        Load of swap stations as of :func:`charging.simulate_swaps`, in the same intervals, and where they stand.
    tariff : polars.DataFrame or None
        Price steps from the day before the first on; None: one price.
    times : ChargeTimes or None
        Those of the charges of the stays, where they are at hand.
    """

    plug_ins: pl.DataFrame
    layout: pl.DataFrame
    load: pl.DataFrame
    load_min: float
    swap_load: pl.DataFrame | None = None
    swap_stations: pl.DataFrame | None = None
    tariff: pl.DataFrame | None = None
    times: ChargeTimes | None = None


def town_load(
    county: County,
    grids: TownGrids,
    equipment: StationEquipment | None,
    inputs: LoadInputs,
    *,
    month: int,
    days: int,
    interval_min: float,
) -> pl.DataFrame:
    """Return the load of each town by interval, from the first day until the last charge of the last day ends.

    Each metered kWh from minute 0 on stands in one cell. Stations outside the towns, such as those of service areas,
    have rows under the name of their site, without other users and with their connections as capacity.

    Parameters
    ----------
    county
        ``towns``, ``profiles`` (``town_base``) and ``pv_months``.
    grids
        Capacity and other users of the towns; a town without has nulls there.
    equipment
        PV and storage of the stations; None for none.
    inputs
        Charging.
    month, days
        Month of the sunshine; days of the run.
    interval_min
        Interval of the result: that over which demand is metered.

    Returns
    -------
    polars.DataFrame
        ``town, start_min, base_kw, home_kw, depot_kw, work_kw, public_kw, swap_kw`` (means over the interval at the
        meter) ``, pv_kw, storage_kw`` (above 0 it charges) ``, capacity_kw``.
    """
    begin, end = (inputs.times or ChargeTimes(inputs.plug_ins, Prices(inputs.tariff))).of()
    sites = _Sites.of(county, inputs)
    last = max([days * DAY_MIN, *(float(column.max(initial=0.0)) for column in (end, _ends(inputs)))])
    # up to rounding of the last end
    cells = Cells(len(sites.places), int(np.ceil(last / interval_min - 1e-9)), interval_min)
    town = pl.Series(sites.places, dtype=pl.String)[np.repeat(np.arange(cells.rows), cells.steps)]
    table: dict[str, pl.Series | Floats] = {"town": town, "start_min": np.tile(cells.start_min, cells.rows)}
    base, capacity = _grids(county, grids, sites, cells)
    columns = {"base_kw": base}
    columns |= _private(inputs.plug_ins, begin, end, sites.rows(inputs.plug_ins["town"]), cells)
    columns["public_kw"] = _stations(inputs.load, sites, inputs.load_min, cells)
    columns["swap_kw"] = _stations(inputs.swap_load, sites, inputs.load_min, cells)
    sun = _Sun(county, equipment, month, inputs.tariff)
    others = columns["base_kw"] + sum(columns[f"{name}_kw"] for name in (*PRIVATE, "swap"))
    # what the others of a town leave of its grid: storage of the stations gives where their own load passes that
    left = capacity[:, None] - others
    columns["pv_kw"], columns["storage_kw"] = sun.of(sites, columns["public_kw"], left, cells)
    table |= {name: values.ravel() for name, values in columns.items()}
    table["capacity_kw"] = np.repeat(capacity, cells.steps)
    unknown = pl.col("base_kw", "capacity_kw").fill_nan(None)
    return pl.DataFrame(table).with_columns(unknown).cast(pl.Schema(TOWN_LOAD))


@dataclass(frozen=True, slots=True)
class _Sites:
    """Where stations stand: towns first, then the sites outside of them."""

    towns: list[str]
    places: list[str]
    place: dict[str, str]
    limit_kw: dict[str, float | None]
    public: frozenset[str]

    @classmethod
    def of(cls, county: County, inputs: LoadInputs) -> _Sites:
        """Return the sites of a layout and of swap stations."""
        site = pl.col("site") if "site" in inputs.layout.columns else pl.lit(None, dtype=pl.String)
        columns = ("station_id", pl.coalesce("town", site, "station_id").alias("place"), "transformer_kw")
        stations = inputs.layout.select(*columns).unique("station_id", maintain_order=True)
        public = frozenset(stations["station_id"])
        if inputs.swap_stations is not None:
            swap = inputs.swap_stations.select("station_id", place="town", transformer_kw="limit_kw")
            stations = pl.concat([stations, swap])
        place = dict(stations.select("station_id", "place").iter_rows())
        towns = county.towns["town"].to_list()
        places = [*towns, *sorted(set(place.values()) - set(towns))]
        return cls(towns, places, place, dict(stations.select("station_id", "transformer_kw").iter_rows()), public)

    def rows(self, names: pl.Series) -> Ints:
        """Return the numbers of places."""
        number = {place: row for row, place in enumerate(self.places)}
        return numbers_by_name(names, number)

    def stations(self, place: str) -> list[str]:
        """Return the stations of a place."""
        return [station for station, there in self.place.items() if there == place]


def _ends(inputs: LoadInputs) -> Floats:
    """Return when the intervals of the stations' load end, min."""
    loads = [load["start_min"].to_numpy() for load in (inputs.load, inputs.swap_load) if load is not None]
    return np.asarray(np.concatenate(loads) + inputs.load_min)


def _private(plug_ins: pl.DataFrame, begin: Floats, end: Floats, row: Ints, cells: Cells) -> dict[str, Floats]:
    """Return the load at chargers of one's own, a column per place."""
    # rows of places and towns, in one pass over the stays
    number = {place: number for number, place in enumerate(PRIVATE)}
    place_row = numbers_by_name(plug_ins["place"], number) * cells.rows + row
    every = Cells(len(PRIVATE) * cells.rows, cells.steps, cells.interval_min)
    load = mean_kw(begin, end, plug_ins["kw"].to_numpy(), place_row, every)
    return {f"{place}_kw": part for place, part in zip(PRIVATE, np.vsplit(load, len(PRIVATE)), strict=True)}


def _stations(load: pl.DataFrame | None, sites: _Sites, load_min: float, cells: Cells) -> Floats:
    """Return the load of stations; none without one."""
    if load is None:
        return np.zeros((cells.rows, cells.steps))
    # in a fixed order of adding, so that the same run gives the same bytes: by station, and by time, as loads are
    names = load["station_id"].unique().sort()
    station = numbers_by_name(load["station_id"], {name: number for number, name in enumerate(names)})
    begin = load["start_min"].to_numpy()
    order = np.lexsort((begin, station))
    begin = begin[order]
    kw = load["meter_kwh"].to_numpy()[order] * (60.0 / load_min)
    row = sites.rows(names.replace_strict(sites.place, return_dtype=pl.String))[station[order]]
    return mean_kw(begin, begin + load_min, kw, row, cells)


@dataclass(frozen=True, slots=True)
class _Sun:
    """PV and storage of the stations in the towns; none where the county knows no sunshine."""

    county: County
    equipment: StationEquipment | None
    month: int
    tariff: pl.DataFrame | None

    def of(self, sites: _Sites, public: Floats, left: Floats, cells: Cells) -> tuple[Floats, Floats]:
        """Return PV and what the storage takes (below 0: gives), kW by place and interval.

        `left` is the capacity of the town without its other users, by interval; NaN where it is not known.
        """
        pv, storage = np.zeros_like(public), np.zeros_like(public)
        if self.equipment is None or not self.county.pv_months.height:
            return pv, storage
        interval_min = cells.interval_min
        price = prices_at(self.tariff, cells.start_min)
        stations = [len(sites.public.intersection(sites.stations(town))) for town in sites.towns]
        kwp = self.equipment.pv_kwp * np.array(stations)
        pv[: len(stations)] = pv_kw(
            self.county, month=self.month, kwp=kwp, intervals=cells.steps, interval_min=interval_min
        )
        for row, number in enumerate(stations):
            run = dispatch(
                public[row],
                pv[row],
                price,
                self.equipment.storage(number),
                interval_min=interval_min,
                limit_kw=left[row],
            )
            storage[row] = run.charge_kw - run.discharge_kw
        return pv, storage


def _grids(county: County, grids: TownGrids, sites: _Sites, cells: Cells) -> tuple[Floats, Floats]:
    """Return the load of the other users and the capacity; NaN where it is not known."""
    base, capacity = np.full((cells.rows, cells.steps), np.nan), np.full(cells.rows, np.nan)
    shape = base_shape(county, cells.start_min) if grids.towns else np.zeros(cells.steps)
    for row, place in enumerate(sites.places):
        grid = grids.towns.get(place)
        if grid is not None:
            # the shape is over its peak, because the table states the peak of the others
            base[row], capacity[row] = grid.base_kw * shape, grid.capacity_kw
        elif place not in sites.towns:
            base[row] = 0.0
            limits = [sites.limit_kw[station] for station in sites.stations(place)]
            capacity[row] = sum(np.nan if limit is None else limit for limit in limits)
    return base, capacity


def base_shape(county: County, start: Floats) -> Floats:
    """Return the load of the other users over their peak.

    Raises
    ------
    DataError
        No profile ``town_base`` of 24 hours.
    """
    rows = sorted(county.rows_by("profiles", "profile").get(TOWN_BASE_PROFILE, ()), key=itemgetter("hour"))
    shape = np.array([row["share"] for row in rows])
    if len(shape) != HOURS:
        raise DataError(f"profiles: profile {TOWN_BASE_PROFILE!r} needs {HOURS} hours.")
    return np.asarray(shape[((start % DAY_MIN) // 60.0).astype(int)] / shape.max())
