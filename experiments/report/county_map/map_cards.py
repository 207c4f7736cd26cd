"""What stands on the card of a station or town that is chosen on the map: names and figures as a reader wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from experiments.formatting import figure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data.county import County
    from experiments.report.language import Translate
    from experiments.report.words.place_names import PlaceNames

    Card = dict[str, Any]


def station_cards(table: pl.DataFrame, days: int, names: PlaceNames, translate: Translate) -> list[Card]:
    """Return the card of each station on the map; means over replications.

    Parameters
    ----------
    table : polars.DataFrame
        As `map_layers.stations_on_map` returns it.
    days : int
        Of the run.
    names : PlaceNames
        Names in the language.
    translate : Translate
        Into the language.
    """
    lines = (
        ("piles", translate("piles"), None, 1.0),
        ("guns", translate("guns"), None, 1.0),
        ("power_kw", translate("power of all piles"), "kW", 1.0),
        ("peak_kw", translate("peak of the run"), "kW", 1.0),
        ("arrivals", translate("arrivals a day"), None, 1.0 / days),
        ("energy_kwh", translate("energy a day"), "kWh", 1.0 / days),
        ("use_percent", translate("guns in use"), "%", 1.0),
        ("wait_p95_min", translate("P95 of the wait"), translate("min"), 1.0),
        ("turned_away_percent", translate("leave without a charge"), "%", 1.0),
        ("cny_per_kwh", translate("drivers pay"), translate("CNY/kWh"), 1.0),
    )
    known = [line for line in lines if line[0] in table.columns]
    return [
        {
            "title": names.station(row["station_id"]),
            "lines": [
                [name, figure(row[column] * factor, unit)]
                for column, name, unit, factor in known
                if row[column] is not None
            ],
        }
        for row in table.iter_rows(named=True)
    ]


def town_cards(
    county: County, tables: Mapping[str, pl.DataFrame], names: PlaceNames, translate: Translate
) -> list[Card]:
    """Return the card of each town: its residents, its area, and its grid where that is known."""
    grid = tables["grid"].group_by("town").agg(pl.col("capacity_kw", "peak_kw", "peak_share").mean())
    known = {row["town"]: row for row in grid.iter_rows(named=True)}
    cards = []
    for town, residents, area in county.towns.select("town", "residents", "area_km2").iter_rows():
        lines = [[translate("residents"), figure(residents, None)]]
        if area is not None:
            lines.append([translate("area"), figure(area, "km²")])
        row = known.get(town)
        if row is not None and row["capacity_kw"] is not None:
            lines.append([translate("its grid carries"), figure(row["capacity_kw"], "kW")])
        if row is not None and row["peak_share"] is not None:
            lines.append([translate("peak of the grid"), figure(row["peak_kw"], "kW")])
            lines.append([translate("of what it carries"), figure(row["peak_share"], "share")])
        cards.append({"title": names.name("towns", town), "lines": lines})
    return cards
