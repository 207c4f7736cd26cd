"""The electric vehicles of a county's operators in a year: how many, in which depot, with which duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from data.memory.remembering import remembered
from fleet.demand.operated.schedules import DutyDay, Operated
from fleet.operators.consumption import ELECTRIC
from fleet.operators.depots import depot_town
from fleet.operators.networks import OPERATOR_FLEETS
from fleet.operators.operator_vehicles import with_spares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from data.county import County


def operated_fleets(county: County, stock: pl.DataFrame, duties: pl.DataFrame, *, year: int) -> tuple[Operated, ...]:
    """Return the electric vehicles of the operators of a county.

    An operator has the share of electric vehicles that its class has. Whose row names no vehicles has all of its class
    that no row before it has; vans as many as its routes need, with spare ones. Freight operators whose row names no
    vehicles stand for many hauliers, which have depots in all towns: they are left out here.

    Parameters
    ----------
    county
        Its tables ``operators`` and ``towns``, figure ``operators.spare_share``.
    stock
        Table of :func:`fleet.stock`.
    duties
        Columns of `fleet.operators.networks.DUTIES`; rows of operators of other classes than the table names are
        not used.
    year
        Year of the stock.
    """
    return tuple(one for one in _every_fleet(county, stock, duties, year) if one.vehicles > 0)


def _every_fleet(county: County, stock: pl.DataFrame, duties: pl.DataFrame, year: int) -> list[Operated]:
    """Return all operators with vehicles of their own, also those that have no electric one yet."""
    towns = county.towns["town"].to_list()
    # of the towns their order alone counts: points of a sample move who lives there
    planned = remembered(county, ("duty_days", *towns), lambda _: _days_of(towns, duties), of=(duties,))
    now = stock.filter(pl.col("year") == year)
    of_class = {
        name: _all_and_electric(now.filter(vehicle_class=name)) for name in county.operators["vehicle_class"].unique()
    }
    found: list[Operated] = []
    for row in county.operators.iter_rows(named=True):
        name = row["vehicle_class"]
        every, electric = of_class[name]
        days = planned.get(row["operator"], {})
        if stands_for_many(row) or (row["kind"] == "vans" and not days):
            continue
        taken = [one for one in found if one.vehicle_class == name]
        owned = _owned(row, days, every - sum(one.owned for one in taken), county)
        if owned > 0.0:
            left = electric - sum(one.vehicles for one in taken)
            share = min(left, electric if owned >= every else round(owned * electric / every))
            place = towns.index(depot_town(county, row))
            found.append(Operated(row["operator"], name, share, owned, place, float(row["charger_kw"]), days))
    return found


def _all_and_electric(rows: pl.DataFrame) -> tuple[float, int]:
    """Return the vehicles of rows of the stock, and the electric ones among them."""
    return float(rows["vehicles"].sum()), round(float(rows.filter(pl.col("power") == ELECTRIC)["vehicles"].sum()))


def _days_of(towns: list[str], duties: pl.DataFrame) -> dict[str, dict[str, DutyDay]]:
    """Return the duties of each operator by kind of day."""
    days: dict[str, dict[str, DutyDay]] = {}
    for (operator, kind), legs in duties.group_by("operator", "days", maintain_order=True):
        days.setdefault(str(operator), {})[str(kind)] = DutyDay.of(legs, towns)
    return days


def stands_for_many(row: Mapping[str, Any]) -> bool:
    """Return whether a row of ``operators`` stands for many hauliers: trucks without a number of vehicles."""
    return bool(row["kind"] == "trucks" and row["vehicles"] is None)


def fleets_table(
    county: County, stock: pl.DataFrame, duties: pl.DataFrame, loads: pl.DataFrame, *, year: int
) -> pl.DataFrame:
    """Return the operators of a county with their fleets in a year; parameters as of `operated_fleets`.

    Parameters
    ----------
    loads
        Columns of `fleet.operators.networks.DEPOT_LOADS`.

    Returns
    -------
    polars.DataFrame
        Columns of `fleet.operators.networks.OPERATOR_FLEETS`.
    """
    known = {one.operator: one for one in _every_fleet(county, stock, duties, year)}
    most = loads.group_by("operator").agg(pl.col("at_once_kw", "managed_kw").max())
    peaks = {name: ends for name, *ends in most.iter_rows()}
    # rows that stand for many hauliers have what the others of their class have not: the first of them all of it
    rest = _rest(stock.filter(pl.col("year") == year), list(known.values()))
    rows = []
    for row in county.operators.iter_rows(named=True):
        one = known.get(row["operator"])
        vehicles, plugged = (one.owned, one.vehicles) if one is not None else (None, 0)
        if stands_for_many(row):
            vehicles, plugged = rest.pop(row["vehicle_class"], (0.0, 0))
        day = None if one is None or not one.days else next(iter(one.days.values()))
        at_once, managed = peaks.get(row["operator"], (None, None))
        rows.append(
            {
                **{name: row[name] for name in ("operator", "kind", "vehicle_class", "charger_kw")},
                "town": depot_town(county, row),
                "vehicles": vehicles,
                "electric_vehicles": plugged,
                "duties": None if day is None else len(day.km),
                "driven_duties": None if day is None or one is None else len(one.driven(day)),
                "duty_km": None if day is None else day.mean_km,
                "at_once_kw": at_once,
                "managed_kw": managed,
            }
        )
    return pl.DataFrame(rows, schema=OPERATOR_FLEETS)


def _rest(now: pl.DataFrame, known: Sequence[Operated]) -> dict[str, tuple[float, int]]:
    """Return all and electric vehicles by class of a year's stock that no operator of its own number has."""
    found = {}
    for (name,), rows in now.group_by("vehicle_class", maintain_order=True):
        fleets = [one for one in known if one.vehicle_class == name]
        every, electric = _all_and_electric(rows)
        found[str(name)] = (
            every - sum(one.owned for one in fleets),
            electric - sum(one.vehicles for one in fleets),
        )
    return found


def _owned(row: Mapping[str, Any], days: Mapping[str, DutyDay], rest: float, county: County) -> float:
    """Return the vehicles of an operator."""
    if row["vehicles"] is not None:
        return min(float(row["vehicles"]), rest)
    if row["kind"] == "vans":
        needed = max(len(one.km) for one in days.values())
        return min(with_spares(county, needed), rest)
    return rest
