"""Faults that lie between the tables of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from data.errors import DataError, Fault, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shipping.river.reaches import Reaches

SHOWN: Final = 20  # faults of a kind: enough to see the pattern, few enough to read
_OFF_SHOWN: Final = 5  # places off the waterway: they tend to be off for one reason
HULL_COLUMNS = ("length_m", "beam_m", "draught_m")
REFERENCE_COLUMNS = ("reference_kw", "reference_speed_km_h", "empty_power_share")
TANK_COLUMNS = ("tank_m3", "tank_start_m3", "density_t_m3", "fill_max_share", "reserve_share", "may_share")


def check_inputs(
    reaches: Reaches,
    voyages: pl.DataFrame,
    stations: pl.DataFrame,
    vessels: pl.DataFrame,
    berths: Mapping[str, int],
) -> None:
    """Raise DataError with all faults that lie between the tables; ``berths`` by terminal."""
    faults: list[Fault] = []
    known = vessels["vessel_id"].to_list()
    lost = set(voyages["vessel_id"].unique().to_list()).difference(known)
    for name in voyages["vessel_id"].unique(maintain_order=True) if lost else ():
        if name not in lost:
            continue
        # the first row that names it, counted from 1
        row = voyages["vessel_id"].index_of(name)
        remedy = f"Add the vessel.{nearest(name, known)}"
        faults.append(Fault("voyages", 1 + (row or 0), "vessel_id", f"'{name}'", "a vessel of the table", remedy))
    for table, frame, column in (
        ("voyages", voyages, "from_km"),
        ("voyages", voyages, "to_km"),
        ("stations", stations, "chainage_km"),
    ):
        off = np.flatnonzero(~reaches.covers(frame[column].to_numpy()))
        first, last = reaches.chainage_km[0], reaches.chainage_km[-1]
        faults += [
            Fault(table, int(row) + 1, column, f"{frame[column][int(row)]:g}", f"{first:g} to {last:g} km")
            for row in off[:_OFF_SHOWN]
        ]
    faults += _order_faults(voyages)
    faults += _terminal_faults(voyages, berths)
    faults += _drive_faults(vessels)
    faults += _tank_faults(vessels)
    faults += _station_faults(stations, vessels)
    if faults:
        raise DataError.of("river", faults)


def _is_empty(column: pl.Series) -> bool:
    """Return whether no row has a value: what asks for one has no fault then."""
    return column.null_count() == column.len()


def _order_faults(voyages: pl.DataFrame) -> list[Fault]:
    """Return voyages that follow what is no earlier voyage of their vessel, ends elsewhere, or is followed twice."""
    if _is_empty(voyages["follows"]):
        return []
    later = voyages["follows"].is_not_null().arg_true().to_numpy()
    # by places, not by a join: every run comes here
    ids, before = voyages["voyage_id"].to_numpy(), voyages["follows"].gather(later).to_numpy()
    order = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids, before, sorter=order), ids.size - 1)
    earlier = order[place]
    good = (ids[earlier] == before) & (before < ids[later])
    for name in ("vessel_id", "kind"):
        good &= (voyages[name].gather(later) == voyages[name].gather(earlier)).to_numpy()
    good &= voyages["from_km"].to_numpy()[later] == voyages["to_km"].to_numpy()[earlier]
    _, which, count = np.unique(before, return_inverse=True, return_counts=True)
    wrong = np.flatnonzero(~good | (count[which] > 1))[:SHOWN].tolist()
    expected = "an earlier voyage of the vessel that ends where this one starts, which no other follows"
    return [Fault("voyages", int(later[row]) + 1, "follows", str(before[row]), expected) for row in wrong]


def _terminal_faults(voyages: pl.DataFrame, berths: Mapping[str, int]) -> list[Fault]:
    """Return voyages to no known terminal or without the time of their handling, and terminals without berths."""
    faults = [
        Fault("terminals", row, "berths", str(count), "at least one")
        for row, count in enumerate(berths.values(), 1)
        if count < 1
    ]
    if _is_empty(voyages["terminal"]):
        return faults
    both = zip(voyages["terminal"].to_list(), voyages["handling_min"].to_list(), strict=True)
    called = [(number, name, stay) for number, (name, stay) in enumerate(both, 1) if name is not None]
    lost = [(number, name) for number, name, _ in called if name not in berths]
    unknown = [
        Fault("voyages", number, "terminal", f"'{name}'", "a terminal of the table", nearest(name, berths).strip())
        for number, name in lost[:SHOWN]
    ]
    untold = [number for number, _, stay in called if stay is None]
    unsaid = [
        Fault("voyages", number, "handling_min", "nothing", "minutes: the voyage ends at a terminal")
        for number in untold[:SHOWN]
    ]
    return unknown + unsaid + faults


def _drive_faults(vessels: pl.DataFrame) -> list[Fault]:
    """Return vessels of which neither hull nor reference power, or neither speed nor power set is known."""
    hull = pl.all_horizontal(pl.col(HULL_COLUMNS).is_not_null())
    # either will do: hull, or power at a reference speed
    reference = pl.all_horizontal(pl.col(REFERENCE_COLUMNS).is_not_null())
    both = pl.all_horizontal(pl.col("water_speed_km_h", "set_kw").is_not_null())
    neither = pl.all_horizontal(pl.col("water_speed_km_h", "set_kw").is_null())
    incomplete = ~hull & (pl.col("draught_m").is_not_null() | ~reference)
    too_deep = pl.col("empty_draught_m") > pl.col("draught_m")
    # most fleets are good: one look at them takes a quarter of one for each kind of fault
    faulty = incomplete | too_deep.fill_null(value=False) | both | neither
    if not vessels.select(faulty.any()).item():
        return []
    table = vessels.with_row_index("number", 1).filter(faulty)
    needed = f"{', '.join(HULL_COLUMNS)}, or {', '.join(REFERENCE_COLUMNS)}"
    lacking = table.filter(incomplete)
    faults = [Fault("vessels", number, "draught_m", "not all", needed) for number in lacking["number"][:SHOWN]]
    deep = table.filter(too_deep)
    for number, empty, full in deep.select("number", "empty_draught_m", "draught_m").head(SHOWN).iter_rows():
        faults.append(Fault("vessels", number, "empty_draught_m", f"{empty:g} m", f"at most {full:g} m"))
    for number, given in table.filter(both | neither).select("number", "set_kw").head(SHOWN).iter_rows():
        got = "nothing" if given is None else "both"
        faults.append(Fault("vessels", number, "water_speed_km_h", got, "either it or set_kw"))
    return faults


def _tank_faults(vessels: pl.DataFrame) -> list[Fault]:
    """Return the faults of vessels that have a tank but lack what goes with it."""
    if _is_empty(vessels["tank_m3"]):
        return []
    lacking = pl.any_horizontal(pl.col(TANK_COLUMNS).is_null())
    over_full = pl.col("tank_start_m3") > pl.col("tank_m3")
    if not vessels.select(
        (pl.col("tank_m3").is_not_null() & (lacking | over_full.fill_null(value=False))).any()
    ).item():
        return []
    table = vessels.with_row_index("number", 1).filter(pl.col("tank_m3").is_not_null())
    expected = "a number: the vessel has a tank_m3"
    faults = [
        Fault("vessels", row["number"], name, "nothing", expected)
        for row in table.filter(lacking).head(SHOWN).iter_rows(named=True)
        for name in TANK_COLUMNS
        if row[name] is None
    ]
    over = table.filter(over_full)
    for number, start, tank in over.select("number", "tank_start_m3", "tank_m3").head(SHOWN).iter_rows():
        faults.append(Fault("vessels", number, "tank_start_m3", f"{start:g} m3", f"at most {tank:g} m3"))
    return faults


def _station_faults(stations: pl.DataFrame, vessels: pl.DataFrame) -> list[Fault]:
    """Return stations that cannot serve even the smallest bunkering, and vessels that no berth takes."""
    if not stations.height:
        return []
    customer = pl.col("tank_m3").is_not_null() & (pl.col("kind") == "cycling")
    # the smallest bunkering is that of a vessel just below the level at which it may
    room = pl.col("tank_m3") * (pl.col("fill_max_share") - pl.col("may_share"))
    served, smallest, largest = vessels.select(
        customer.any(), room.filter(customer).min().alias("room"), pl.col("dwt_t").filter(customer).max()
    ).row(0)
    if not served:
        return []
    least = float(smallest or 0.0)
    faults = []
    for number, row in enumerate(stations.iter_rows(named=True), 1):
        given = row["tank_m3"] * (row["fill_max_share"] - row["heel_share"])
        if given < least:
            got = f"{row['tank_m3']:g} m3, of which {given:.1f} can be handed out"
            remedy = "Enlarge the tank of the station."
            faults.append(Fault("stations", number, "tank_m3", got, f"at least one bunkering, {least:.1f} m3", remedy))
    # a station without a limit takes every vessel
    if stations["berth_dwt"].null_count() == 0:
        most = float(stations["berth_dwt"].to_numpy().max())
        if largest <= most:
            return faults[:SHOWN]
        large = vessels.with_row_index("number", 1).filter(customer & (pl.col("dwt_t") > most))
        remedy = "Give a station a larger berth_dwt, or leave the vessel out."
        faults += [
            Fault("vessels", number, "dwt_t", f"{dwt:g} t", f"at most {most:g} t: no berth takes it", remedy)
            for number, dwt in large.select("number", "dwt_t").iter_rows()
        ]
    return faults[:SHOWN]
