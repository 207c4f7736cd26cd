"""Voyages to and from the county's cargo terminals: each call comes down or up the river, is handled, and goes back.

A call is made by a vessel of the through traffic's classes that carries its cargo and that the berth takes. Those that
burn LNG have tanks and bunker on their way; the others pass, as through vessels do.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from data.arrays import YEAR_DAYS
from data.errors import DataError
from data.memory.remembering import remembered
from data.schemas.shipping import Voyages
from data.streams import stream
from shipping.parameters.carbon_parameters import lock_wait
from shipping.parameters.county_river import has_figure, river_table
from shipping.parameters.port_parameters import TerminalParameters
from shipping.parameters.ship_parameters import TankParameters
from shipping.parameters.traffic_parameters import RoundTripParameters
from shipping.ports.open_stations import stations_km
from shipping.ports.terminals import calls_per_day, draw_terminal_calls, open_terminals
from shipping.river.reaches import passes_lock
from shipping.river.waterway import locks_km, mean_reaches
from shipping.schemas import Fleet
from shipping.ships.sailing import Sailing
from shipping.ships.ship_classes import county_classes, designs
from shipping.traffic.yearly import county_traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from shipping.ships.propulsion import ShipDesign
    from shipping.traffic.added_freight import AddedFreight
    from shipping.traffic.yearly import Mix

_UP_SHARE: Final = "river.terminal_up_share"
_VOYAGES: Final = Voyages.create_empty().schema
_NO_VESSELS: Final = Fleet.create_empty()
_BELOW_LOCK_KM: Final = 0.01  # a vessel that has passed the lock by minute 0 lies so far beyond it


@dataclass(frozen=True, eq=False, slots=True)
class LocalTraffic:
    """Voyages of the calls at terminals, and the vessels that sail them.

    Attributes
    ----------
    voyages : polars.DataFrame
        Columns of `data.schemas.shipping.Voyages`; each call is two voyages, of which the second follows the first.
        Numbers count from 0.
    vessels : polars.DataFrame
        Columns of `shipping.schemas.Fleet`: one row per vessel with LNG, ``local-lng-<call>``, and one per other class,
        ``local-<class>``.
    terminals : polars.DataFrame
        ``terminal, berths`` of those that are open.
    """

    voyages: pl.DataFrame
    vessels: pl.DataFrame
    terminals: pl.DataFrame


@dataclass(frozen=True, slots=True)
class LocalParameters:
    """Voyages of the terminals.

    Attributes
    ----------
    up_share : float
        Share of the calls whose vessels come from above the terminals, and go back there.
    out_share : float
        Share of the calls that load; the others unload.
    top_km, bottom_km : float
        Ends of the voyages by chainage, km.
    lock_h : float
        Wait at a lock that a master reckons with, h.
    """

    up_share: float
    out_share: float
    top_km: float
    bottom_km: float
    lock_h: float

    @classmethod
    def from_county(cls, county: County, year: int) -> LocalParameters | None:
        """Return ``river.terminal_up_share``, ``.._out_share`` and ``river.trip_*``; None without the first."""
        if not has_figure(county, _UP_SHARE):
            return None
        trips = RoundTripParameters.from_county(county)
        return cls(
            county.figure(_UP_SHARE),
            county.figure("river.terminal_out_share"),
            trips.top_km,
            trips.bottom_km,
            lock_wait(county).at(year),
        )


def local_traffic(
    county: County, *, year: int, days: int, seed: int, up_share: float | None = None
) -> LocalTraffic | None:
    """Draw the voyages of the calls at the county's terminals that would arrive within some days.

    Calls are those of `shipping.ports.terminals.terminal_calls`; their vessels set out so that they would arrive then
    with the mean current of the year and the mean wait at the lock, and lie at minute 0 where they then would be.
    ``up_share`` goes before the figure ``river.terminal_up_share``.

    Returns
    -------
    LocalTraffic or None
        None where no terminal is open, or the figure ``river.terminal_up_share`` is missing.

    Raises
    ------
    DataError
        A terminal whose cargo no vessel class of the through traffic carries to its berths.
    """
    terminals = open_terminals(county, year=year)
    local = LocalParameters.from_county(county, year)
    if local is None or not terminals.height:
        return None
    calls = draw_terminal_calls(terminals, TerminalParameters.from_county(county), year=year, days=days, seed=seed)
    local = local if up_share is None else replace(local, up_share=up_share)
    up, out = (
        stream(seed, "shipping", "local", what).uniform(size=calls.height) < share
        for what, share in (("direction", local.up_share), ("loads", local.out_share))
    )
    places = terminals.select("terminal", "chainage_km", "berth_dwt")
    calls = calls.join(places, on="terminal", how="left", maintain_order="left").with_columns(
        vessel_class=pl.Series(_classes_of(county, calls, terminals, year, seed), dtype=pl.String),
        up=pl.Series(up, dtype=pl.Boolean),
        out=pl.Series(out, dtype=pl.Boolean),
    )
    river = _river_of(county)
    voyages = _voyages(calls, local, river)
    vessels = _vessels(county, voyages, river, stations_km(county, year=year), seed=seed)
    return LocalTraffic(voyages, vessels, terminals.select("terminal", "berths"))


def share_from_above(county: County, added: AddedFreight, year: int) -> float:
    """Return the share of the calls from above where freight is added that has a share of its own."""
    local, handled = LocalParameters.from_county(county, year), added.handled_t(county, year)
    if local is None:
        return added.up_share
    return (handled * local.up_share + added.tonnes * added.up_share) / (handled + added.tonnes)


def lock_passages(county: County, *, year: int) -> float:
    """Return the passages of locks that the voyages of the terminals make in a year; the lock's counts contain them."""
    terminals, local = open_terminals(county, year=year), LocalParameters.from_county(county, year)
    if local is None or not terminals.height:
        return 0.0
    daily = calls_per_day(terminals, TerminalParameters.from_county(county), year=year)
    locks = _river_of(county).locks_km
    above = [any(passes_lock(lock, local.top_km, km) for lock in locks) for km in terminals["chainage_km"]]
    # there and back
    return 2.0 * YEAR_DAYS * local.up_share * sum(rate for rate, behind in zip(daily, above, strict=True) if behind)


@dataclass(frozen=True, eq=False, slots=True)
class _River:
    """The waterway at the mean of the year, its locks, and the classes with their designs."""

    sailing: Sailing
    locks_km: list[float]
    classes: pl.DataFrame
    known: Mapping[str, ShipDesign]

    @classmethod
    def from_county(cls, county: County) -> _River:
        """Return them for a county."""
        table = river_table(county, "vessel_classes")
        # row by row those of the table
        classes = county_classes(county).with_columns(table["tank_m3"])
        locks = locks_km(river_table(county, "river_nodes"))
        return cls(Sailing.on(mean_reaches(county)), locks, classes, designs(classes))

    def burnt_kg(self, name: str, load: float, from_km: float, to_km: float) -> float:
        """Return the fuel that a class burns on a way at the mean of the year."""
        return self.sailing.estimate(self.sailing.table.number(self.known[name], load), from_km, to_km, 0)[2]


def _river_of(county: County) -> _River:
    """Return the waterway and classes of a county: the same for all replications."""
    return remembered(county, ("local_river",), _River.from_county)


def _classes_of(county: County, calls: pl.DataFrame, terminals: pl.DataFrame, year: int, seed: int) -> list[str]:
    """Return the class of the vessel of each call: as in the through traffic, of those that carry it to the berth."""
    _, mix = county_traffic(county, year)
    drawn = stream(seed, "shipping", "local", "class").uniform(size=calls.height)
    berth = dict(zip(terminals["terminal"].to_list(), terminals["berth_dwt"].to_list(), strict=True))
    kinds = list(zip(calls["terminal"].to_list(), calls["cargo_t"].to_list(), strict=True))
    # calls of one terminal carry the same, most often
    fitting = {kind: _fitting(mix, *kind, berth[kind[0]]) for kind in dict.fromkeys(kinds)}
    found = []
    for kind, score in zip(kinds, drawn.tolist(), strict=True):
        shares, last = fitting[kind]
        # the last class that fits takes what rounding leaves above the sum
        found.append(mix.classes[min(bisect.bisect_right(shares, score * shares[-1]), last)])
    return found


def _fitting(mix: Mix, terminal: str, cargo_t: float, berth_dwt: float) -> tuple[list[float], int]:
    """Return the cumulated shares of the classes that carry a cargo to a berth, and the last of those."""
    fits = (mix.dwt_t >= cargo_t) & (mix.dwt_t <= berth_dwt)
    if not (mix.share * fits).sum() > 0.0:
        raise DataError(
            f"terminals: no vessel class carries the {cargo_t:g} t of a call to '{terminal}', whose berths take "
            f"{berth_dwt:g} t; expected one with a passage_share. Add one, or change berth_dwt."
        )
    return np.cumsum(mix.share * fits).tolist(), int(np.flatnonzero(fits)[-1])


def _voyages(calls: pl.DataFrame, local: LocalParameters, river: _River) -> pl.DataFrame:
    """Return two voyages for each call: to the terminal, and back after it."""
    about = {row["vessel_class"]: row for row in river.classes.iter_rows(named=True)}
    rows: list[tuple[object, ...]] = []
    ways: dict[tuple[float, float, float], _Way] = {}
    for call in calls.iter_rows(named=True):
        name, here = call["vessel_class"], call["chainage_km"]
        end = local.top_km if call["up"] else local.bottom_km
        bunkers = about[name]["fuel"] == "lng" and (about[name]["tank_m3"] or 0.0) > 0.0
        vessel = f"local-lng-{call['call_id']:04d}" if bunkers else f"local-{name}"
        kind = "cycling" if bunkers else "through"
        way = (end, here, about[name]["water_speed_km_h"])
        if way not in ways:
            ways[way] = _way(*way, river)
        start, depart = _start(ways[way], call["arrive_min"], local)
        number = len(rows)
        full, dwt = call["cargo_t"], about[name]["dwt_t"]
        cargo = (0.0, full) if call["out"] else (full, 0.0)
        visit = (call["terminal"], call["stay_min"])
        rows += [
            (number, vessel, name, depart, start, here, cargo[0], cargo[0] / dwt, kind, None, *visit),
            (number + 1, vessel, name, 0.0, here, end, cargo[1], cargo[1] / dwt, kind, number, None, None),
        ]
    return pl.DataFrame(rows, schema=_VOYAGES, orient="row")


class _Way(NamedTuple):
    """A way to a terminal: its ends with the locks between, and the hours from one to the next."""

    marks: list[float]
    hours: list[float]


def _way(end_km: float, terminal_km: float, speed_km_h: float, river: _River) -> _Way:
    """Return the way from an end of the voyages to a terminal at a speed through the water."""
    locks = [km for km in river.locks_km if passes_lock(km, end_km, terminal_km)]
    marks = [end_km, *sorted(locks, key=lambda km: abs(km - end_km)), terminal_km]
    hours = [float(river.sailing.reaches.hours(a, b, speed_km_h)) for a, b in itertools.pairwise(marks)]
    return _Way(marks, hours)


def _start(way: _Way, arrive_min: float, local: LocalParameters) -> tuple[float, float]:
    """Return where and when a vessel begins its way to a terminal: at its end, or where it is at minute 0."""
    marks, hours = way
    end_km, terminal_km = marks[0], marks[-1]
    gone = sum(hours) + local.lock_h * (len(marks) - 2) - arrive_min / 60.0
    if gone <= 0.0:
        return end_km, -60.0 * gone
    side = 1.0 if terminal_km > end_km else -1.0
    for (begin, stop), taken in zip(itertools.pairwise(marks), hours, strict=True):
        if gone < taken:
            return begin + (stop - begin) * gone / taken, 0.0
        gone -= taken
        if gone < local.lock_h:
            # the queue of the first day lies before the lock already: this one comes out of it
            return stop + side * _BELOW_LOCK_KM, 60.0 * (local.lock_h - gone)
        gone -= local.lock_h
    return terminal_km, 0.0


def _vessels(
    county: County, voyages: pl.DataFrame, river: _River, stations_km: list[float], *, seed: int
) -> pl.DataFrame:
    """Return the vessels: one row per call with LNG, one per class of the others."""
    tanks = TankParameters.from_county(county)
    drawn = stream(seed, "shipping", "local", "tank")
    tank_of = dict(river.classes.select("vessel_class", "tank_m3").iter_rows())
    rows = list(voyages.iter_rows(named=True))
    back = {row["follows"]: row["to_km"] for row in rows if row["follows"] is not None}
    cycling: list[tuple[str, str, str, float | None, float | None]] = []
    passing: dict[str, str] = {}
    for row in rows:
        vessel, name = row["vessel_id"], row["vessel_class"]
        if row["follows"] is not None:
            continue
        if row["kind"] == "through":
            passing[vessel] = name
            continue
        tank = float(tank_of[name])
        burnt = _burnt_kg(row, back[row["voyage_id"]], river, stations_km) / (1000.0 * tanks.density_t_m3)
        # as for the LNG fleet: what it left the last station with, less what it has burnt since
        level = tank * float(drawn.uniform(tanks.may_share, tanks.fill_max_share)) - burnt
        cycling.append((vessel, name, "cycling", tank, max(level, tanks.reserve_share * tank)))
    listed = cycling + [(vessel, passing[vessel], "through", None, None) for vessel in sorted(passing)]
    found = pl.DataFrame(listed, schema=_LISTED, orient="row")
    found = found.join(river.classes.drop("tank_m3"), on="vessel_class", maintain_order="left").with_columns(
        pl.when(pl.col("kind") == "cycling").then(pl.lit(value)).alias(name) for name, value in tanks.columns().items()
    )
    # validated where they are simulated, with the others
    return pl.concat([_NO_VESSELS, found], how="diagonal_relaxed")


_LISTED: Final = {
    **dict.fromkeys(("vessel_id", "vessel_class", "kind"), pl.String),
    **dict.fromkeys(("tank_m3", "tank_start_m3"), pl.Float64),
}


def _burnt_kg(row: Mapping[str, Any], end_km: float, river: _River, stations_km: list[float]) -> float:
    """Return the LNG that a vessel on its way to a terminal has burnt since it last passed a station."""
    name, load, here, terminal = row["vessel_class"], row["load_share"], row["from_km"], row["to_km"]

    def between(first: float, last: float) -> list[float]:
        return [km for km in stations_km if min(first, last) <= km <= max(first, last)]

    passed = between(end_km, here)
    if passed:
        return river.burnt_kg(name, load, min(passed, key=lambda km: abs(km - here)), here)
    # on the way out before: the station nearest to the end, or none since the terminal
    last = min(between(here, terminal), key=lambda km: abs(km - end_km), default=terminal)
    return river.burnt_kg(name, 0.0, last, end_km) + river.burnt_kg(name, load, end_km, here)
