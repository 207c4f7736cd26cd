"""Road carbon: energy, turnover and emissions by class and power; three boundaries, three series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from data.errors import DataError
from fleet.emissions.factors import RoadFactors
from fleet.emissions.freight_loads import LOADS, loads_by_year, use_at_load
from fleet.emissions.methods import check_lng_factor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.county import County

BOUNDARIES: Final = {
    "narrow": ("narrow",),
    "plus_bus_taxi": ("narrow", "bus_taxi"),
    "plus_light_trucks": ("narrow", "bus_taxi", "light_truck"),
}
"""Boundaries of the accounts and the vehicle classes' own boundaries that each contains."""

SERIES: Final = ("a", "b", "c")
HEADLINE_GRID: Final = "frozen"
"""Treatment of the grid that answers are judged by: a cleaner grid is no progress of transport."""
PETROLEUM: Final = ("petrol", "diesel")
_ELECTRICITY: Final = "electricity"


def energy(factors: RoadFactors, stock: pl.DataFrame) -> pl.DataFrame:
    """Return the yearly energy of each class, power and carrier.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, power, carrier, boundary, km, amount, unit``: fuel in kg, electricity in kWh at the
        meter. Plug-in hybrids drive their utility factor on electricity and the rest on fuel.

    Raises
    ------
    DataError
        A class and power in the stock without energy use.
    """
    use = factors.energy_use.select("vehicle_class", "power", "carrier", "use_per_100km", "unit", "utility_factor")
    # a left join keeps a class without energy use in sight: it is named below instead of emitting nothing
    joined = stock.filter(pl.col("vehicles") > 0.0).join(use, on=["vehicle_class", "power"], how="left")
    lacking = joined.filter(pl.col("carrier").is_null()).select("vehicle_class", "power").unique().sort(pl.all())
    if lacking.height:
        name, power = lacking.row(0)
        raise DataError(f"energy_use: no row for vehicle_class {name!r} with power {power!r}; add its use per 100 km.")
    classes = factors.vehicle_classes.select("vehicle_class", "boundary", "km_per_year")
    joined = _with_km(joined.join(classes, on="vehicle_class"))
    factor = pl.col("utility_factor").fill_null(1.0)
    # a hybrid is two rows of energy use, one per carrier; other powers have one
    on_carrier = pl.when(pl.col("power") != "phev").then(1.0).when(pl.col("carrier") == _ELECTRICITY).then(factor)
    km = pl.col("vehicles") * pl.col("km_per_vehicle")
    per_100km = pl.col("use_per_100km") * pl.col("use_over_table") * pl.col("use_by_load")
    return (
        _with_loads(factors, joined.with_columns(part=on_carrier.otherwise(1.0 - factor)))
        .with_columns(km=km, amount=km / 100.0 * per_100km * pl.col("part") * _to_kg(factors))
        .with_columns(unit=pl.when(pl.col("carrier") == _ELECTRICITY).then(pl.lit("kWh")).otherwise(pl.lit("kg")))
        .select("year", "vehicle_class", "power", "carrier", "boundary", "km", "amount", "unit")
        .sort("year", "vehicle_class", "power", "carrier")
    )


def _with_km(stock: pl.DataFrame) -> pl.DataFrame:
    """Return a stock with km and use; the class's ``km_per_year`` and the table's use where the stock is silent."""
    known = "km_per_vehicle" in stock.columns
    km = pl.coalesce("km_per_vehicle", "km_per_year") if known else pl.col("km_per_year")
    use = pl.col("use_over_table").fill_null(1.0) if "use_over_table" in stock.columns else pl.lit(1.0)
    return stock.with_columns(km_per_vehicle=km, use_over_table=use)


def _with_loads(factors: RoadFactors, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of years and classes with the loads of freight, and what these do to the use per km."""
    years = rows["year"].unique().sort().to_list()
    usual = factors.vehicle_classes.filter(pl.col("kind") == "freight").select(
        "vehicle_class", at_table=use_at_load(factors.use_empty_over_full)
    )
    loads = loads_by_year(factors.freight_loads, factors.vehicle_classes, years).join(usual, on="vehicle_class")
    moved = loads.with_columns(use_by_load=use_at_load(factors.use_empty_over_full) / pl.col("at_table"))
    joined = rows.join(moved.drop("at_table"), on=["year", "vehicle_class"], how="left", maintain_order="left")
    # passengers, and freight classes without loads
    return joined.with_columns(pl.col("use_by_load").fill_null(1.0))


def _to_kg(factors: RoadFactors) -> pl.Expr:
    """Return the factor from the unit of the energy table to kg, or to kWh at the meter for electricity."""
    litres = dict(factors.fuel_factors.filter(pl.col("mode") == "road").select("fuel", "density_kg_per_l").rows())
    in_litres = pl.col("unit") == "L"
    losses = {
        name: factors.charging_places.meter_per_battery(name) for name in factors.vehicle_classes["vehicle_class"]
    }
    # meters are upstream of the charger, so its losses belong to the account
    return (
        pl.when(pl.col("carrier") == _ELECTRICITY)
        .then(pl.col("vehicle_class").replace_strict(losses, default=None, return_dtype=pl.Float64))
        .when(in_litres & (pl.col("carrier") == "petrol"))
        .then(litres["petrol"])
        .when(in_litres & (pl.col("carrier") == "diesel"))
        .then(litres["diesel"])
        .when(pl.col("unit") == "m3")
        .then(factors.cng_density_kg_m3)
        .otherwise(1.0)
    )


def turnover(factors: RoadFactors, stock: pl.DataFrame, *, by_power: bool = False) -> pl.DataFrame:
    """Return freight, passenger and converted turnover by year and class, on request by power too.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, boundary, freight_tkm, passenger_pkm, converted_tkm``; freight is vehicles x km x
        (1 - empty share) x payload x load factor, passengers vehicles x km x occupancy.
    """
    keys = ["year", "vehicle_class", *(["power"] if by_power else [])]
    km_per_year = factors.vehicle_classes.select("vehicle_class", "km_per_year")
    driven = _with_km(stock.join(km_per_year, on="vehicle_class", how="left"))
    vehicles = driven.group_by(keys).agg(km=(pl.col("vehicles") * pl.col("km_per_vehicle")).sum())
    km = pl.col("km")
    # empty km carry nothing, but their fuel is in the energy account
    freight = km * (1.0 - pl.col("empty_share")) * pl.col("payload_t") * pl.col("load_factor")
    classes = factors.vehicle_classes.drop(LOADS)
    return (
        _with_loads(factors, vehicles.join(classes, on="vehicle_class"))
        .with_columns(
            freight_tkm=pl.when(pl.col("kind") == "freight").then(freight).otherwise(0.0).fill_null(0.0),
            passenger_pkm=pl.when(pl.col("kind") == "freight").then(0.0).otherwise(km * pl.col("occupancy_p")),
        )
        .with_columns(converted_tkm=pl.col("freight_tkm") + factors.pkm_to_tkm * pl.col("passenger_pkm"))
        .select(*keys, "boundary", "freight_tkm", "passenger_pkm", "converted_tkm")
        .sort(keys)
    )


def carbon(
    county: County,
    stock: pl.DataFrame,
    *,
    years: Sequence[int] = (2020, 2030),
    grid: Sequence[str] = ("frozen", "moving"),
) -> pl.DataFrame:
    """Return the carbon account of road transport.

    Parameters
    ----------
    county
        Factors, energy use, vehicle classes.
    stock
        Table of :func:`fleet.stock`.
    years
        Years of the account.
    grid
        ``frozen`` takes the grid factor of ``carbon.baseline_year``, ``moving`` that of the year.

    Returns
    -------
    polars.DataFrame
        ``year, mode, boundary, series, grid, emissions_t, converted_turnover_tkm, intensity_g_per_tkm, petroleum_t``.
        Series a: CO2 tank-to-wheel; b: a and purchased electricity; c: well-to-wheel CO2e in the way of ISO 14083,
        on the same converted turnover. The intensity is null where a boundary has no turnover.

    Raises
    ------
    DataError
        An LNG factor above what methane can give, a year without stock, a carrier without factor.
    """
    for year in years:
        if year not in stock["year"]:
            raise DataError(f"carbon: the stock table has no year {year}.")
    factors = RoadFactors.from_county(county)
    used = _with_factors(factors, energy(factors, stock.filter(pl.col("year").is_in(list(years)))))
    work = turnover(factors, stock)
    rows = []
    for year in years:
        for boundary, members in BOUNDARIES.items():
            inside = used.filter((pl.col("year") == year) & pl.col("boundary").is_in(list(members)))
            tkm = float(
                work.filter((pl.col("year") == year) & pl.col("boundary").is_in(list(members)))["converted_tkm"].sum()
            )
            petroleum = float(inside.filter(pl.col("carrier").is_in(PETROLEUM))["amount"].sum()) / 1000.0
            for treatment in grid:
                # frozen: the change shows what vehicles do, moving: what the cleaner grid does too
                grid_year = factors.base_year if treatment == "frozen" else year
                for series, tonnes in _emissions_t(inside, factors, grid_year).items():
                    # 1e6: t to g; vehicles that carry nothing have no intensity
                    intensity = tonnes * 1e6 / tkm if tkm > 0.0 else None
                    rows.append((year, "road", boundary, series, treatment, tonnes, tkm, intensity, petroleum))
    names = [
        "year",
        "mode",
        "boundary",
        "series",
        "grid",
        "emissions_t",
        "converted_turnover_tkm",
        "intensity_g_per_tkm",
        "petroleum_t",
    ]
    # Float64 also where no row has an intensity
    return pl.DataFrame(rows, schema=names, schema_overrides={"intensity_g_per_tkm": pl.Float64}, orient="row")


def _with_factors(factors: RoadFactors, used: pl.DataFrame) -> pl.DataFrame:
    """Join the fuels' factors to the energy table."""
    check_gas_factors(factors)
    fuels = factors.fuel_factors.filter(pl.col("mode") == "road")
    columns = ["ttw_kgco2_per_kg", "wtt_kgco2e_per_kg", "ttw_kgco2e_per_kg"]
    joined = used.join(fuels.select("fuel", *columns), left_on="carrier", right_on="fuel", how="left")
    lacking = joined.filter(pl.col("ttw_kgco2_per_kg").is_null() & (pl.col("carrier") != _ELECTRICITY))["carrier"]
    if len(lacking):
        raise DataError(f"fuel_factors: no road factor for {lacking[0]!r}; add a row.")
    return joined


def check_gas_factors(factors: RoadFactors) -> None:
    """Validate factors of LNG, for road or ships: none above what its carbon can give (see `check_lng_factor`)."""
    for factor in factors.fuel_factors.filter(pl.col("fuel") == "lng")["ttw_kgco2_per_kg"]:
        check_lng_factor(float(factor))


def fuel_parts(factors: RoadFactors, series: str) -> dict[str, tuple[float, float]]:
    """Return what burning and what making a kg of each road fuel emits in a series, kg.

    Making counts in series c only. Where a fuel has no CO2e of burning, its CO2 stands for it.

    Raises
    ------
    DataError
        An LNG factor above what methane can give.
    """
    check_gas_factors(factors)
    burnt, made = pl.col("ttw_kgco2_per_kg"), pl.lit(0.0)
    if series == "c":
        burnt, made = pl.coalesce("ttw_kgco2e_per_kg", burnt), pl.col("wtt_kgco2e_per_kg").fill_null(0.0)
    rows = factors.fuel_factors.filter(pl.col("mode") == "road").select(
        "fuel", burnt.alias("burnt"), made.alias("made")
    )
    return {fuel: (of_burning, of_making) for fuel, of_burning, of_making in rows.iter_rows()}


def carrier_factors(factors: RoadFactors, series: str, grid_year: int) -> dict[str, float]:
    """Return the emission factor of each carrier in a series, kg per kg of fuel or kWh at the meter.

    Raises
    ------
    DataError
        An LNG factor above what methane can give, a year outside the grid factors.
    """
    fuels = {fuel: burnt + made for fuel, (burnt, made) in fuel_parts(factors, series).items()}
    return fuels | {_ELECTRICITY: factors.electricity(grid_year, series)}


def _emissions_t(used: pl.DataFrame, factors: RoadFactors, grid_year: int) -> dict[str, float]:
    """Return emissions by series, t."""
    direct = float((used["amount"] * used["ttw_kgco2_per_kg"].fill_null(0.0)).sum()) / 1000.0
    charged = float(used.filter(pl.col("carrier") == _ELECTRICITY)["amount"].sum()) / 1000.0
    power = {series: charged * factors.electricity(grid_year, series) for series in SERIES}
    burnt = used["ttw_kgco2e_per_kg"].fill_null(used["ttw_kgco2_per_kg"]).fill_null(0.0)
    # electricity has no tank: what it emits is in the factor of its kWh
    full = burnt + used["wtt_kgco2e_per_kg"].fill_null(0.0)
    return {
        "a": direct,
        "b": direct + power["b"],
        "c": float((used["amount"] * full).sum()) / 1000.0 + power["c"],
    }


def petroleum(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return petrol and diesel of all land transport by year.

    Returns
    -------
    polars.DataFrame
        ``year, petrol_t, diesel_t, petroleum_t``.
    """
    used = energy(RoadFactors.from_county(county), stock).filter(pl.col("carrier").is_in(PETROLEUM))
    sums = [pl.col("amount").filter(pl.col("carrier") == fuel).sum() / 1000.0 for fuel in PETROLEUM]
    return (
        used.group_by("year")
        .agg(sums[0].alias("petrol_t"), sums[1].alias("diesel_t"))
        .with_columns(petroleum_t=pl.col("petrol_t") + pl.col("diesel_t"))
        .sort("year")
    )
