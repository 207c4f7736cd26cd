"""The fleets that draws of growth and new energy lead to, and what they use, carry and emit in every draw."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from fleet.emissions.accounts import BOUNDARIES, PETROLEUM, energy, fuel_parts, turnover
from fleet.emissions.draws import applied, uncertainty_of
from fleet.emissions.factors import RoadFactors
from fleet.vehicles.backcast import shifted_flow
from fleet.vehicles.turnover import stock_once, with_growth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.arrays import Floats
    from data.county import County


_ELECTRICITY: Final = "electricity"
# nodes between which draws are blended linearly: growth acts almost linearly on a stock, the logit does not
_SHIFTS: Final = 9
_SPEEDS: Final = 3


class StockEnsemble:
    """Stocks over a grid of shifts of new energy and speeds of growth; every draw lies between its neighbours.

    Both begin after ``carbon.baseline_year``, because no statistic of the county pins down the years since. The shift
    moves the logit of new energy's share in the flow, alike for all classes, in steps that reach their whole
    ``adoption.ramp_years`` after ``adoption.base_year``. Every class has a growth of its own: its stock, and with it
    the power of what is newly added, is blended linearly between slow, middle and fast growth.

    Parameters
    ----------
    county
        Its tables, with ``uncertainties``.
    draws
        Table of :func:`fleet.emissions.draws.draw_factors`.
    left
        What becomes of a stock before it drives, such as trucks whose freight goes by river; None leaves it whole.
    """

    def __init__(
        self, county: County, draws: pl.DataFrame, left: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    ) -> None:
        self._county, self._draws = county, draws
        self._left = left or (lambda whole: whole)
        self._factors = RoadFactors.from_county(county)
        self._empty_over_full = county.figure("fleet.use_empty_over_full")
        self._whole_shift_year = round(county.figure("adoption.base_year") + county.figure("adoption.ramp_years"))
        row = uncertainty_of(county, "new_energy", "")
        low, high = (0.0, 0.0) if row is None else (row.low, row.high)
        # a range of no width needs one stock, not nine alike
        self._shifts = np.linspace(low, high, _SHIFTS if high > low else 1)
        classes = county.vehicle_classes["vehicle_class"].to_list()
        self._ends = {name: self._speeds(name) for name in classes}
        speeds = range(_SPEEDS if any(slow < fast for slow, *_, fast in self._ends.values()) else 1)
        self._tables = [[self._stock(shift, speed) for speed in speeds] for shift in self._shifts.tolist()]
        self.years: list[int] = sorted(self._tables[0][0]["year"].unique().to_list())
        self._boundary = dict(county.vehicle_classes.select("vehicle_class", "boundary").iter_rows())
        self._cache: dict[tuple[str, str], Floats] = {}

    def _stock(self, shift: float, speed: int) -> pl.DataFrame:
        """Return the stock at a shift of new energy and a speed of growth (0 slow to 2 fast)."""
        county = self._county
        base = self._factors.base_year
        flow = shifted_flow(county, shift, after=base, until=self._whole_shift_year)
        offsets = {name: ends[speed] for name, ends in self._ends.items()}
        grown = grown_faster(county, offsets, after=base)
        return self._left(stock_once(grown.with_table("flow_shares", flow)))

    def _speeds(self, name: str) -> tuple[float, float, float]:
        """Return slow, middle and fast growth of a class over the table's."""
        row = uncertainty_of(self._county, "growth", name)
        low, high = (0.0, 0.0) if row is None else (row.low, row.high)
        # the middle of the range, which need not be the growth of the table
        return low, (low + high) / 2.0, high

    @cached_property
    def _by_shift(self) -> Floats:
        """Return the weights of the shifts, draws by shifts."""
        return _between(applied(self._county, self._draws, "new_energy"), self._shifts)

    def _by_speed(self, name: str) -> Floats:
        """Return the weights of a class's speeds of growth, draws by speeds."""
        nodes = np.array(self._ends[name][: len(self._tables[0])])
        return _between(applied(self._county, self._draws, "growth", name), nodes)

    def _drawn(self, applies_to: str, name: str) -> Floats:
        """Return the drawn multiplier of something by name."""
        # energy and turnover ask for the same draws, once per power and carrier
        if (applies_to, name) not in self._cache:
            self._cache[applies_to, name] = applied(self._county, self._draws, applies_to, name)
        return self._cache[applies_to, name]

    def _blended(
        self, frames: list[list[pl.DataFrame]], keys: Sequence[str], value: str
    ) -> dict[tuple[str, ...], Floats]:
        """Return a value of each key (its first part a class) in every draw, draws by years."""
        column = {year: number for number, year in enumerate(self.years)}
        sheets: dict[tuple[str, ...], Floats] = {}
        for shift, row in enumerate(frames):
            for speed, frame in enumerate(row):
                for year, amount, *key in frame.select("year", value, *keys).iter_rows():
                    # dense over shifts, speeds and years: a power that one node lacks counts 0 there
                    shape = (len(frames), len(row), len(self.years))
                    sheet = sheets.setdefault(tuple(key), np.zeros(shape))
                    sheet[shift, speed, column[year]] += amount
        return {
            # weights instead of a stock per draw: n draws, s shifts, v speeds, y years
            key: np.einsum("ns,nv,svy->ny", self._by_shift, self._by_speed(key[0]), sheet, optimize=True)
            for key, sheet in sheets.items()
        }

    @cached_property
    def _used(self) -> dict[tuple[str, ...], Floats]:
        """Return energy by class, power and carrier, kg or kWh at the meter, draws by years."""
        frames = [[energy(self._factors, table) for table in row] for row in self._tables]
        used = self._blended(frames, ("vehicle_class", "power", "carrier"), "amount")
        share = self._utility_factor()
        for key, amount in used.items():
            name, power, carrier = key
            # of a class, not of a power: the same km and loads drive all its vehicles
            factor = self._drawn("energy_use", carrier) * self._drawn("km_per_year", name) * self._use_by_load(name)
            # the drawn share of electric km takes from the fuel what it gives to the battery
            if power == "phev" and name in share:
                drawn = np.minimum(1.0, share[name] * self._drawn("utility_factor", name))
                plain = share[name] if carrier == _ELECTRICITY else 1.0 - share[name]
                factor = factor * (drawn if carrier == _ELECTRICITY else 1.0 - drawn) / plain
            used[key] = amount * factor[:, None]
        return used

    def _use_by_load(self, name: str) -> Floats:
        """Return the use of a freight class at its drawn load over that at the table's; 1 for passengers.

        Between empty and full it is linear in the mean load of all km.
        """
        row = self._county.vehicle_classes.filter(pl.col("vehicle_class") == name).row(0, named=True)
        if row["kind"] != "freight" or row["load_factor"] is None:
            return np.ones(self._draws.height)
        empty = self._empty_over_full
        empty_km = (row["empty_share"] or 0.0) * self._drawn("empty_share", name)
        drawn = (1.0 - empty_km) * row["load_factor"] * self._drawn("load_factor", name)
        table = (1.0 - (row["empty_share"] or 0.0)) * row["load_factor"]
        return np.asarray((empty + (1.0 - empty) * drawn) / (empty + (1.0 - empty) * table))

    def _utility_factor(self) -> dict[str, float]:
        """Return the electric share of the km of plug-in hybrids, where it lies between 0 and 1."""
        rows = self._county.energy_use.filter(pl.col("utility_factor").is_between(0.0, 1.0, closed="none"))
        return dict(rows.select("vehicle_class", "utility_factor").iter_rows())

    @cached_property
    def _carried(self) -> dict[tuple[str, ...], Floats]:
        """Return converted turnover by class, t km, draws by years."""
        frames = [[turnover(self._factors, table) for table in row] for row in self._tables]
        carried = self._blended(frames, ("vehicle_class",), "converted_tkm")
        kinds = self._county.vehicle_classes.select("vehicle_class", "kind", "empty_share").iter_rows()
        loads = {name: (empty or 0.0) if kind == "freight" else None for name, kind, empty in kinds}
        for key, tkm in carried.items():
            (name,) = key
            factor, empty = self._drawn("km_per_year", name), loads[name]
            if empty is not None:
                factor = factor * self._drawn("load_factor", name)
                factor = factor * (1.0 - empty * self._drawn("empty_share", name)) / (1.0 - empty)
            carried[key] = tkm * factor[:, None]
        return carried

    def intensity(self, boundary: str, series: str, grid: str, years: Sequence[int]) -> Floats:
        """Return intensity, draws by years, g per t km."""
        members = BOUNDARIES[boundary]
        columns = [self.years.index(year) for year in years]
        tonnes = np.zeros((self._draws.height, len(columns)))
        parts = fuel_parts(self._factors, series)
        for (name, _power, carrier), amount in self._used.items():
            if self._boundary[name] not in members:
                continue
            if carrier == _ELECTRICITY:
                factor = self._electricity(series, grid, years)
            else:
                burnt, made = parts[carrier]
                # drawn per fuel, not per class: all of them burn the same
                drawn = burnt * self._drawn("fuel_factor", carrier) + made * self._drawn("wtt_factor", carrier)
                factor = drawn[:, None]
            tonnes += amount[:, columns] * factor
        # draws of km and load act on both sums, so the quotient is taken draw by draw
        tkm = sum(tkm[:, columns] for (name,), tkm in self._carried.items() if self._boundary[name] in members)
        grams = 1000.0 * np.asarray(tonnes, dtype=np.float64)
        return np.divide(grams, tkm, out=np.full_like(grams, np.nan), where=np.asarray(tkm) > 0.0)

    def _electricity(self, series: str, grid: str, years: Sequence[int]) -> Floats:
        """Return the grid's factor, draws by years; it is drawn where it moves, after the base year."""
        base = self._factors.base_year
        if series == "a":
            return np.zeros((self._draws.height, len(years)))
        moves = [grid == "moving" and year > base for year in years]
        drawn = self._drawn("grid_factor", "")
        # the upstream of electricity is drawn under any grid, as that of fuels is
        upstream = self._factors.electricity_upstream_share * self._drawn("wtt_factor", _ELECTRICITY)
        more = 1.0 + upstream if series == "c" else np.ones(len(drawn))
        columns = [
            self._factors.grid(year if moved else base) * more * (drawn if moved else np.ones(len(drawn)))
            for year, moved in zip(years, moves, strict=True)
        ]
        return np.column_stack(columns)

    def petroleum(self) -> Floats:
        """Return petrol and diesel of all land transport, draws by ``years``, t."""
        oil = [amount for (_name, _power, carrier), amount in self._used.items() if carrier in PETROLEUM]
        return np.asarray(np.sum(oil, axis=0) / 1000.0)


def _between(drawn: Floats, nodes: Floats) -> Floats:
    """Return the weights of nodes that blend them linearly to drawn values, draws by nodes."""
    if nodes[-1] == nodes[0]:
        # a range of no width has one node repeated, on which interpolation is undefined
        return np.tile(np.eye(len(nodes))[0], (len(drawn), 1))
    return np.column_stack([np.interp(drawn, nodes, row) for row in np.eye(len(nodes))])


def grown_faster(county: County, offsets: dict[str, float], *, after: int) -> County:
    """Return the county with an offset of each class added to its yearly growth after a year."""
    growth = county.stock_growth
    # a period of growth that spans the year is split there, so that the offset acts after it only
    straddles = (pl.col("from_year") < after) & (pl.col("to_year") > after)
    before = growth.filter(straddles).with_columns(to_year=pl.lit(after, pl.Int64))
    rows = growth.with_columns(from_year=pl.when(straddles).then(after).otherwise("from_year").cast(pl.Int64))
    more = pl.col("vehicle_class").replace_strict(offsets, default=0.0, return_dtype=pl.Float64)
    added = pl.when(pl.col("from_year") >= after).then(more).otherwise(0.0)
    changed = rows.with_columns(growth_share_per_year=pl.col("growth_share_per_year") + added)
    return with_growth(county, pl.concat([before, changed]).sort("vehicle_class", "from_year"), after=after)
