"""Every public figure that was found, beside what the model says of it: data/reference/public_figures.csv."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

import numpy as np
import polars as pl

import fleet
import shipping
from data import County
from data.schemas.base import NEW_ENERGY
from fleet.roads.signals import junction_delays
from fleet.vehicles.adoption_trend import adoption_trend, band, predicted_share
from shipping.ships.brake_power import brake_kw
from shipping.ships.hulls import Hull
from validation.markdown import shown, table

YEAR = 2025
READ, PART, OUT = "in", "in part", "out"
"""Whether the model is given a figure, was set with it in view, or knows nothing of it."""


@dataclass(frozen=True)
class World:
    """What the figures of the model are taken from."""

    county: County
    stock: pl.DataFrame

    @cached_property
    def week(self) -> pl.DataFrame:
        """Requests of a week without holidays."""
        return fleet.requests(self.county, self.stock, year=YEAR, start=dt.date(YEAR, 4, 14), days=7, seed=1)

    @cached_property
    def signals(self) -> pl.DataFrame:
        """Delays at the junctions."""
        return junction_delays(self.county)

    def flow(self, name: str, year: int) -> float:
        """Return the share of new energy in the new vehicles of a class, in the tables of the model."""
        rows = self.county.flow_shares.filter(vehicle_class=name, year=year)
        return float(rows.filter(pl.col("power").is_in(NEW_ENERGY))["share"].sum())

    def ahead(self, series: str, year: int) -> float:
        """Return the median of a series in a year, from the years before."""
        fit = adoption_trend(self.county, until=year - 1)
        return float(np.median(predicted_share(self.county, fit, series, [year])))

    def band_ahead(self, series: str, year: int) -> tuple[float, float]:
        """Return the 90 % band of that prediction."""
        fit = adoption_trend(self.county, until=year - 1)
        low, high = band(predicted_share(self.county, fit, series, [year]))
        return float(low[0]), float(high[0])

    def stock_share(self, name: str, year: int) -> float:
        """Return the share of battery vehicles in the stock of a class."""
        rows = self.stock.filter(vehicle_class=name, year=year)
        return float(rows.filter(pl.col("power") == "bev")["vehicles"].sum()) / float(rows["vehicles"].sum())

    def saved(self, column: str) -> float:
        """Return the change of a figure of all junctions by a new timing."""
        sums = {name: float(self.signals.filter(timing=name)[column].sum()) for name in ("now", "webster")}
        return sums["webster"] / sums["now"] - 1.0


def hull_ratio(depth_m: float) -> float:
    """Return the power of the tanker in some water over that in 6 m, at held speed."""
    tanker = Hull(135.0, 11.4, 2.6)
    kw = [float(brake_kw(tanker, 12.0, depth_m=depth)) for depth in (depth_m, 6.0)]
    return kw[0] / kw[1]


def bev_of_new_cars(world: World) -> float:
    """Return the battery-electric among the new-energy cars that are new."""
    rows = world.county.flow_shares.filter(vehicle_class="private_car", year=YEAR)
    rows = rows.filter(pl.col("power").is_in(NEW_ENERGY))
    return float(rows.filter(power="bev")["share"].sum()) / float(rows["share"].sum())


def per_gun_day(world: World) -> float:
    """Return public energy per gun and day, kWh."""
    layout = world.county.layout("plan-2025")
    return float(world.week["energy_kwh"].sum()) / 7.0 / float((layout["piles"] * layout["guns_per_pile"]).sum())


def session_kwh(world: World) -> float:
    """Return the energy of a public session of a private car, kWh."""
    return float(
        world.week.filter(pl.col("vehicle_class").str.starts_with("private_car/"))["energy_kwh"].to_numpy().mean()
    )


def corridor_tkm(world: World, year: int) -> float:
    """Return the turnover on the corridor, billion t km."""
    ships = shipping.carbon(world.county, years=[year], grid=("frozen",)).filter(series="a")
    return float(ships["converted_turnover_tkm"].item()) / 1e9


def t_per_passage(world: World, year: int) -> float:
    """Return the cargo of a mean passage, t."""
    rows = world.county.ship_sizes.sort("year")
    return float(np.interp(year, rows["year"].to_numpy(), rows["cargo_t_per_passage"].to_numpy()))


Model = Callable[[World, int], float]
KNOWN: dict[str, tuple[str, Model | None, str, str]] = {
    "nev_share_new_cars_january": (
        "new energy in car sales, January",
        lambda world, year: world.ahead("cars", year),
        OUT,
        "model: the nation's whole year; January lacks what December bought ahead",
    ),
    "nev_share_new_cars_towns": (
        "new energy in car sales of small towns",
        lambda world, year: world.flow("private_car", year),
        READ,
        "",
    ),
    "bev_of_nev_cars": (
        "battery-electric among new-energy cars sold",
        lambda world, _: bev_of_new_cars(world),
        READ,
        "",
    ),
    "nev_share_tractors": (
        "new energy in sales of tractors",
        lambda world, year: world.flow("tractor", year),
        READ,
        "model: the whole year",
    ),
    "bus_electric_share_of_stock": (
        "electric in the stock of buses",
        lambda world, year: world.stock_share("bus", year),
        OUT,
        "",
    ),
    "fuel_limit_stage_3": ("use of new trucks by the limit, stage 3 over 2", None, READ, "half of it on the road"),
    "fuel_limit_stage_4": ("use of new trucks by the limit, stage 4 over 3", None, READ, "half of it on the road"),
    "public_energy_per_gun_day": (
        "public energy of a gun and day",
        lambda world, _: per_gun_day(world),
        PART,
        "model: 2025; where trucks charge was set with it in view",
    ),
    "public_session_energy_private": (
        "energy of a public session of a private car",
        lambda world, _: session_kwh(world),
        OUT,
        "model: 2025, at the battery",
    ),
    "electric_trucks_with_swap": (
        "electric trucks whose battery can be swapped",
        lambda world, _: world.county.figure("fleet.truck_swap_share"),
        READ,
        "",
    ),
    "dedicated_truck_stations": ("charging stations for trucks alone", None, OUT, "no counterpart in a county"),
    "shore_power_used": (
        "shore power that ships used",
        None,
        OUT,
        "another river; the share of port hours on shore power is assumed, 0.5 (0.1 to 0.9)",
    ),
    "signal_retiming_delay": (
        "delay at junctions after a new timing",
        lambda world, _: world.saved("vehicle_hours_year"),
        OUT,
        "formula of three junctions whose timing now is assumed; stands in T19 beside it",
    ),
    "signal_retiming_fuel": (
        "fuel at junctions after a new timing",
        lambda world, _: world.saved("fuel_l_year"),
        OUT,
        "same",
    ),
    "registered_population": (
        "registered population",
        lambda world, _: world.county.figure("visitors.registered_people"),
        READ,
        "",
    ),
    "water_turnover": (
        "turnover by water, billion t km",
        corridor_tkm,
        OUT,
        "another boundary: the model has all that passes the lock, whatever its flag, over the whole corridor",
    ),
    "lock_t_per_passage": ("cargo of a passage of the lock", t_per_passage, READ, ""),
    "lock_vessel_minutes": (
        "entry and exit of a vessel at the lock",
        lambda world, _: world.county.figure("river.lock_entry_min") + world.county.figure("river.lock_exit_min"),
        READ,
        "",
    ),
    "hull_power_6_to_4.5_m": (
        "power from 6 to 4.5 m of water",
        lambda *_: hull_ratio(4.5),
        PART,
        "slope set with it in view",
    ),
    "hull_power_6_to_3.2_m": (
        "power from 6 to 3.2 m of water",
        lambda *_: hull_ratio(3.2),
        PART,
        "slope set with it in view",
    ),
}
"""Name, model figure, whether it is in the sample, and remark, by key; the series of sales are those of `SERIES`."""
SERIES = {
    "nev_share_new_cars": ("new energy in car sales", "cars"),
    "nev_share_heavy_trucks": ("new energy in sales of heavy trucks", "heavy_trucks"),
    "nev_share_light_trucks": ("new energy in sales of light trucks", "light_trucks"),
}
"""Name and observed series by key: years that a fit to the years before can predict are out of sample."""


def load_public() -> pl.DataFrame:
    """Return the public figures: key, value, low, high, unit, year, place, source, confidence."""
    file = resources.files("data") / "reference" / "public_figures.csv"
    numbers = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.read_csv(file.read_bytes(), schema_overrides=numbers)


def section(world: World, public: pl.DataFrame) -> str:
    """Return the table of all public figures."""
    rows = []
    for row in public.iter_rows(named=True):
        name, model, sample, remark = _of(world, row)
        low, high = (row["value"] if row[end] is None else row[end] for end in ("low", "high"))
        bounded = row["low"] is not None and model is not None
        inside = "" if not bounded or model is None else "yes" if low <= model <= high else "no"
        if sample == OUT and row["key"] in SERIES:
            # a prediction has a range of its own, wider than that of what was counted
            low, high = world.band_ahead(SERIES[row["key"]][1], row["year"])
            inside = "yes" if low <= row["value"] <= high else "no"
            remark += f", 90 % band {low:.3f} to {high:.3f}"
        span = "" if row["low"] is None else f"{shown(row['low'])} to {shown(row['high'])}"
        rows.append(
            (
                name,
                f"{row['place']}, {row['year']}",
                f"{shown(row['value'])} {row['unit']}",
                span,
                None if model is None else float(model),
                inside,
                sample,
                remark,
                row["source"],
            )
        )
    names = ("figure", "where", "public", "range", "model", "inside", "sample", "remark", "source")
    return table(pl.DataFrame(rows, schema=names, orient="row"))


def _of(world: World, row: dict[str, object]) -> tuple[str, float | None, str, str]:
    """Return name, figure of the model, sample and remark of a public figure."""
    key, year = str(row["key"]), int(str(row["year"]))
    if key in SERIES:
        name, series = SERIES[key]
        known = world.county.adoption_observed.filter((pl.col("series") == series) & (pl.col("year") < year))
        if known.height < 2:
            return name, None, READ, "the series begins"
        return name, world.ahead(series, year), OUT, "predicted from the years before"
    name, model, sample, remark = KNOWN[key]
    return name, None if model is None else model(world, year), sample, remark
