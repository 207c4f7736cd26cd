"""Open Charge Map: the list of POIs that its API gives, verbose or compact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data.imports.source_file import LeftOut, SourceFile
from data.imports.stations.points import AC, DC, PileGroup, electric_kw, json_number, phase_volts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data.imports.column_map import ColumnMap

Json = dict[str, Any]  # what the API gives, read with `get`

_CURRENT: Final = {10: (AC, 1), 20: (AC, 3), 30: (DC, None)}
"""Current and phases by CurrentTypeID of the API's reference data."""
_PLUGS: Final = {
    1: "type1",
    2: "chademo",
    25: "type2",
    1036: "type2",
    32: "ccs1",
    33: "ccs2",
    1038: "gbt-ac",
    1039: "gbt-ac",
    1040: "gbt-dc",
}
"""Words of the layout by ConnectionTypeID of the API's reference data."""


def points_of_interest(file: SourceFile) -> list[Json]:
    """Return the POIs of a file; empty where it holds none."""
    content = file.json
    found = content if isinstance(content, list) else [content]
    return [one for one in found if isinstance(one, dict) and "AddressInfo" in one]


def recognises(file: SourceFile) -> bool:
    """Return whether a file holds POIs of Open Charge Map."""
    return bool(points_of_interest(file))


def read(file: SourceFile, _: ColumnMap) -> tuple[list[PileGroup], list[LeftOut]]:
    """Return the pile groups of POIs, and the POIs that were left out."""
    groups: list[PileGroup] = []
    out: list[LeftOut] = []
    for poi in points_of_interest(file):
        name = f"OCM-{poi.get('ID')}"
        status = poi.get("StatusType") or {}
        if status.get("IsOperational") is False:
            out.append(LeftOut(f"POI {poi.get('ID')}", name, f"its status is {status.get('Title', 'not operational')}"))
        else:
            groups += _groups(poi, name)
    return groups, out


def _groups(poi: Json, name: str) -> Iterator[PileGroup]:
    """Yield the groups of a POI; one without details where it has no connections."""
    address = poi["AddressInfo"]
    connections = poi.get("Connections") or [{}]
    for number, connection in enumerate(connections, 1):
        current, phases = _CURRENT.get(_id(connection, "CurrentType"), (None, None))
        volts, amps = phase_volts(json_number(connection.get("Voltage")), phases), json_number(connection.get("Amps"))
        power = json_number(connection.get("PowerKW")) or electric_kw(volts, amps, phases)
        quantity = json_number(connection.get("Quantity"))
        if quantity is None and len(connections) == 1:
            quantity = json_number(poi.get("NumberOfPoints"))
        full = current == AC and phases is not None and volts is not None
        yield PileGroup(
            where=f"POI {poi.get('ID')}, connection {number}",
            station=name,
            lon=json_number(address.get("Longitude")),
            lat=json_number(address.get("Latitude")),
            town=address.get("Town"),
            current=current,
            pile_kw=power,
            piles=round(quantity) if quantity else None,
            guns_per_pile=1,
            gun_amps=amps,
            phases=phases if full else None,
            volts=volts if full else None,
            plug=_PLUGS.get(_id(connection, "ConnectionType")),
        )


def _id(connection: Json, name: str) -> int:
    """Return an id, which compact answers give as ``NameID`` and verbose ones as ``Name.ID`` too; 0 for none."""
    nested = connection.get(name) or {}
    return int(connection.get(f"{name}ID") or nested.get("ID") or 0)
