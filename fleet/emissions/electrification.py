"""What electric vehicles of some classes do to the carbon accounts: the county with them, and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError
from data.schemas.base import NEW_ENERGY
from fleet.emissions.accounts import BOUNDARIES, carbon, carrier_factors, energy, turnover
from fleet.emissions.factors import RoadFactors
from fleet.emissions.methods import share_needed
from fleet.vehicles.costs import COMBUSTION
from fleet.vehicles.turnover import stock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

BUS_TAXI: Final = "bus_taxi"
_ROUNDING: Final = 1e-12  # of an intensity: what is left where a boundary has none of these vehicles
_KEYS: Final = ("year", "boundary", "series", "grid")


def without_new_energy(county: County, classes: Sequence[str]) -> County:
    """Return the county in which some classes never bought new energy.

    Their other powers keep their proportions; where a year has none, the class's petrol or diesel vehicle stands in.

    Raises
    ------
    DataError
        A class whose flow never had another power.
    """
    flow = county.flow_shares
    keys = ["vehicle_class", "year"]
    concerned = pl.col("vehicle_class").is_in(list(classes))
    new = pl.col("power").is_in(list(NEW_ENERGY))
    # a window over the class and year keeps every row of the flow in its place
    rest = pl.col("share").filter(~new).sum().over(keys)
    usual = ~new & pl.col("power").is_in(list(COMBUSTION))
    for (name,), rows in flow.filter(concerned).group_by("vehicle_class", maintain_order=True):
        if not rows.filter(usual).height:
            raise DataError(f"flow_shares: vehicle_class {name!r} has neither petrol nor diesel to stand in.")
    alone = pl.when(usual).then(1.0 / usual.sum().over(keys)).otherwise(0.0)
    # scaled up to 1 again: the vehicles are as many, only their power differs
    other = pl.when(new).then(0.0).when(rest > 0.0).then(pl.col("share") / rest).otherwise(alone)
    changed = flow.with_columns(share=pl.when(concerned).then(other).otherwise("share"))
    return county.with_table("flow_shares", changed)


def bus_taxi_effect(county: County, *, years: Sequence[int], table: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return what electric buses and taxis do to the change of intensity since the base year, by boundary and series.

    Parameters
    ----------
    county
        Its tables; the classes are those whose own boundary is ``bus_taxi``.
    years
        Years after ``carbon.baseline_year``.
    table
        Stock of the county, where it is at hand.

    Returns
    -------
    polars.DataFrame
        ``year, boundary, series, grid, change, change_without, effect``: the change of intensity with the county's
        flow shares, with none of these vehicles electric, and the first less the second. It is 0 where the boundary
        leaves these vehicles out.
    """
    base = round(county.figure("carbon.baseline_year"))
    classes = county.vehicle_classes.filter(pl.col("boundary") == BUS_TAXI)["vehicle_class"].to_list()
    without = without_new_energy(county, classes)
    changes = _changes(county, stock(county) if table is None else table, base, years)
    changes_without = _changes(without, stock(without), base, years)
    joined = changes.join(changes_without.rename({"change": "change_without"}), on=_KEYS, maintain_order="left")
    effect = pl.col("change") - pl.col("change_without")
    return joined.with_columns(effect=pl.when(effect.abs() < _ROUNDING).then(0.0).otherwise(effect))


def electric_share_needed(county: County, vehicle_class: str, *, change: float, year: int, series: str) -> float | None:
    """Return the share of a diesel class's t km that must be electric for a change of its intensity.

    Parameters
    ----------
    county
        Energy use, factors.
    vehicle_class
        A class with diesel and battery-electric vehicles.
    change
        Change of intensity, such as -0.1.
    year
        Year of the grid's factor.
    series
        ``a``, ``b`` or ``c``.

    Returns
    -------
    float or None
        None where electric vehicles emit no less; above 1 where even all of them are not enough.

    Raises
    ------
    DataError
        A class without energy use of both.
    """
    factors, per_km = RoadFactors.from_county(county), []
    for power, carrier in (("diesel", "diesel"), ("bev", "electricity")):
        # one vehicle is enough: the amount is divided by its km below
        stock_of_one = pl.DataFrame(
            {"year": [year], "vehicle_class": [vehicle_class], "power": [power], "vehicles": [1.0]}
        )
        # no km_per_vehicle in this stock: `energy` takes the class's, and it cancels out
        used = energy(factors, stock_of_one).row(0, named=True)
        per_km.append(used["amount"] / used["km"] * carrier_factors(factors, series, year)[carrier])
    return share_needed(change, *per_km)


def electric_work(county: County, table: pl.DataFrame, *, change: float, year: int) -> pl.DataFrame:
    """Return the electric share of the narrow boundary's work, and the share at which a target of it just holds.

    Parameters
    ----------
    county
        Its tables; ``carbon.baseline_year`` is the year that the change counts from.
    table
        Stock of the county.
    change
        Target of the change of intensity, such as -0.1.
    year
        Year of the target.

    Returns
    -------
    polars.DataFrame
        ``series, grid, share, needed``: electric vehicles' part of the converted t km, and the part that the target
        needs while electric and other vehicles each use what they do in that year; null where electric vehicles emit no
        less per t km than the others, above 1 where all of them are not enough.
    """
    factors, classes = RoadFactors.from_county(county), list(BOUNDARIES["narrow"])
    base = factors.base_year
    account = carbon(county, table, years=[base]).filter(boundary="narrow")
    first = {
        (series, grid): intensity
        for series, grid, intensity in account.select(_KEYS[2], _KEYS[3], "intensity_g_per_tkm").iter_rows()
    }
    now = table.filter(pl.col("year") == year)
    work = turnover(factors, now, by_power=True).filter(pl.col("boundary").is_in(classes))
    used = energy(factors, now).filter(pl.col("boundary").is_in(classes))
    electric = pl.col("power") == "bev"
    tkm = [float(work.filter(part)["converted_tkm"].sum()) for part in (electric, ~electric)]
    rows = []
    for (series, grid), before in first.items():
        per_unit = carrier_factors(factors, series, base if grid == "frozen" else year)
        emitted = used.with_columns(
            kg=pl.col("amount") * pl.col("carrier").replace_strict(per_unit, return_dtype=pl.Float64)
        )
        clean, other = (
            1000.0 * float(emitted.filter(part)["kg"].sum()) / driven if driven > 0.0 else None
            for part, driven in zip((electric, ~electric), tkm, strict=True)
        )
        needed = None
        if clean is not None and other is not None and clean < other:
            needed = max(0.0, (other - before * (1.0 + change)) / (other - clean))
        rows.append((series, grid, tkm[0] / sum(tkm), needed))
    schema = {"series": pl.String, "grid": pl.String, "share": pl.Float64, "needed": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _changes(county: County, table: pl.DataFrame, base: int, years: Sequence[int]) -> pl.DataFrame:
    """Return the change of intensity since the base year."""
    account = carbon(county, table, years=[base, *years]).select(*_KEYS, "intensity_g_per_tkm")
    first = account.filter(pl.col("year") == base).drop("year").rename({"intensity_g_per_tkm": "first"})
    later = account.filter(pl.col("year") != base).join(first, on=_KEYS[1:], maintain_order="left")
    return later.select(*_KEYS, change=pl.col("intensity_g_per_tkm") / pl.col("first") - 1.0)
