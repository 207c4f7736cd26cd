"""Faults that lie between the tables of a simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from data.errors import DataError, Fault, nearest

if TYPE_CHECKING:
    from shipping.fairway import Reaches

TANK_COLUMNS = ("tank_m3", "tank_start_m3", "density_t_m3", "fill_max_share", "reserve_share", "may_share")


def check_inputs(reaches: Reaches, voyages: pl.DataFrame, stations: pl.DataFrame, vessels: pl.DataFrame) -> None:
    """Raise DataError with all faults that lie between the tables, or with the first reach that stops a vessel."""
    faults: list[Fault] = []
    known = vessels["vessel_id"].to_list()
    lost = voyages.select("vessel_id").unique(maintain_order=True).filter(~pl.col("vessel_id").is_in(known))
    for name in lost["vessel_id"]:
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
            for row in off[:5]
        ]
    faults += _tank_faults(vessels)
    if faults:
        raise DataError.of("river", faults)
    for speed, name in vessels.select("water_speed_km_h", "vessel_class").unique(maintain_order=True).iter_rows():
        reaches.check_speed(speed, name)


def _tank_faults(vessels: pl.DataFrame) -> list[Fault]:
    """Return the faults of vessels that have a tank but lack what goes with it."""
    faults = []
    for number, row in enumerate(vessels.select("vessel_id", *TANK_COLUMNS).iter_rows(named=True), 1):
        if row["tank_m3"] is None:
            continue
        expected = "a number: the vessel has a tank_m3"
        faults += [Fault("vessels", number, name, "nothing", expected) for name in TANK_COLUMNS if row[name] is None]
        if row["tank_start_m3"] is not None and row["tank_start_m3"] > row["tank_m3"]:
            got = f"{row['tank_start_m3']:g} m3"
            faults.append(Fault("vessels", number, "tank_start_m3", got, f"at most {row['tank_m3']:g} m3"))
    return faults
