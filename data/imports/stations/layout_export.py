"""A layout goes out: as GeoJSON for maps, or as a page of OCPI locations for roaming platforms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from data.imports.stations.ocpi import PLUGS
from data.imports.stations.points import DC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from data.county import County

Json = dict[str, Any]  # JSON of many kinds of values
Row = dict[str, Any]  # a row of a layout

PHASE_VOLTS: Final = 220.0
"""Voltage of a phase against neutral where a layout states none: nominal of China's public grid (GB/T 156)."""
SINGLE_PHASE_KW: Final = 7.04
"""Above 32 A x 220 V an AC pile needs three phases (GB/T 18487.1)."""
_WORDS: Final = {word: standard for standard, word in PLUGS.items()}
_PHASE_TYPES: Final = {1: "AC_1_PHASE", 2: "AC_2_PHASE", 3: "AC_3_PHASE"}
DAYS: Final = 7
_DAY_MIN: Final = 1440


@dataclass(frozen=True, slots=True)
class OcpiParty:
    """Who publishes OCPI locations: country (two letters), party (three), country (three letters), time zone."""

    country_code: str = "CN"
    party_id: str = "XIJ"
    country: str = "CHN"
    time_zone: str = "Asia/Shanghai"


def to_geojson(county: County, layout: pl.DataFrame) -> Json:
    """Return a layout as a collection of points, one per station, with its pile groups in the property ``groups``.

    A station without coordinates stands at its service area or town; its property ``placed_by`` says so.
    """
    features = []
    for station, rows in _stations(layout):
        place, placed_by = _place(county, rows[0])
        once = {name: rows[0][name] for name in ("town", "site", "transformer_kw", "hours") if rows[0].get(name)}
        properties = {
            "station_id": station,
            **once,
            "piles": sum(row["piles"] for row in rows),
            "guns": sum(row["piles"] * row["guns_per_pile"] for row in rows),
            "rated_kw": sum(row["piles"] * row["pile_kw"] for row in rows),
            "placed_by": placed_by,
            "groups": [{name: value for name, value in row.items() if value is not None} for row in rows],
        }
        geometry = {"type": "Point", "coordinates": list(place)}
        features.append({"type": "Feature", "id": station, "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "name": county.name, "features": features}


def to_ocpi(
    county: County,
    layout: pl.DataFrame,
    *,
    party: OcpiParty,
    open_spans: Callable[[Mapping[str, object]], list[tuple[float, float]] | None],
    updated: dt.datetime,
) -> Json:
    """Return a layout as a page of OCPI 2.2.1 locations.

    Each gun that can charge beside the others is an EVSE. That guns of a pile share its power cannot be said in OCPI:
    ``physical_reference`` names the pile.

    Parameters
    ----------
    county, layout
        What goes out.
    party
        Who publishes it.
    open_spans
        Open spans of a week in minutes for a row of the layout, minute 0 on Monday; None for always.
    updated
        Time of the last change, for every object.
    """
    stamp = updated.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = dict(county.towns.select("town", "name_en").iter_rows())
    found = []
    for station, rows in _stations(layout):
        lon, lat = _place(county, rows[0])[0]
        town = names.get(rows[0].get("town"), county.name)
        location = {
            "country_code": party.country_code,
            "party_id": party.party_id,
            "id": station,
            "publish": True,
            "name": station,
            "address": town,
            "city": town,
            "country": party.country,
            "coordinates": {"latitude": f"{lat:.6f}", "longitude": f"{lon:.6f}"},
            "time_zone": party.time_zone,
            "evses": [evse for row in rows for evse in _evses(row, party, stamp)],
            "last_updated": stamp,
        }
        spans = open_spans(rows[0])
        if spans is not None:
            location["opening_times"] = {"twentyfourseven": False, "regular_hours": _regular_hours(spans)}
        found.append(location)
    return {"data": found, "status_code": 1000, "status_message": "Success", "timestamp": stamp}


def _stations(layout: pl.DataFrame) -> Iterator[tuple[str, list[Row]]]:
    """Yield the stations of a layout by id, with their rows."""
    for (station,), rows in layout.sort("station_id", "group_id").group_by("station_id", maintain_order=True):
        yield str(station), list(rows.iter_rows(named=True))


def _place(county: County, row: Row) -> tuple[tuple[float, float], str]:
    """Return where a station stands, and what says so."""
    if row.get("lon") is not None and row.get("lat") is not None:
        return (row["lon"], row["lat"]), "coordinates"
    if row.get("site") is not None:
        found = county.service_areas.filter(pl.col("site") == row["site"]).select("lon", "lat").row(0)
        return found, "site"
    return county.towns.filter(pl.col("town") == row["town"]).select("lon", "lat").row(0), "town"


def _evses(row: Row, party: OcpiParty, stamp: str) -> Iterator[Json]:
    """Yield the EVSEs of a pile group."""
    one_at_a_time = row["sharing"] == "exclusive"
    for pile in range(row["piles"]):
        for gun in range(1 if one_at_a_time else row["guns_per_pile"]):
            uid = f"{row['station_id']}.{row['group_id']}.{pile + 1}.{gun + 1}"
            yield {
                "uid": uid,
                "evse_id": f"{party.country_code}*{party.party_id}*E{uid}".replace("-", "").replace(".", "*"),
                "status": "UNKNOWN",
                "physical_reference": f"{row['group_id']} pile {pile + 1}",
                "connectors": [
                    _connector(row, str(number + 1), stamp)
                    for number in range(row["guns_per_pile"] if one_at_a_time else 1)
                ],
                "last_updated": stamp,
            }


def _connector(row: Row, name: str, stamp: str) -> Json:
    """Return a connector of a pile group."""
    power = row["pile_kw"] * 1000.0
    if row["current"] == DC:
        amps = row.get("gun_amps") or power / (2.0 * PHASE_VOLTS)
        volts, power_type, usual = power / amps, "DC", "gbt-dc"
    else:
        phases = row.get("phases") or (1 if row["pile_kw"] <= SINGLE_PHASE_KW else 3)
        volts = row.get("volts") or PHASE_VOLTS
        amps = row.get("gun_amps") or power / (volts * phases)
        power_type, usual = _PHASE_TYPES[phases], "gbt-ac"
    return {
        "id": name,
        "standard": _WORDS.get(row.get("plug") or usual, _WORDS[usual]),
        "format": "CABLE",
        "power_type": power_type,
        "max_voltage": round(volts),
        "max_amperage": round(amps),
        "max_electric_power": round(power),
        "last_updated": stamp,
    }


def _regular_hours(spans: list[tuple[float, float]]) -> list[Json]:
    """Return open spans of a week by day; a span that passes midnight is cut there."""
    rules = []
    for start, end in spans:
        for day in range(DAYS):
            begin, until = max(start, day * _DAY_MIN), min(end, (day + 1) * _DAY_MIN)
            if until > begin:
                ends = [_clock(minute - day * _DAY_MIN) for minute in (begin, until)]
                rules.append({"weekday": day + 1, "period_begin": ends[0], "period_end": ends[1]})
    return sorted(rules, key=lambda rule: (rule["weekday"], rule["period_begin"]))


def _clock(minute: float) -> str:
    """Return a minute of the day as ``HH:MM``; midnight at the end of a day is ``00:00``, as OCPI writes it."""
    whole = round(minute) % _DAY_MIN
    return f"{whole // 60:02}:{whole % 60:02}"
