"""The battery vehicles of a class, one by one: model, town, charging access, daily distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.arrays import YEAR_DAYS
from data.errors import DataError
from data.roads.graph import build_graph
from data.roads.travel_times import shortest_minutes
from data.schemas.supply import PUBLIC_AC_PROFILE, PUBLIC_PROFILE
from data.streams import stream
from data.tables.roles import HOUSEHOLD_CAR
from fleet.demand.plugs.current import standing_of
from fleet.demand.plugs.models import models_in, power_kw, relative_use

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from data.arrays import Floats, Ints
    from data.county import County
    from fleet.demand.parameters import DemandParameters, DemandTables
    from fleet.demand.plugs.current import Standing

    Flags = NDArray[np.bool_]

BEV: Final = "bev"
PHEV: Final = "phev"
ELECTRICITY: Final = "electricity"
# more public charges on a leg than a battery of 300 km range needs for a day of 1,500 km: only bounds a loop
_STOPS: Final = 6
# two towns that one junction serves would pull without end otherwise
_LEAST_MINUTES: Final = 1.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vehicles of a class and power as arrays over vehicles, and what holds for all of them.

    The name is that of the class, with the power behind a slash for other powers than ``bev``: it owns the draws.
    `scheduled` are the vehicles that drive duties of an operator; `depot_kw` is the charger of an operator's depot at
    the meter, NaN where the vehicle has none.
    """

    name: str
    model: Ints
    model_names: list[str]
    battery_kwh: Floats
    dc_kw: Floats
    ac_kw: Floats
    town: Ints
    town_names: list[str]
    pull: Floats
    has_base: Flags
    at_depot: Flags
    has_work: Flags
    two_shifts: Flags
    scheduled: Flags
    depot_kw: Floats
    comes_back: bool
    km_a_day: float
    km_factor: Floats
    km_cv: float
    holiday_response: float
    profile: str
    ac_profile: str
    kwh_a_km: Floats
    reserve_soc: float
    least_gain_share: float
    base_end_soc: float
    handover_soc: float
    start_soc_law: tuple[float, float]
    unfilled_soc_law: tuple[float, float]
    topup_probability: float
    patience_min: float
    max_queue: int
    overstay_dc_min: float
    overstay_ac_min: float
    standing: Standing | None
    price_response: float
    out_of_town_share: float
    most_stops: int = _STOPS

    @property
    def vehicle_class(self) -> str:
        """Return the class."""
        return self.name.partition("/")[0]

    @property
    def power(self) -> str:
        """Return the power."""
        return self.name.partition("/")[2] or BEV

    @property
    def size(self) -> int:
        """Return the number of vehicles."""
        return len(self.model)

    @property
    def has_own(self) -> Flags:
        """Return which vehicles can count on a charger of their own: at home, depot or work, with a rest at it."""
        return np.asarray((self.has_base & ~self.two_shifts) | self.has_work)

    def other_town(self, town: Ints, lot: Floats) -> Ints:
        """Return a town other than home by its pull, from lots between 0 and 1; home where no road leads away."""
        reach = np.cumsum(self.pull[town], axis=1)
        drawn = (lot[:, None] * reach[:, -1:] > reach).sum(axis=1)
        return np.where(reach[:, -1] > 0.0, drawn, town).astype(np.int64)


def build_fleet(
    tables: DemandTables,
    parameters: DemandParameters,
    stock: pl.DataFrame,
    name: str,
    *,
    year: int,
    seed: int,
    pull: Floats,
    power: str = BEV,
) -> Fleet | None:
    """Return the BEVs or plug-in hybrids of a class in a year, or None where there are none.

    Vehicles live in the towns by residents. Streams are owned by class and decision, so that one more vehicle leaves
    the draws of the others alone. A day's mean km is the stock's ``km_per_vehicle`` over the days of a year.

    Parameters
    ----------
    tables, parameters
        Classes, models, behaviour, access, energy use and towns; the figures of all classes.
    stock
        Table of :func:`fleet.stock`.
    name
        Vehicle class.
    year, seed
        Year of the stock, and seed of the draws.
    pull
        Pull of the towns on each other, from :func:`gravity`.
    power
        ``bev`` or ``phev``.

    Raises
    ------
    DataError
        A class without models, behaviour, access or energy use.
    """
    count = stock.filter((pl.col("year") == year) & (pl.col("vehicle_class") == name) & (pl.col("power") == power))
    # half a vehicle cannot drive: rounded once here, and the ledger counts the same vehicles
    size = round(float(count["vehicles"].sum()))
    known = tables.ev_models if power == BEV else tables.hybrid_models
    if size == 0 or known is None:
        return None
    models = models_in(known, tables.ev_model_shares if power == BEV else None, name, year)
    kind = class_row(tables.vehicle_classes, name, "vehicle_classes")
    if not models.height:
        raise DataError(f"ev_models: no row for vehicle_class {name!r}; add its battery and power.")
    behaviour = class_row(tables.charging_behaviour, name, "charging_behaviour")
    use = electric_use(tables, name, power)
    owner = name if power == BEV else f"{name}/{power}"
    model = stream(seed, "fleet", owner, "model").choice(models.height, size, p=_normal(models["share"]))
    towns = tables.towns
    town = stream(seed, "fleet", owner, "town").choice(towns.height, size, p=_normal(towns["residents"]))
    has_base, at_depot, has_work = _access(tables, owner, towns["kind"].to_numpy()[town], seed)
    share = behaviour["double_shift_share"] or 0.0
    two_shifts, km_factor = _shifts(parameters, owner, share, size, seed)
    return Fleet(
        name=owner,
        model=np.asarray(model, dtype=np.int64),
        model_names=[f"{name}/{segment}" for segment in models["segment"]],
        battery_kwh=models["battery_kwh"].to_numpy()[model],
        dc_kw=power_kw(models["dc_kw"])[model],
        ac_kw=power_kw(models["ac_kw"])[model],
        town=np.asarray(town, dtype=np.int64),
        town_names=towns["town"].to_list(),
        pull=pull,
        has_base=has_base,
        at_depot=at_depot,
        has_work=has_work,
        two_shifts=two_shifts,
        # operators take theirs over later
        scheduled=np.zeros(size, dtype=np.bool_),
        depot_kw=np.full(size, np.nan),
        # a mean day; holidays and the spread from day to day multiply it later
        km_a_day=_yearly_km(tables, count, name) / YEAR_DAYS,
        km_factor=km_factor,
        kwh_a_km=use["use_per_100km"] / 100.0 * relative_use(models)[model],
        reserve_soc=parameters.reserve_soc,
        least_gain_share=parameters.least_gain_share,
        base_end_soc=parameters.base_end_soc,
        handover_soc=parameters.handover_soc if two_shifts.any() else 0.0,
        # the figure is stated for cars of households; all other classes take DC in public where they have an inlet
        standing=standing_of(parameters, behaviour, models)
        if power == BEV and kind.get("role") == HOUSEHOLD_CAR
        else None,
        out_of_town_share=parameters.out_of_town_share,
        **_habits(parameters, behaviour),
    )


def _habits(parameters: DemandParameters, behaviour: dict[str, Any]) -> dict[str, Any]:
    """Return what the behaviour of a class says: coming back, km, holidays, hours and SOC of charges, patience."""
    spread, response = behaviour["daily_km_cv"], behaviour["holiday_response"]
    return {
        "comes_back": bool(behaviour["comes_back"]),
        "km_cv": parameters.daily_km_cv if spread is None else float(spread),
        "holiday_response": 1.0 if response is None else float(response),
        "profile": behaviour.get("profile") or PUBLIC_PROFILE,
        "ac_profile": behaviour.get("ac_profile") or PUBLIC_AC_PROFILE,
        "start_soc_law": (float(behaviour["start_soc_alpha"]), float(behaviour["start_soc_beta"])),
        "unfilled_soc_law": (float(behaviour["end_soc_alpha"]), float(behaviour["end_soc_beta"])),
        "topup_probability": float(behaviour["topup_probability"]),
        "patience_min": float(behaviour["patience_mean_min"]),
        "max_queue": int(behaviour["max_queue"]),
        "overstay_dc_min": float(behaviour["overstay_dc_min"]),
        "overstay_ac_min": float(behaviour["overstay_ac_min"]),
        # a class whose row says nothing responds as the figure says
        "price_response": 1.0 if behaviour.get("price_response") is None else float(behaviour["price_response"]),
    }


def _yearly_km(tables: DemandTables, count: pl.DataFrame, name: str) -> float:
    """Return the mean km per year of the counted vehicles; the class's where the stock does not say it."""
    stated = count["km_per_vehicle"].drop_nulls() if "km_per_vehicle" in count.columns else count["vehicles"].clear()
    return float(
        stated[0] if len(stated) else class_row(tables.vehicle_classes, name, "vehicle_classes")["km_per_year"]
    )


def _shifts(parameters: DemandParameters, name: str, share: float, size: int, seed: int) -> tuple[Flags, Floats]:
    """Return which vehicles drive two shifts, and each vehicle's km over the mean of the class."""
    if share == 0.0:
        return np.zeros(size, dtype=np.bool_), np.ones(size)
    further = parameters.double_shift_km_factor
    two = stream(seed, "fleet", name, "shifts").uniform(size=size) < share
    # the mean over both kinds stays that of the class: two shifts drive more, so single ones drive less
    single = 1.0 / (1.0 + share * (further - 1.0))
    return two, np.where(two, single * further, single)


def gravity(county: County, *, year: int, graph: nx.MultiDiGraph | None = None) -> Floats:
    """Return the pull of each town on each other: residents over road minutes to the gravity exponent, own town 0.

    Minutes are those of the county's roads in the year without traffic, so that the pull does not depend on a layout;
    a town that no road reaches has no pull. A county without roads has straight lines instead.

    Parameters
    ----------
    county
        Towns and roads, ``fleet.gravity_exponent``.
    year
        Year of the roads.
    graph
        Those roads, from :func:`data.roads.graph.build_graph`, where they are at hand.

    Returns
    -------
    numpy.ndarray
        Towns by towns, in the order of the table.
    """
    towns = county.towns["town"].to_list()
    apart = _straight_lines(county)
    if county.road_links.height:
        number = {town: row for row, town in enumerate(towns)}
        apart = np.full((len(towns), len(towns)), np.inf)
        table = shortest_minutes(build_graph(county, year=year) if graph is None else graph, towns, towns)
        for origin, end, minutes in table.select("origin", "destination", "minutes").iter_rows():
            apart[number[origin], number[end]] = max(minutes, _LEAST_MINUTES)
    pull = county.towns["residents"].to_numpy()[None, :] / apart ** county.figure("fleet.gravity_exponent")
    np.fill_diagonal(pull, 0.0)
    return np.asarray(pull, dtype=np.float64)


def _straight_lines(county: County) -> Floats:
    """Return distances between towns on the sphere in radians, 1 on the diagonal."""
    lon, lat = np.radians(county.towns["lon"].to_numpy()), np.radians(county.towns["lat"].to_numpy())
    # a county is small enough for a plane, and gravity needs distances up to a factor only
    east = (lon[:, None] - lon[None, :]) * np.cos(0.5 * (lat[:, None] + lat[None, :]))
    distance = np.hypot(east, lat[:, None] - lat[None, :])
    np.fill_diagonal(distance, 1.0)
    return np.asarray(distance, dtype=np.float64)


def _access(tables: DemandTables, owner: str, town_kind: NDArray[np.object_], seed: int) -> tuple[Flags, Flags, Flags]:
    """Return which vehicles charge at home or depot, which of them at a depot, and which at work only."""
    name = owner.partition("/")[0]
    rows = tables.charging_access.filter(pl.col("vehicle_class") == name)
    if not rows.height:
        raise DataError(f"charging_access: no row for vehicle_class {name!r}; add its shares.")
    places = ("home_share", "depot_share", "work_share")
    shares = {row["town_kind"]: tuple(row[place] or 0.0 for place in places) for row in rows.iter_rows(named=True)}
    # a row for the kind of town goes before the one for any town
    home, depot, work = np.array([shares.get(kind, shares.get("any", (0.0, 0.0, 0.0))) for kind in town_kind]).T
    # one lot decides all three: who has a charger at home keeps it when the share grows
    lot = stream(seed, "fleet", owner, "access").uniform(size=len(town_kind))
    based = home + depot
    # workplaces from the other end: more chargers at home take from the public ones, not from those at work
    return lot < based, (lot >= home) & (lot < based), (lot >= based) & (lot >= 1.0 - work)


def electric_use(tables: DemandTables, name: str, power: str) -> dict[str, Any]:
    """Return the row of a class and power that states its electricity per 100 km.

    Raises
    ------
    DataError
        No such row.
    """
    rows = tables.energy_use.filter((pl.col("vehicle_class") == name) & (pl.col("power") == power))
    if "carrier" in rows.columns:
        rows = rows.filter(pl.col("carrier") == ELECTRICITY)
    if not rows.height:
        raise DataError(f"energy_use: no electricity of power {power!r} of vehicle_class {name!r}; add a row.")
    return dict(rows.row(0, named=True))


def class_row(frame: pl.DataFrame, name: str, table: str) -> dict[str, Any]:
    """Return the row of a class."""
    rows = frame.filter(pl.col("vehicle_class") == name)
    if not rows.height:
        raise DataError(f"{table}: no row for vehicle_class {name!r}; add one.")
    return dict(rows.row(0, named=True))


def _normal(weights: pl.Series) -> Floats:
    """Return weights that sum to 1."""
    values = weights.to_numpy().astype(np.float64)
    return np.asarray(values / values.sum(), dtype=np.float64)
