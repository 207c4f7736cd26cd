"""OCPI locations (2.1.1 to 2.3): one location, a list of them, or a page of the server's answer.

An EVSE charges one vehicle at a time; its connectors are alternatives. Those of one current become a pile with as many
guns, of which one is in use; those of several currents a charger that several groups share (`charger_id`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data.imports.source_file import LeftOut, SourceFile
from data.imports.stations.points import AC, CLOSED_STATES, DC, PileGroup, electric_kw, json_number, phase_volts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.imports.column_map import ColumnMap

# JSON may hold anything: what a page holds is read with `get`, and everything that is missing stays missing.
Json = dict[str, Any]

PLUGS: Final = {
    "IEC_62196_T1": "type1",
    "IEC_62196_T1_COMBO": "ccs1",
    "IEC_62196_T2": "type2",
    "IEC_62196_T2_COMBO": "ccs2",
    "CHADEMO": "chademo",
    "GBT_AC": "gbt-ac",
    "GBT_DC": "gbt-dc",
    "CHAOJI": "chaoji",
    "TESLA_S": "tesla",
    "NEMA_5_20": "nema",
}
"""Words of the layout for the connectors' standards."""
_PHASES: Final = {"AC_1_PHASE": 1, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2, "AC_3_PHASE": 3}
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def locations(file: SourceFile) -> list[Json]:
    """Return the locations of a file; empty where it holds none."""
    content = file.json
    if isinstance(content, dict):
        content = content.get("data", content)
    if isinstance(content, dict):
        content = content.get("locations", [content])
    found = content if isinstance(content, list) else []
    return [one for one in found if isinstance(one, dict) and "coordinates" in one and ("evses" in one or "id" in one)]


def recognises(file: SourceFile) -> bool:
    """Return whether a file holds OCPI locations."""
    return bool(locations(file))


def read(file: SourceFile, _: ColumnMap) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of OCPI locations, and the EVSEs that were left out."""
    groups: list[PileGroup] = []
    out: list[LeftOut] = []
    for location in locations(file):
        name = str(location.get("id") or location.get("name") or "")
        if not location.get("evses"):
            out.append(LeftOut(f"location {name}", name, "it has no EVSE"))
        for number, evse in enumerate(location.get("evses") or (), 1):
            where = f"location {name}, evse {evse.get('uid', number)}"
            state = str(evse.get("status", "")).lower()
            if state in CLOSED_STATES:
                out.append(LeftOut(where, name, f"its status is {evse['status']}"))
            elif not evse.get("connectors"):
                out.append(LeftOut(where, name, "it has no connector"))
            else:
                groups += _evse(location, evse, where)
    return groups, out


def _evse(location: Json, evse: Json, where: str) -> Iterator[PileGroup]:
    """Yield the groups of an EVSE: one per current and plug."""
    kinds: dict[tuple[str | None, str | None], list[Json]] = {}
    for connector in evse["connectors"]:
        kind = (_current(connector), PLUGS.get(str(connector.get("standard")), _plain_plug(connector)))
        kinds.setdefault(kind, []).append(connector)
    place = location.get("coordinates") or {}
    for (current, plug), connectors in kinds.items():
        # the strongest connector says what the EVSE can do
        best = max(connectors, key=lambda one: _power_kw(one) or 0.0)
        phases = _PHASES.get(str(best.get("power_type"))) if current == AC else None
        yield PileGroup(
            where=where,
            station=str(location.get("id") or location.get("name") or "") or None,
            lon=json_number(place.get("longitude")),
            lat=json_number(place.get("latitude")),
            town=location.get("city"),
            current=current,
            pile_kw=_power_kw(best),
            piles=1,
            guns_per_pile=len(connectors),
            sharing="exclusive",
            gun_amps=_amps(best),
            phases=phases,
            volts=None if phases is None else phase_volts(_volts(best), phases),
            plug=plug,
            charger_id=None if len(kinds) == 1 else str(evse.get("uid") or where),
            hours=opening_hours(location.get("opening_times")),
        )


def opening_hours(times: Json | None) -> str | None:
    """Return regular opening hours in the words of OpenStreetMap; None where a location is always open."""
    if not times or times.get("twentyfourseven"):
        return None
    days: dict[str, list[str]] = {}
    for rule in times.get("regular_hours") or ():
        day = dict(enumerate(_DAYS, 1)).get(rule.get("weekday"), str(rule.get("weekday")))
        end = "24:00" if rule.get("period_end") == "00:00" else rule.get("period_end")
        days.setdefault(day, []).append(f"{rule.get('period_begin')}-{end}")
    strange = [day for day in days if day not in _DAYS]
    if strange:
        # text that nobody can read: it is noted, and the station counts as always open
        return "; ".join(f"{day} {','.join(days[day])}" for day in strange)
    return "; ".join(f"{day} {','.join(days[day])}" for day in _DAYS if day in days) or None


def _current(connector: Json) -> str | None:
    """Return the current of a connector."""
    power_type = str(connector.get("power_type", ""))
    return DC if power_type == "DC" else AC if power_type.startswith("AC") else None


def _plain_plug(connector: Json) -> str | None:
    """Return the standard of a connector that has no word in layouts."""
    standard = connector.get("standard")
    return None if standard is None else str(standard).lower().replace("_", "-")


def _power_kw(connector: Json) -> float | None:
    """Return the power of a connector: as stated (W), or of its volts and amps."""
    stated = json_number(connector.get("max_electric_power"))
    if stated:
        return stated / 1000.0
    phases = _PHASES.get(str(connector.get("power_type")))
    return electric_kw(phase_volts(_volts(connector), phases), _amps(connector), phases)


def _volts(connector: Json) -> float | None:
    """Return the voltage of a connector; its key changed with version 2.2."""
    return json_number(connector.get("max_voltage", connector.get("voltage")))


def _amps(connector: Json) -> float | None:
    """Return the current of a connector; its key changed with version 2.2."""
    return json_number(connector.get("max_amperage", connector.get("amperage")))
