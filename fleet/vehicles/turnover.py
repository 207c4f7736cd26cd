"""Stock turnover: cohorts of new vehicles, survival, and the power that the flow brings in."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from data.arrays import scalar
from data.county import rows_of
from data.errors import DataError
from fleet.vehicles.fuel_limits import realised_share, use_by_build
from fleet.vehicles.survival import survival_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data.arrays import Floats
    from data.county import County

_OLDEST: Final = 40  # years; of the longest-lived class (14.5 years, shape 4.8) e^-130 are left
_TABLES: Final = (
    "vehicle_classes",
    "fleet_stock",
    "stock_growth",
    "survival",
    "flow_shares",
    "energy_use",
    "fuel_limits",
)
_SHARE_TOLERANCE: Final = 1e-6  # shares of a table are rounded


_KEYS: Final = {"year": pl.Int64, "vehicle_class": pl.String, "power": pl.String}
_NUMBERS: Final = ("vehicles", "new_vehicles", "scrapped_vehicles", "km_per_vehicle", "use_over_table")


@dataclass(frozen=True, slots=True)
class _Class:
    """A vehicle class: total stock by year, survival by age, flow shares by year and power, km by age over new.

    `use` is the use per km over the table's, years of build by powers, from the oldest of the first year on.
    """

    name: str
    total: Floats
    alive: Floats
    powers: list[str]
    shares: Floats
    km_per_year: float
    km_by_age: Floats
    use: Floats


def stock(county: County, *, first_year: int = 2015, last_year: int = 2035) -> pl.DataFrame:
    """Return vehicles, new and scrapped ones by year, class and power.

    Parameters
    ----------
    county
        Reads ``fleet_stock`` (anchors), ``stock_growth``, ``survival``, ``flow_shares``, ``vehicle_classes``.
    first_year, last_year
        Horizon; the first year's stock has the age structure of steady growth.

    Returns
    -------
    polars.DataFrame
        ``year, vehicle_class, power, vehicles, new_vehicles, scrapped_vehicles, km_per_vehicle, use_over_table``. For
        each class and power vehicles = vehicles of the year before + new - scrapped. Old vehicles drive less by the
        class's ``km_decline_share`` per year of age; over all powers the mean of a class is its ``km_per_year``. The
        last column is the use per km over that of ``energy_use``: less where new vehicles keep stricter
        ``fuel_limits``. Computed once per horizon and tables.

    Raises
    ------
    DataError
        Flow shares that do not sum to 1, a stock below 0, a class without energy use, survival or growth, a year
        outside the tables.

    Notes
    -----
    N_v(y) = Sales_v S(y - v). Sales close the gap between the total stock of the tables and the survivors; where the
    survivors exceed it, nothing is sold and the total follows them.
    """
    if last_year <= first_year:
        raise DataError(f"stock: last_year {last_year} must be after first_year {first_year}.")
    horizon = range(first_year, last_year + 1)
    # the figure that counts beside the tables
    key = ("stock", first_year, last_year, realised_share(county))
    return county.once_of(_TABLES, key, lambda: _rolled(county, horizon))


def stock_once(county: County, *, first_year: int = 2015, last_year: int = 2035) -> pl.DataFrame:
    """Return what `stock` does, without keeping it: for fleets that nobody asks for again, such as those of draws."""
    return _rolled(county, range(first_year, last_year + 1))


def _rolled(county: County, horizon: Sequence[int]) -> pl.DataFrame:
    """Return the stock of all classes over the years of a horizon, computed anew."""
    years = list(horizon)
    classes = [_read(county, name, years) for name in county.vehicle_classes["vehicle_class"]]
    of_class = [(item.name, item.powers) for item in classes]
    keys = {
        "year": [year for _, powers in of_class for year in years for _ in powers],
        "vehicle_class": [name for name, powers in of_class for _ in range(len(years) * len(powers))],
        "power": [power for _, powers in of_class for power in powers * len(years)],
    }
    numbers = zip(*(_turnover(item, years) for item in classes), strict=True)
    columns = {
        name: np.concatenate([part.ravel() for part in parts]) for name, parts in zip(_NUMBERS, numbers, strict=True)
    }
    return pl.DataFrame({**keys, **columns}, schema_overrides=_KEYS).sort(*_KEYS)


def total_path(county: County, vehicle_class: str, years: Sequence[int]) -> Floats:
    """Return the total stock of a class in each year: anchors of ``fleet_stock``, growth of ``stock_growth``.

    Raises
    ------
    DataError
        No anchor, a negative one, or a year without a growth rate.
    """
    rows = county.rows_by("fleet_stock").get(vehicle_class, ())
    anchors = dict(sorted((row["year"], row["vehicles"]) for row in rows))
    if not anchors:
        raise DataError(f"fleet_stock: no row for vehicle_class {vehicle_class!r}; add its vehicles in some year.")
    for year, vehicles in anchors.items():
        if not vehicles >= 0.0:
            raise DataError(
                f"fleet_stock: {vehicle_class} {year}, column 'vehicles': got {vehicles}; expected at least 0."
            )
    growth = _growth_of(county.rows_by("stock_growth"), vehicle_class)

    @functools.cache  # years before the first anchor all ask for those up to it
    def rate(year: int) -> float:
        return _growth_in(growth, vehicle_class, year)

    known = sorted(anchors)
    path: dict[int, float] = {}
    for year in years:
        # the last anchor up to the year; growth bridges the gap to the next, which then sets the level again
        base = max((anchor for anchor in known if anchor <= year), default=known[0])
        value = float(anchors[base])
        if base < year and year - 1 in path:
            # a year more from the same anchor
            value = path[year - 1] * (1.0 + rate(year - 1))
        else:
            for step in range(base, year):
                value *= 1.0 + rate(step)
        # before the first anchor growth is undone
        for step in range(year, base):
            value /= 1.0 + rate(step)
        path[year] = value
    return np.array([path[year] for year in years])


def _growth_of(growth: Mapping[str, Sequence[Mapping[str, Any]]], vehicle_class: str) -> list[tuple[int, int, float]]:
    """Return the spans of years of a class with their growth, from the rows of ``stock_growth`` by class."""
    rows = growth.get(vehicle_class, ())
    return [(row["from_year"], row["to_year"], row["growth_share_per_year"]) for row in rows]


def _growth_in(growth: Sequence[tuple[int, int, float]], vehicle_class: str, year: int) -> float:
    """Return the growth of a class from a year to the next."""
    for start, end, share in growth:
        if start <= year < end:
            return float(share)
    raise DataError(f"stock_growth: vehicle_class {vehicle_class!r} has no growth for the year {year}.")


def with_growth(county: County, growth: pl.DataFrame, *, after: int) -> County:
    """Return the county with another growth after a year; the stocks of later anchor years follow it.

    Parameters
    ----------
    county
        Its ``fleet_stock`` and ``stock_growth``.
    growth
        Rows in the form of ``stock_growth``.
    after
        Year from which they differ.

    Raises
    ------
    DataError
        A year between ``after`` and an anchor without growth.
    """
    anchors = []
    before, later = (rows_of(table, "vehicle_class") for table in (county.stock_growth, growth))
    for name, year, vehicles in county.fleet_stock.select("vehicle_class", "year", "vehicles").iter_rows():
        old, new = (_growth_of(table, name) for table in (before, later))
        gain = 1.0
        for step in range(after, year):
            # ratio of the two growths: an anchor that was statistics stays so where nothing changed
            gain *= (1.0 + _growth_in(new, name, step)) / (1.0 + _growth_in(old, name, step))
        anchors.append(vehicles * gain)
    stocks = county.fleet_stock.with_columns(vehicles=pl.Series(anchors, dtype=pl.Float64))
    return county.with_table("stock_growth", growth).with_table("fleet_stock", stocks)


def flow_path(county: County, vehicle_class: str, years: Sequence[int]) -> tuple[list[str], Floats]:
    """Return powers and their shares of the new vehicles, years by powers; linear between the table's years.

    Raises
    ------
    DataError
        No shares, shares of a year that do not sum to 1, or a year outside those of the table.
    """
    key = ("flow shares", vehicle_class)
    anchors, powers, table = county.once_of(("flow_shares",), key, lambda: _flow_anchors(county, vehicle_class))
    for year in (min(years), max(years)):
        if not anchors[0] <= year <= anchors[-1]:
            covered = f"flow_shares: {vehicle_class} covers {anchors[0]} to {anchors[-1]}"
            raise DataError(f"{covered}; the year {year} needs a row.")
    # shares of a year between still sum to 1, because those of the table do
    return list(powers), np.column_stack([np.interp(years, anchors, table[:, column]) for column in range(len(powers))])


def _flow_anchors(county: County, vehicle_class: str) -> tuple[list[int], list[str], Floats]:
    """Return the years and powers of a class in ``flow_shares``, and its shares, years by powers."""
    rows = county.rows_by("flow_shares").get(vehicle_class)
    if not rows:
        raise DataError(f"flow_shares: no row for vehicle_class {vehicle_class!r}; add its shares.")
    anchors = sorted({row["year"] for row in rows})
    powers = sorted({row["power"] for row in rows})
    table = np.zeros((len(anchors), len(powers)))
    for row in rows:
        table[anchors.index(row["year"]), powers.index(row["power"])] = row["share"]
    for year, total in zip(anchors, table.sum(axis=1), strict=True):
        if abs(total - 1.0) > _SHARE_TOLERANCE:
            raise DataError(f"flow_shares: {vehicle_class} {year} sums to {total:.6f}; shares must sum to 1.")
    return anchors, powers, table


def flow_table(
    rows: Sequence[tuple[str, str, int, float]], bounds: Sequence[tuple[float | None, float | None]] | None = None
) -> pl.DataFrame:
    """Return rows in the form of ``flow_shares``, with their low and high where these are known."""
    frame = pl.DataFrame(
        rows,
        schema={"vehicle_class": pl.String, "power": pl.String, "year": pl.Int64, "share": pl.Float64},
        orient="row",
    )
    ends = [None] * len(rows), [None] * len(rows)
    low, high = zip(*bounds, strict=True) if bounds else ends
    return frame.with_columns(
        pl.Series("low", low, pl.Float64),
        pl.Series("high", high, pl.Float64),
        source=pl.lit("model"),
        confidence=pl.lit("derived"),
    )


def _read(county: County, name: str, years: Sequence[int]) -> _Class:
    """Return what the tables say of a class."""
    if name not in county.rows_by("energy_use"):
        raise DataError(f"energy_use: no row for vehicle_class {name!r}; add what it uses per 100 km.")
    powers, shares = flow_path(county, name, years)
    # the oldest of the first year age on through the horizon
    alive = survival_table(county, name, _OLDEST + len(years))
    row = county.rows_by("vehicle_classes")[name][0]
    by_age = np.power(1.0 - float(row["km_decline_share"] or 0.0), np.arange(len(alive), dtype=np.float64))
    built = range(years[0] - len(alive) + 1, years[-1] + 1)
    use = use_by_build(county, name, powers, built)
    total = total_path(county, name, years)
    return _Class(name, total, alive, powers, shares, float(row["km_per_year"]), by_age, use)


def _turnover(item: _Class, years: Sequence[int]) -> tuple[Floats, ...]:
    """Roll the cohorts of a class forward; return `_NUMBERS`, each years by powers."""
    growth = item.total[1] / item.total[0] if item.total[0] > 0.0 else 1.0
    ages = np.arange(len(item.alive))
    # in steady growth each older cohort was smaller when new, by the growth since
    cohorts = item.alive * growth ** (-ages.astype(np.float64))
    cohorts = cohorts / cohorts.sum() * item.total[0]
    by_power = np.zeros((len(years), len(ages), len(item.powers)))
    # all ages of the first year have its flow's powers: earlier flows are not asked for
    by_power[0] = np.outer(cohorts, item.shares[0])
    # chance to live one more year; 0 / 0 where a law has ended
    conditional = np.divide(item.alive[1:], item.alive[:-1], out=np.zeros(len(ages) - 1), where=item.alive[:-1] > 0.0)
    for index in range(1, len(years)):
        aged = by_power[index]
        np.multiply(by_power[index - 1, :-1], conditional[:, None], out=aged[1:])
        # a stock that shrinks faster than its vehicles die sells none and follows the survivors
        aged[0] = max(0.0, item.total[index] - aged.sum()) * item.shares[index]
    vehicles = by_power.sum(axis=1)
    scrapped = np.zeros_like(vehicles)
    # rounding may leave a scrapped vehicle of -1e-13
    scrapped[1:] = np.maximum(vehicles[:-1] - by_power[1:, 1:].sum(axis=1), 0.0)
    return vehicles, by_power[:, 0], scrapped, *_driven(item, by_power, vehicles)


def _driven(item: _Class, by_power: Floats, vehicles: Floats) -> tuple[Floats, Floats]:
    """Return km per vehicle and the use per km over the table's, years by powers; ``by_power`` has ages between."""
    ages = np.arange(by_power.shape[1])
    # ages from 0 on are years of build backwards from each year; the oldest of the first year was built first
    use = item.use[np.arange(len(by_power))[:, None] + ages[::-1]]
    by_km = item.km_by_age[:, None] * by_power
    used, driven = (use * by_km).sum(axis=1), by_km.sum(axis=1)
    over_table = np.divide(used, driven, out=np.ones_like(vehicles), where=driven > 0.0)
    over_mean = np.ones_like(vehicles)
    if item.km_by_age[-1] < 1.0:
        # weighted by vehicles, so that the mean over all powers is the class's km
        every = vehicles.sum(axis=1, keepdims=True)
        mean = np.divide(driven.sum(axis=1, keepdims=True), every, out=np.zeros_like(every), where=every > 0.0)
        np.divide(driven, vehicles * mean, out=over_mean, where=vehicles > 0.0)
    return item.km_per_year * over_mean, over_table


def flow_share(table: pl.DataFrame, powers: Sequence[str], *, classes: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the share of some powers in the new vehicles of each year.

    Parameters
    ----------
    table
        A stock table.
    powers
        Powers that count, such as :data:`CLEAN_ENERGY`.
    classes
        Vehicle classes that count; None for all.

    Returns
    -------
    polars.DataFrame
        ``year, share``.
    """
    rows = table if classes is None else table.filter(pl.col("vehicle_class").is_in(list(classes)))
    counted = pl.col("new_vehicles").filter(pl.col("power").is_in(list(powers))).sum()
    return rows.group_by("year").agg(share=counted / pl.col("new_vehicles").sum()).sort("year")


def crossing_year(shares: pl.DataFrame, threshold: float) -> int | None:
    """Return the first year from which a share stays at or above a threshold, or None."""
    # the last year below, not the first one above: a share may fall back
    below = shares.filter(pl.col("share") < threshold)["year"].max()
    later = shares if below is None else shares.filter(pl.col("year") > below)
    return None if not later.height else int(scalar(later, pl.col("year").min()))
