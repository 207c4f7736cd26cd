"""What tables say of the battery vehicles of a class in a year, read once for all replications."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.arrays import YEAR_DAYS
from data.county import rows_of
from data.errors import DataError
from data.tables.roles import HOUSEHOLD_CAR
from fleet.demand.plugs.current import standing_of
from fleet.demand.plugs.models import models_in, power_kw, relative_use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.plugs.current import Standing
    from fleet.demand.plugs.models import Models

BEV: Final = "bev"
PHEV: Final = "phev"
ELECTRICITY: Final = "electricity"


@dataclass(frozen=True, slots=True)
class ClassInputs:
    """What tables and figures say of the vehicles of a class and power in a year: the same in all replications.

    Attributes
    ----------
    owner : str
        As `Fleet.name`.
    size : int
        Number of vehicles.
    model_names : list of str
        Models with their class.
    model_share, battery_kwh, dc_kw, ac_kw, kwh_a_km : numpy.ndarray
        Of each model; the shares sum to 1.
    town_names : list of str
        Towns.
    town_share : numpy.ndarray
        Of the vehicles, by town.
    access_share : numpy.ndarray
        Of the vehicles of each town that charge at home, at a depot and at work: 3 by towns.
    double_shift_share : float
        Of the vehicles.
    km_a_day : float
        Of the mean vehicle on a mean day.
    utility_factor : float
        Share of the km that the class drives on electricity.
    chooses : bool
        Whether its drivers choose between AC and DC in public by how long they stand there.
    models : Models
        Its models, of which the columns above are.
    behaviour : dict
        Its row in ``charging_behaviour``; see `DemandTables.habits`.
    """

    owner: str
    size: int
    model_names: list[str]
    model_share: Floats
    battery_kwh: Floats
    dc_kw: Floats
    ac_kw: Floats
    kwh_a_km: Floats
    town_names: list[str]
    town_share: Floats
    access_share: Floats
    double_shift_share: float
    km_a_day: float
    utility_factor: float
    chooses: bool
    models: Models
    behaviour: dict[str, Any]

    def standing(self, parameters: DemandParameters) -> Standing | None:
        """Return how long the cars stand where they charge in public; None where nobody stands."""
        return standing_of(parameters, self.behaviour, self.models) if self.chooses else None

    def habits(self, parameters: DemandParameters) -> dict[str, Any]:
        """Return what the behaviour of the class says, by the names of `fleet.demand.population.Fleet`."""
        return _habits(parameters, self.behaviour)


def class_inputs(
    tables: DemandTables, stock: pl.DataFrame, name: str, *, year: int, power: str = BEV
) -> ClassInputs | None:
    """Return what is known of the BEVs or plug-in hybrids of a class in a year, or None where there are none.

    Read once per stock: thousands of small look-ups in tables take as long as a class drives.

    Parameters
    ----------
    tables, stock, name, year, power
        As of `fleet.demand.population.build_fleet`.

    Raises
    ------
    DataError
        A class without models, behaviour, access or energy use.
    """
    return tables.once(("class", name, power, year), lambda: _class_inputs(tables, stock, name, year, power), of=stock)


def _class_inputs(tables: DemandTables, stock: pl.DataFrame, name: str, year: int, power: str) -> ClassInputs | None:
    """Return what is known of a class; see `class_inputs`."""
    of_year = tables.once(("stock", year), lambda: _stock_in(stock, year), of=stock)
    count = [row for row in of_year.get(name, ()) if row["power"] == power]
    # half a vehicle cannot drive: rounded once here, and the ledger counts the same vehicles
    size = round(math.fsum(row["vehicles"] for row in count))
    table, mix = ("ev_models", "ev_model_shares") if power == BEV else ("hybrid_models", None)
    if size == 0 or getattr(tables, table) is None:
        return None
    models = models_in(tables.rows(table, name), () if mix is None else tables.rows(mix, name), year)
    kind = _class_row(tables, "vehicle_classes", name)
    if not models.segment:
        raise DataError(f"ev_models: no row for vehicle_class {name!r}; add its battery and power.")
    behaviour = tables.habits(name)
    use = electric_use(tables, name, power)
    return ClassInputs(
        owner=name if power == BEV else f"{name}/{power}",
        size=size,
        model_names=[f"{name}/{segment}" for segment in models.segment],
        model_share=_normal(models.share),
        battery_kwh=models.battery_kwh,
        dc_kw=power_kw(models.dc_kw),
        ac_kw=power_kw(models.ac_kw),
        kwh_a_km=use["use_per_100km"] / 100.0 * relative_use(models),
        town_names=tables.towns["town"].to_list(),
        town_share=_normal(tables.towns["residents"].to_numpy()),
        access_share=_access_shares(tables, name),
        double_shift_share=float(behaviour["double_shift_share"]),
        # a mean day; holidays and the spread from day to day multiply it later
        km_a_day=_yearly_km(tables, count, name) / YEAR_DAYS,
        utility_factor=use.get("utility_factor") or 1.0,
        # the figure is stated for cars of households; all other classes take DC in public where they have an inlet
        chooses=power == BEV and kind.get("role") == HOUSEHOLD_CAR,
        models=models,
        behaviour=behaviour,
    )


def _stock_in(stock: pl.DataFrame, year: int) -> Mapping[str, Sequence[dict[str, Any]]]:
    """Return the rows of the stock in a year by class."""
    return rows_of(stock.filter(pl.col("year") == year), "vehicle_class")


def _habits(parameters: DemandParameters, behaviour: dict[str, Any]) -> dict[str, Any]:
    """Return what the behaviour of a class says: coming back, km, holidays, hours and SOC of charges, patience."""
    spread = behaviour["daily_km_cv"]
    return {
        "comes_back": bool(behaviour["comes_back"]),
        "km_cv": parameters.daily_km_cv if spread is None else float(spread),
        "holiday_response": float(behaviour["holiday_response"]),
        "profile": behaviour["profile"],
        "ac_profile": behaviour["ac_profile"],
        "start_soc_law": (float(behaviour["start_soc_alpha"]), float(behaviour["start_soc_beta"])),
        "unfilled_soc_law": (float(behaviour["end_soc_alpha"]), float(behaviour["end_soc_beta"])),
        "topup_probability": float(behaviour["topup_probability"]),
        "patience_min": float(behaviour["patience_mean_min"]),
        "max_queue": float(behaviour["max_queue"]),
        "overstay_dc_min": float(behaviour["overstay_dc_min"]),
        "overstay_ac_min": float(behaviour["overstay_ac_min"]),
        "price_response": float(behaviour["price_response"]),
    }


def _yearly_km(tables: DemandTables, count: Sequence[dict[str, Any]], name: str) -> float:
    """Return the mean km per year of the counted vehicles; the class's where the stock does not say it."""
    stated = [km for row in count if (km := row.get("km_per_vehicle")) is not None]
    return float(stated[0] if stated else _class_row(tables, "vehicle_classes", name)["km_per_year"])


def _access_shares(tables: DemandTables, name: str) -> Floats:
    """Return the shares of a class's vehicles that charge at home, at a depot and at work, 3 by towns."""
    rows = tables.rows("charging_access", name)
    if not rows:
        raise DataError(f"charging_access: no row for vehicle_class {name!r}; add its shares.")
    places = ("home_share", "depot_share", "work_share")
    shares = {row["town_kind"]: tuple(row[place] or 0.0 for place in places) for row in rows}
    # a row for the kind of town goes before the one for any town
    nobody = (0.0, 0.0, 0.0)
    return np.array([shares.get(kind, shares.get("any", nobody)) for kind in tables.towns["kind"]]).T


def electric_use(tables: DemandTables, name: str, power: str) -> dict[str, Any]:
    """Return the row of a class and power that states its electricity per 100 km.

    Raises
    ------
    DataError
        No such row.
    """
    for row in tables.rows("energy_use", name):
        if row["power"] == power and row.get("carrier", ELECTRICITY) == ELECTRICITY:
            return row
    raise DataError(f"energy_use: no electricity of power {power!r} of vehicle_class {name!r}; add a row.")


def _class_row(tables: DemandTables, table: str, name: str) -> dict[str, Any]:
    """Return the row of a class."""
    rows = tables.rows(table, name)
    if not rows:
        raise DataError(f"{table}: no row for vehicle_class {name!r}; add one.")
    return rows[0]


def _normal(weights: Floats) -> Floats:
    """Return weights that sum to 1."""
    values = weights.astype(np.float64)
    return np.asarray(values / values.sum(), dtype=np.float64)
