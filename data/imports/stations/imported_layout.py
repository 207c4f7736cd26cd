"""Pile groups of a list become a layout of a county: towns by road, defaults from the county's figures, all noted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import dataframely as dy
import polars as pl

from data.errors import DataError
from data.imports.import_figures import import_figure
from data.imports.source_file import LeftOut, Taken
from data.imports.stations.points import AC, DC, PileGroup
from data.imports.stations.station_places import StationPlace, place_stations
from data.schemas.base import SHARINGS
from data.schemas.charging import Layout
from data.tables.messages import describe
from data.tables.validate import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import networkx as nx

    from data.county import County

_KEY: Final = ("current", "pile_kw", "guns_per_pile", "sharing", "gun_amps", "phases", "volts", "plug", "opened_year")
"""What piles of one group have in common."""
_OF_STATION: Final = ("transformer_kw", "hours", "fee_cny_kwh")
"""What a station has once."""
_NUMBERS: Final = {
    name: column
    for name, column in Layout.columns().items()
    # places have rules of their own
    if isinstance(column, dy.Float64 | dy.Int64) and name in PileGroup.__slots__ and name not in ("lon", "lat")
}
"""Numbers that a list may state and a layout bounds."""
_FEWEST_GUNS_THAT_SHARE: Final = 2


@dataclass(frozen=True, slots=True)
class ImportDefaults:
    """What is taken where a list says nothing; figures of the county.

    Attributes
    ----------
    pile_kw : dict of str to float
        Rated power by current, kW.
    guns_per_pile : dict of str to int
        Guns by current.
    piles_per_station : int
        Piles of a station of which no number is known.
    ac_most_kw : float
        Above this a pile of which only the power is known is DC, kW.
    town_reach_km : float
        Stations farther from every town by road lie in another county, km.
    site_reach_km : float
        Stations as near as this to a service area belong to it, and places of one station lie within it, km.
    """

    pile_kw: dict[str, float]
    guns_per_pile: dict[str, int]
    piles_per_station: int
    ac_most_kw: float
    town_reach_km: float
    site_reach_km: float

    @classmethod
    def from_county(cls, county: County) -> ImportDefaults:
        """Return the county's figures ``import.*``; see `data.imports.import_figures.import_figure`."""
        return cls(
            {current: import_figure(county, f"pile_kw_{current}") for current in (AC, DC)},
            {AC: 1, DC: round(import_figure(county, "guns_per_pile_dc"))},
            round(import_figure(county, "piles_per_station")),
            import_figure(county, "ac_most_kw"),
            import_figure(county, "town_reach_km"),
            import_figure(county, "site_reach_km"),
        )


@dataclass(frozen=True)
class ImportedLayout:
    """A layout made of a list.

    Attributes
    ----------
    layout : polars.DataFrame
        `data.schemas.charging.Layout`, by station and group.
    taken : list of Taken
        What the list does not say, and what was taken instead.
    left_out : list of LeftOut
        What was not taken from the list.
    """

    layout: pl.DataFrame
    taken: list[Taken] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def layout_from(
    county: County,
    groups: Iterable[PileGroup],
    *,
    graph: nx.MultiDiGraph | None = None,
    readable_hours: Callable[[str], bool],
    left_out: Iterable[LeftOut] = (),
) -> ImportedLayout:
    """Return the layout of a county that a list of stations describes.

    Parameters
    ----------
    county
        Its towns, roads, service areas and figures ``import.*``.
    groups
        What a reader of lists gives.
    graph
        Road map; None takes the roads of the tables. See `data.roads.nearest_town.nearest_towns`.
    readable_hours
        Whether the simulation understands a text of opening hours.
    left_out
        What the reader left out, to be listed first.

    Raises
    ------
    DataError
        If nothing of the list lies in the county.
    """
    defaults = ImportDefaults.from_county(county)
    taken: list[Taken] = []
    out = list(left_out)
    possible = []
    for group in groups:
        reason = _impossible(group)
        if reason is None:
            possible.append(group)
        else:
            out.append(LeftOut(group.where, group.station or "", reason))
    places = place_stations(
        county,
        possible,
        site_reach_km=defaults.site_reach_km,
        town_reach_km=defaults.town_reach_km,
        graph=graph,
        out=out,
        taken=taken,
    )
    rows = [row for place in places for row in _rows(place, defaults, readable_hours, taken)]
    if not rows:
        listed = "; ".join(f"{one.where}: {one.reason}" for one in out[:5])
        raise DataError(f"No station of the list lies in {county.name}, so there is no layout. {listed}")
    schema = {name: column.dtype for name, column in Layout.columns().items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    used = [
        name for name in frame.columns if not Layout.columns()[name].nullable or frame[name].null_count() < len(rows)
    ]
    # columns that a layout must have stand in it even if they are empty
    needed = [name for name in Layout.column_names() if name in used or name in ("town", "gun_amps", "transformer_kw")]
    checked = validate(frame, Layout, table="layout")
    return ImportedLayout(checked.select(needed).sort("station_id", "group_id"), taken, out)


def _impossible(group: PileGroup) -> str | None:
    """Return which number of a group no layout may have; None where all may stand."""
    for name, column in _NUMBERS.items():
        value = getattr(group, name)
        least, most = (
            (-math.inf if column.min is None else column.min),
            (math.inf if column.max is None else column.max),
        )
        if value is not None and not least <= value <= most:
            return f"{name} is {value:g}; expected {describe(column)}"
    return None


def _rows(
    place: StationPlace, defaults: ImportDefaults, readable_hours: Callable[[str], bool], taken: list[Taken]
) -> list[dict[str, object]]:
    """Return the rows of a station."""
    filled = [_filled(place.station_id, group, defaults, taken) for group in place.groups]
    once = {name: _one(place.station_id, name, filled, taken) for name in _OF_STATION}
    hours = once["hours"]
    if isinstance(hours, str) and not readable_hours(hours):
        once["hours"] = None
        taken.append(Taken(place.station_id, "hours", "always open", f"the text {hours!r} cannot be read"))
    station = {
        "station_id": place.station_id,
        "town": place.town,
        "site": place.site,
        "lon": place.lon,
        "lat": place.lat,
        **once,
    }
    names: set[str] = set()
    return [
        {**station, "group_id": _name(group, names), "piles": piles, "charger_id": charger}
        | {name: getattr(group, name) for name in _KEY}
        for group, piles, charger in _merged(filled)
    ]


def _filled(station: str, group: PileGroup, defaults: ImportDefaults, taken: list[Taken]) -> PileGroup:
    """Return a group with everything that a layout needs; notes what was taken."""

    def take(column: str, value: object, why: str) -> None:
        taken.append(Taken(station, column, f"{value:g}" if isinstance(value, float) else str(value), why))

    current = group.current
    if current is None:
        current = DC if (group.pile_kw or 0.0) > defaults.ac_most_kw else AC
        take(
            "current", current, "by its power, figure import.ac_most_kw" if group.pile_kw else "nothing is known of it"
        )
    power = group.pile_kw
    if not power:
        power = defaults.pile_kw[current]
        take("pile_kw", power, f"figure import.pile_kw_{current}")
    guns_per_pile = group.guns_per_pile
    if not guns_per_pile:
        if group.guns and group.piles:
            guns_per_pile = math.ceil(group.guns / group.piles)
        else:
            guns_per_pile = defaults.guns_per_pile[current]
            take(
                "guns_per_pile",
                guns_per_pile,
                f"figure import.guns_per_pile_{current}" if current == DC else "AC piles",
            )
    piles = group.piles
    if not piles:
        piles = math.ceil(group.guns / guns_per_pile) if group.guns else defaults.piles_per_station
        take("piles", piles, "guns by guns per pile" if group.guns else "figure import.piles_per_station")
    sharing = group.sharing
    if sharing not in SHARINGS:
        several = guns_per_pile >= _FEWEST_GUNS_THAT_SHARE
        sharing = ("dynamic" if current == DC else "equal") if several else "exclusive"
        if several:
            take("sharing", sharing, "guns of a pile share its power")
    volts = group.volts if group.phases else None
    return replace(
        group,
        current=current,
        pile_kw=round(power, 3),  # of volts and amps, it has digits that nobody measured
        guns_per_pile=guns_per_pile,
        piles=piles,
        sharing=sharing,
        gun_amps=group.gun_amps or None,
        volts=volts,
        phases=group.phases if volts else None,
    )


def _one(station: str, column: str, groups: Sequence[PileGroup], taken: list[Taken]) -> object:
    """Return what all groups of a station must agree on: the first value that stands."""
    values = list(dict.fromkeys(value for group in groups if (value := getattr(group, column)) is not None))
    if len(values) > 1:
        others = ", ".join(str(value) for value in values[1:])
        taken.append(Taken(station, column, str(values[0]), f"its rows differ: also {others}"))
    return values[0] if values else None


def _merged(groups: Sequence[PileGroup]) -> list[tuple[PileGroup, int, str | None]]:
    """Return groups, piles and charger: equal groups as one, and equal chargers of several groups as one."""
    plain: dict[tuple[object, ...], list[PileGroup]] = {}
    chargers: dict[str, list[PileGroup]] = {}
    for group in groups:
        if group.charger_id is None:
            plain.setdefault(_key(group), []).append(group)
        else:
            chargers.setdefault(group.charger_id, []).append(group)
    alike: dict[tuple[object, ...], list[list[PileGroup]]] = {}
    for parts in chargers.values():
        signature = tuple(sorted(repr((_key(part), part.piles)) for part in parts))
        alike.setdefault(signature, []).append(parts)
    merged: list[tuple[PileGroup, int, str | None]] = [
        (found[0], sum(group.piles or 0 for group in found), None) for found in plain.values()
    ]
    for number, same in enumerate(alike.values(), 1):
        name = f"charger-{number}" if len(same[0]) > 1 else None
        merged += [(part, sum(one[order].piles or 0 for one in same), name) for order, part in enumerate(same[0])]
    return merged


def _key(group: PileGroup) -> tuple[object, ...]:
    """Return what piles of one group have in common."""
    return tuple(getattr(group, name) for name in _KEY)


def _name(group: PileGroup, names: set[str]) -> str:
    """Return a name for a group that its station does not have yet."""
    base = f"{group.current}-{round(group.pile_kw or 0.0, 1):g}"
    name, number = base, 1
    while name in names:
        number += 1
        name = f"{base}-{number}"
    names.add(name)
    return name
