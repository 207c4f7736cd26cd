"""Rural deliveries by separate operators and by one joint network: vans, km, energy, money and CO2."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from data.arrays import DAY_MIN
from data.errors import DataError, InfeasibleError
from data.goals import Finding
from data.memory.remembering import remembered
from fleet.operators.consumption import ELECTRIC, Consumption
from fleet.operators.depot_charging import STAYS
from fleet.operators.depots import depot_place
from fleet.operators.distribution.deliveries import deliveries_by_operator, joint_deliveries
from fleet.operators.distribution.routing import van_routes
from fleet.operators.distribution.vans import DEPOT, Van
from fleet.operators.networks import (
    AS_GIVEN,
    DISTRIBUTION,
    JOINT,
    NETWORKS,
    SEPARATE,
    cost_share,
    network_figure,
)
from fleet.operators.operator_costs import VehicleCost, usual_power
from fleet.operators.operator_vehicles import battery_kwh, spare_factor
from fleet.operators.ways import ways_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from data.county import County
    from fleet.operators.distribution.routing import Routes
    from fleet.operators.ways import Ways

ITERATIONS: Final = 60
"""Of the search for routes in a run; ten times as many change the cost of no network by more than 3 %."""
LARGER: Final = (1.25, 1.5, 2.0)
"""Batteries over the class's that operators take where it does not last."""


@dataclass(frozen=True, slots=True)
class VanCosts:
    """What vans of a network cost.

    Attributes
    ----------
    vehicle : VehicleCost
        The van.
    driver_cny_h, spare_factor, service_days : float
        Wage, vans with spare ones over those on the road, days of a year.
    efficiency : float
        Battery kWh per meter kWh; 1 for fuels.
    """

    vehicle: VehicleCost
    driver_cny_h: float
    spare_factor: float
    service_days: float
    efficiency: float

    @classmethod
    def from_county(
        cls, county: County, vehicle_class: str, power: str, *, year: int, battery: float | None = None
    ) -> VanCosts:
        """Return prices and figures ``operators.*`` of a county; `battery` as of `distribution`."""
        return cls(
            VehicleCost.from_county(county, vehicle_class, power, year=year, battery_kwh=battery),
            county.figure("operators.van_driver_cny_h"),
            spare_factor(county),
            county.figure("operators.service_days"),
            county.figure("charging.efficiency_dc") if power == ELECTRIC else 1.0,
        )

    @property
    def cny_day(self) -> float:
        """Cost of a van on the road for a day, with its part of the spare ones."""
        return self.vehicle.cny_year * self.spare_factor / self.service_days

    @property
    def cny_km(self) -> float:
        """Cost of a km: energy and maintenance."""
        vehicle = self.vehicle
        return vehicle.use_per_km * vehicle.energy_cny_unit / self.efficiency + vehicle.maintenance_cny_km

    def of(self, routes: Routes) -> dict[str, float]:
        """Return the figures of `NETWORKS` for routes."""
        units = routes.km * self.vehicle.use_per_km / self.efficiency
        transport = routes.vans * self.cny_day + routes.km * self.cny_km + routes.hours * self.driver_cny_h
        return {
            "parcels_per_day": float(routes.parcels),
            "vans": float(routes.vans),
            "km_per_day": routes.km,
            "driver_h_per_day": routes.hours,
            "energy_units_per_day": units,
            "cny_per_day": transport,
            "kgco2_per_day": units * self.vehicle.kgco2_unit,
        }


def van_of(county: County, operator: dict[str, Any], costs: VanCosts, *, battery: float | None = None) -> Van:
    """Return an operator's van as routes take it, on the worse of the coldest and the hottest day.

    Parameters
    ----------
    county
        Its figures ``operators.*``.
    operator
        Row of ``operators``.
    costs
        What the van costs; fuel vans have no range.
    battery
        Size of a new battery, kWh; that of the class where not given.
    """
    vehicle_class = operator["vehicle_class"]
    electric = costs.vehicle.power == ELECTRIC
    row = county.rows_by("vehicle_classes")[vehicle_class][0]
    if row["payload_t"] is None:
        raise DataError(
            f"{county.name}/vehicle_classes.csv: class {vehicle_class!r} of operator {operator['operator']!r} has no "
            "payload_t, expected one for deliveries. Add it, or take another vehicle_class."
        )
    usable, kwh_per_km = math.inf, 1.0
    if electric:
        size = battery_kwh(county, vehicle_class) if battery is None else battery
        usable = size * county.figure("operators.battery_health_share")
        use = Consumption.from_county(county, vehicle_class)
        # an hour's cabin over the way of that hour on roads between villages
        cabin = float(use.climate.cabin_kw(use.climate.temperature_c(use.climate.worst_day)))
        kwh_per_km = use.kwh_per_km + cabin / county.figure("people.local_km_h")
    return Van(
        parcels=county.figure("operators.parcels_per_van"),
        payload_kg=1000.0 * row["payload_t"],
        usable_kwh=usable,
        reserve_kwh=0.0 if math.isinf(usable) else usable * county.figure("operators.reserve_soc_share"),
        kwh_per_km=kwh_per_km,
        charge_kw=operator["charger_kw"] * county.figure("charging.efficiency_dc"),
        start_min=60.0 * county.figure("operators.van_start_h"),
        shift_min=60.0 * county.figure("operators.van_shift_h"),
        load_min=county.figure("operators.van_load_min"),
        drop_min=county.figure("operators.drop_min"),
        parcel_min=county.figure("operators.parcel_min"),
        cny_day=costs.cny_day,
        cny_km=costs.cny_km,
        cny_h=costs.driver_cny_h,
    )


@dataclass(frozen=True, slots=True)
class Distribution:
    """Deliveries of a county, by separate operators and together.

    Attributes
    ----------
    table : polars.DataFrame
        Columns of `NETWORKS`.
    routes : dict of str to Routes
        Electric routes by operator, and of the joint network under `JOINT`.
    """

    table: pl.DataFrame
    routes: dict[str, Routes]

    def figure(self, network: str, column: str, *, electric: bool = True) -> float:
        """Return a figure of a whole network: of electric or of fuel vans."""
        return network_figure(self.table, network, column, electric=electric)

    @property
    def cost_change_share(self) -> float:
        """Cost of the joint network over that of the separate operators; see `cost_share`."""
        return cost_share(self.table)


def distribution(
    county: County,
    *,
    year: int,
    iterations: int = ITERATIONS,
    quick: bool = False,
    battery: float | None = None,
    joint: bool = True,
    progress: Callable[[Finding], None] | None = None,
) -> Distribution | None:
    """Return the deliveries of a county's operators of vans; None where it has none, or no prices of vehicles.

    The joint network stands at the depot of the first operator and has its vans; it delivers the parcels of all.

    Parameters
    ----------
    county
        Its tables ``operators`` and, where it has them, ``deliveries``; figures ``operators.*``.
    year
        Year of roads, prices and grid.
    iterations, quick
        Of the search for routes; see `fleet.operators.distribution.tour_search.searched_tours`.
    battery
        Size of a new battery of all electric vans, kWh; that of the class where not given. What it is larger adds to
        the price.
    joint
        Whether the joint network is planned, beside the separate operators.
    progress
        Called with what is done.

    Raises
    ------
    DataError, InfeasibleError
        As of `fleet.operators.distribution.routing.van_routes`.
    """
    if not county.operators.filter(kind="vans").height or not county.vehicle_costs.height:
        return None

    def build(known: County) -> Distribution:
        return _built(known, year, iterations, battery, progress, quick=quick, joint=joint)

    found = remembered(county, ("distribution", year, iterations, quick, battery, joint), build, kept=_KEPT)
    if not joint:
        return found
    # after the routes: what joining costs moves none of them
    dearer = (
        pl.when(pl.col("network") == JOINT).then(1.0 + county.figure("operators.joint_overhead_share")).otherwise(1.0)
    )
    return replace(found, table=found.table.with_columns(pl.col("cny_per_day", "cny_per_parcel") * dearer))


def _built(
    county: County,
    year: int,
    iterations: int,
    battery: float | None,
    progress: Callable[[Finding], None] | None,
    *,
    quick: bool,
    joint: bool,
) -> Distribution:
    """Return the deliveries, computed anew."""
    operators = {row["operator"]: row for row in county.operators.filter(kind="vans").iter_rows(named=True)}
    drops = remembered(county, "drops of operators", _drops)
    places = remembered(county, "places of drops", lambda _: _places(drops), of=(drops,))
    first = next(iter(operators.values()))

    @functools.cache  # several networks have the same van
    def costs_of(vehicle_class: str, power: str) -> VanCosts:
        own = battery if power == ELECTRIC else None
        return VanCosts.from_county(county, vehicle_class, power, year=year, battery=own)

    rows: list[dict[str, Any]] = []
    routes: dict[str, Routes] = {}
    for name, brought in {**drops, **({JOINT: joint_deliveries(drops)} if joint else {})}.items():
        if progress is not None:
            progress(Finding("van_routes", {"network": name}))
        operator = operators.get(name, first)
        ways = _ways(county, operator, places, year)
        network = JOINT if name == JOINT else SEPARATE
        vehicle_class = operator["vehicle_class"]
        costs = costs_of(vehicle_class, ELECTRIC)
        van = van_of(county, operator, costs, battery=battery)
        routes[name] = found = van_routes(brought, ways, van, iterations=iterations, quick=quick)
        fuel = costs_of(vehicle_class, usual_power(county, vehicle_class))
        label = None if name == JOINT else name
        for each in (costs, fuel):
            figures = each.of(found)
            rows.append({"network": network, "operator": label, "power": each.vehicle.power, **figures})
    return Distribution(_table(rows), routes)


class JointVan(NamedTuple):
    """The battery of the joint network's van: new, usable, and not to be touched, kWh."""

    battery_kwh: float
    usable_kwh: float
    reserve_kwh: float


def joint_van(county: County, *, battery: float | None = None, operator: dict[str, Any] | None = None) -> JointVan:
    """Return the battery of an operator's van, of the class or another size; by default of the joint network's."""
    if operator is None:
        operator = county.operators.filter(kind="vans").row(0, named=True)
    size = battery_kwh(county, operator["vehicle_class"]) if battery is None else battery
    usable = size * county.figure("operators.battery_health_share")
    return JointVan(size, usable, usable * county.figure("operators.reserve_soc_share"))


def van_stays(routes: pl.DataFrame) -> pl.DataFrame:
    """Return the stays of vans in the depot: `fleet.operators.depot_charging.STAYS`, loading between tours included.

    Parameters
    ----------
    routes
        Columns of `fleet.operators.distribution.routing.ROUTES`.
    """
    rows = []
    for (van,), day in routes.group_by("van", maintain_order=True):
        # without what the depot gives: that is to be planned
        used = day["charged_kwh"].cum_sum() + day["battery_kwh"][0] - day["battery_kwh"]
        here = day.with_columns(missing=used).filter(pl.col("place") == DEPOT)
        missing, arrive, leave = (here[name].to_list() for name in ("missing", "arrive_min", "leave_min"))
        # the first stop is the end of the night, which begins with the last
        stays = zip(
            arrive[1:], [*leave[1:-1], arrive[0] + DAY_MIN], missing[1:], [*missing[2:], missing[-1]], strict=True
        )
        rows += [(van, start, end, short, later - short) for start, end, short, later in stays]
    return pl.DataFrame(rows, schema=STAYS, orient="row")


def _drops(county: County) -> dict[str, pl.DataFrame]:
    """Return the drops of the operators that have any."""
    return {name: rows for name, rows in deliveries_by_operator(county).items() if rows.height}


def _places(drops: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the places to which any operator delivers."""
    every = [rows.select(place="drop", town="town", lon="lon", lat="lat") for rows in drops.values()]
    return pl.concat(every).unique("place", maintain_order=True)


def _ways(county: County, operator: dict[str, Any], places: pl.DataFrame, year: int) -> Ways:
    """Return the ways between the places of all drops and an operator's depot, once for operators of one depot."""

    def build(known: County) -> Ways:
        # planned with recovery time, so that a slow day is not a late one
        slack = 1.0 + known.figure("operators.slack_share")
        ways = ways_between(known, pl.concat([depot_place(known, operator), places]), year=year)
        return replace(ways, minutes=ways.minutes * slack)

    return remembered(county, ("ways of vans", operator["depot"], year), build, of=(places,))


def _table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the rows with the sum of the separate operators, and figures per parcel."""
    table = pl.DataFrame(rows, schema={name: kind for name, kind in NETWORKS.items() if "_per_parcel" not in name})
    totals = [name for name, kind in table.schema.items() if kind == pl.Float64]
    separate = table.filter(network=SEPARATE).group_by("network", "power", maintain_order=True).agg(
        pl.col(name).sum() for name in totals
    )  # fmt: skip
    whole = separate.with_columns(operator=pl.lit(None, dtype=pl.String)).select(table.columns)
    every = pl.concat([table, whole])
    return every.with_columns(
        cny_per_parcel=pl.col("cny_per_day") / pl.col("parcels_per_day"),
        gco2_per_parcel=1000.0 * pl.col("kgco2_per_day") / pl.col("parcels_per_day"),
    ).select(list(NETWORKS))


def distribution_table(county: County, *, year: int, ranges: bool = True) -> pl.DataFrame:
    """Return the deliveries of a county as the run table has them; no rows where it has no operators of vans.

    Parameters
    ----------
    county
        The county.
    year
        Year of roads, prices and grid.
    ranges
        Whether `RANGED` figures are put at both ends of their ranges, too; an end at which no van can deliver is left
        out.

    Raises
    ------
    InfeasibleError
        No van can deliver as the tables are.
    """
    frames = [_case(AS_GIVEN, distribution(county, year=year), year)]
    for name, known in _cases(county) if ranges else ():
        try:
            frames.append(_case(name, distribution(known, year=year), year))
        except InfeasibleError:
            continue
    return pl.concat(frames)


def quick_distribution(county: County, *, year: int) -> pl.DataFrame:
    """Return `distribution_table` as given, with less search, for points of a sample.

    A point is compared with one that was found alike: what the search of a run would add moves the saving of the joint
    network by 0.01 (standard deviation), where what is drawn moves it by 0.12.

    Where the class's battery does not last, operators take the least of `LARGER` that does, at its price.

    Raises
    ------
    InfeasibleError
        No van can deliver whatever its battery.
    """
    try:
        return _case(AS_GIVEN, distribution(county, year=year, quick=True), year)
    except InfeasibleError as error:
        reason = error
    own = joint_van(county).battery_kwh
    for factor in LARGER:
        try:
            found = distribution(county, year=year, quick=True, battery=factor * own)
        except InfeasibleError as error:
            reason = error
        else:
            return _case(AS_GIVEN, found, year)
    raise reason


def _case(name: str, found: Distribution | None, year: int) -> pl.DataFrame:
    """Return the rows of a case; none without operators of vans."""
    if found is None:
        return pl.DataFrame(schema=DISTRIBUTION)
    labels = {"year": pl.lit(year, pl.Int64), "case": pl.lit(name)}
    return found.table.with_columns(**labels).select(list(DISTRIBUTION))


def _cases(county: County) -> Iterator[tuple[str, County]]:
    """Yield the county with each of the ranged figures at its ends."""
    for key in RANGED:
        low, value, high = county.figure_range(key)
        for end, moved in (("low", low), ("high", high)):
            if moved != value:
                yield f"{key} {end}", county.with_figures({key: moved})


_KEPT: Final = 16
"""Deliveries that are remembered: both ends of all ranges, of two counties that a comparison alternates between."""
RANGED: Final = (
    "operators.parcels_per_resident_day",
    "operators.joint_overhead_share",
    "operators.parcels_per_van",
)
"""Figures of which the answer is given a range: how much there is to deliver, what joining costs, what a van holds.
What drivers cost moves it by a point."""
