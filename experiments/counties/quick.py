"""A first answer from a handful of figures: a county from defaults, sized in three cases of its ranges."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl
from scipy.optimize import brentq

import fleet
from charging import load_by_hour
from charging.queueing.preview import busy_loads
from charging.sizing import SEARCH, Search, Sites
from data.arrays import scalar
from data.county import load_county
from data.county_folder.begin import SCENARIO, begin_county, invented_towns
from data.county_folder.template import DEFAULT
from data.errors import ScenarioError
from data.tables.roles import TWO_WHEELER, classes_of
from experiments.runs.plan import prepare
from experiments.scenario.model import Scenario
from experiments.sizing.stations.chargers import county_goals
from experiments.sizing.stations.trial import Trial
from fleet.emissions.accounts import carrier_factors, energy
from fleet.emissions.factors import RoadFactors
from fleet.vehicles.backcast import shifted_flow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from data.county import County

CASES: Final = {"low": -1.0, "central": 0.0, "high": 1.0}
"""Where in their ranges the assumptions lie that decide how much is charged in public."""
_MOVES: Final = {"vehicle_classes": 1.0, "energy_use": 1.0, "charging_access": -1.0}
"""Tables that move together, and which way more is charged in public: more km, more energy, fewer chargers at home."""
_WIDEST: Final = 12.0
"""Shift of the logit of new energy beyond which hardly a vehicle is of the other kind."""
_DAYS: Final = 7
_FLOW_SPREAD: Final = 0.25
# a quarter over the peak of a week's means: other weeks have higher ones; rounded up to a size that is offered
_RESERVE: Final = 1.25
_STEP_KW: Final = 10.0
_FUELS: Final = ("petrol", "diesel", "lng", "cng")
SUMMARY: Final = {
    "case": pl.String,
    "evs": pl.Float64,
    "requests_per_day": pl.Float64,
    "public_kwh_per_day": pl.Float64,
    "stations": pl.Int64,
    "piles": pl.Int64,
    "guns": pl.Int64,
    "peak_kw": pl.Float64,
    "late_share": pl.Float64,
    "unserved_share": pl.Float64,
    "ev_t_year": pl.Float64,
    "replaced_t_year": pl.Float64,
    "saved_t_year": pl.Float64,
}
"""Columns of `Quick.summary`."""


@dataclass(frozen=True, eq=False, slots=True)
class Quick:
    """A first answer.

    Attributes
    ----------
    summary : polars.DataFrame
        One row per case of `CASES`: `SUMMARY`. CO2 of the electric vehicles at the meter's grid factor, and of the same
        km on the fuel of their class, tank to wheel.
    load : polars.DataFrame
        ``hour, low_kw, central_kw, high_kw``: mean load of public charging by hour of the day.
    layout : polars.DataFrame
        Piles of the central case.
    folder : pathlib.Path
        Folder of the county that it rests on.
    """

    summary: pl.DataFrame
    load: pl.DataFrame
    layout: pl.DataFrame
    folder: Path


def quick(*, residents: float, evs: float, year: int, towns: int, folder: Path) -> Quick:
    """Answer from three figures: how many piles and guns, what peak and load, how many tonnes.

    A county of made-up towns is begun from defaults, its flow of new energy is shifted until its stock has the electric
    vehicles, and its piles are sized by the criteria of service in three cases: all assumptions about km, energy and
    chargers at home at the ends of their ranges that make public charging least, in the middle, and at those that make
    it most.

    Parameters
    ----------
    residents : float
        Residents of the county.
    evs : float
        Battery-electric vehicles in the year, without two-wheelers.
    year : int
        Year of the question, 2020 to 2035.
    towns : int
        Number of towns that the residents live in.
    folder : pathlib.Path
        Folder to make of the county; it must not exist.

    Raises
    ------
    ScenarioError
        A figure out of its bounds, or more electric vehicles than there are vehicles.
    DataError
        The folder exists.
    """
    _check(residents=residents, evs=evs, year=year, towns=towns)
    begin_county(folder, invented_towns(residents, towns), year=year)
    try:
        return _answer(folder, evs, year)
    except BaseException:
        # whoever stops it or is refused finds no half-made county
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _answer(folder: Path, evs: float, year: int) -> Quick:
    """Return the answer of a county that was just begun, and make it the county of the question."""
    county = load_county(folder)
    flow = _with_evs(county, evs, year)
    flow.write_csv(folder / "flow_shares.csv")
    base = Scenario.load(folder / SCENARIO).with_(days=_DAYS, replications=1)
    answers = {name: _case(base, end) for name, end in CASES.items()}
    layout = answers["central"][2]
    layout.write_csv(folder / "layouts" / "sized.csv")
    file = folder / SCENARIO
    file.write_text(file.read_text(encoding="utf-8").replace('layout = "first"', 'layout = "sized"'), encoding="utf-8")
    summary = pl.DataFrame([{"case": name, **row} for name, (row, *_) in answers.items()], schema=SUMMARY)
    hours = [load.rename({"kw": f"{name}_kw"}) for name, (_, load, _layout) in answers.items()]
    joined = hours[0].join(hours[1], on="hour").join(hours[2], on="hour").sort("hour")
    return Quick(summary, joined, layout, folder)


def _check(*, residents: float, evs: float, year: int, towns: int) -> None:
    """Validate the figures."""
    faults = []
    for name, value, least, most in (
        ("--residents", residents, 100.0, 5e6),
        ("--evs", evs, 1.0, 5e6),
        ("--towns", towns, 1, 100),
        ("--year", year, 2020, 2035),
    ):
        if not math.isfinite(value) or not least <= value <= most:
            faults.append(f"{name}: got {value:.10g}; expected {least:g} to {most:.10g}.")
    if faults:
        raise ScenarioError("quick: " + "\n  ".join(faults))


def _with_evs(county: County, evs: float, year: int) -> pl.DataFrame:
    """Return the flow shares with which the stock of a year has a number of battery-electric vehicles."""
    first = int(county.flow_shares["year"].to_numpy().min())
    counted = _counted(county)

    def flow(shift: float) -> pl.DataFrame:
        return shifted_flow(county, shift, after=first - 1, until=first, classes=counted)

    def over(shift: float) -> float:
        stock = fleet.stock(county.with_table("flow_shares", flow(shift)))
        return _electric(stock, counted, year) - evs

    low, high = over(-_WIDEST), over(_WIDEST)
    if low > 0.0 or high < 0.0:
        raise ScenarioError(
            f"--evs: got {evs:,.0f}; expected {max(1.0, low + evs):,.0f} to {high + evs:,.0f}, because these residents "
            f"have no more vehicles in {year}. Change --evs or --residents."
        )
    found = flow(float(brentq(over, -_WIDEST, _WIDEST, xtol=1e-4)))
    # as uncertain as the path that it was shifted from, as far as shares can be
    room = found["share"] * _FLOW_SPREAD
    return found.with_columns(
        low=pl.max_horizontal(pl.lit(0.0), found["share"] - room),
        high=pl.min_horizontal(pl.lit(1.0), found["share"] + room),
        source=pl.lit(DEFAULT),
        confidence=pl.lit("assumption"),
    )


def _electric(stock: pl.DataFrame, classes: Sequence[str], year: int) -> float:
    """Return the battery-electric vehicles of some classes in a year."""
    mine = (pl.col("year") == year) & (pl.col("power") == "bev") & pl.col("vehicle_class").is_in(list(classes))
    return float(stock.filter(mine)["vehicles"].sum())


def _case(base: Scenario, end: float) -> tuple[dict[str, float | int], pl.DataFrame, pl.DataFrame]:
    """Return summary, load by hour and layout of a case."""
    moves = {table: way * end for table, way in _MOVES.items()} if end else {}
    plan = prepare(base.with_(tables=moves)).case
    # the connection is an answer here, not a limit
    case = plan.with_layout(plan.layout.with_columns(transformer_kw=pl.lit(None, pl.Float64)))
    goals = county_goals(case.county)
    # the share that is late is shown and the peak of the load is read below, whatever the goals are
    trial = Trial(case, ("late_share", *(goal.measure for goal in goals), "peak_kw"))
    asked = trial.requests(SEARCH, 0)
    loads = busy_loads(case.layout, asked, case.travel, behaviour=case.behaviour, vehicles=case.vehicles)
    search = Search(Sites(case.layout, loads), trial.evaluate, goals, {})
    family = search.sites.family()
    sized = search.sites.with_piles(search.least(family) or family[-1])
    tables = trial.tables(sized, SEARCH, 0)
    sessions, load = tables["sessions"], tables["load"]
    layout = _connected(sized, load)
    days = base.days
    service = trial.evaluate(sized, SEARCH).measures
    served = sessions["outcome"] == "served"
    inside = load.filter(pl.col("start_min") < 1440.0 * days)
    of_county = inside.group_by("start_min").agg(kw=pl.col("mean_kw").sum())
    summary: dict[str, float | int] = {
        "evs": _electric(case.stock, _counted(case.county), base.year),
        "requests_per_day": sessions.height / days,
        "public_kwh_per_day": float(sessions.filter(served)["meter_kwh"].sum()) / days,
        "stations": layout["station_id"].n_unique(),
        "piles": int(layout["piles"].sum()),
        "guns": int((layout["piles"] * layout["guns_per_pile"]).sum()),
        "peak_kw": scalar(of_county, pl.col("kw").max(), default=0.0),
        "late_share": service["late_share"].value or 0.0,
        "unserved_share": service["unserved_share"].value or 0.0,
    }
    by_hour = load_by_hour(inside, kgco2_per_kwh=0.0).select("hour", kw=pl.col("meter_kwh") / days)
    return summary | _tonnes(case.county, case.stock, base.year), by_hour, layout


def _connected(layout: pl.DataFrame, load: pl.DataFrame) -> pl.DataFrame:
    """Return a layout whose stations are connected for their peak, and for their strongest pile at least."""
    peaks = load.group_by("station_id").agg(peak_kw=pl.col("mean_kw").max())
    joined = layout.join(peaks, on="station_id", how="left", maintain_order="left")
    strongest = pl.col("pile_kw").max().over("station_id")
    wanted = pl.max_horizontal(strongest, pl.col("peak_kw").fill_null(0.0) * _RESERVE)
    return joined.with_columns(transformer_kw=(wanted / _STEP_KW).ceil() * _STEP_KW).drop("peak_kw")


def _counted(county: County) -> list[str]:
    """Return the classes that are no two-wheelers."""
    two = classes_of(county.vehicle_classes, TWO_WHEELER)
    return [name for name in county.vehicle_classes["vehicle_class"] if name not in two]


def _tonnes(county: County, stock: pl.DataFrame, year: int) -> dict[str, float]:
    """Return the CO2 of the electric vehicles in a year, of the same km on fuel, and the difference, t."""
    factors = RoadFactors.from_county(county)
    electric = stock.filter(
        (pl.col("year") == year) & (pl.col("power") == "bev") & pl.col("vehicle_class").is_in(_counted(county))
    )
    known = county.energy_use.filter(pl.col("power").is_in(list(_FUELS)))
    # the first fuel of the class in the order of the list: what its vehicles used before
    usual = {
        name: min(rows["power"], key=_FUELS.index)
        for (name,), rows in known.group_by("vehicle_class", maintain_order=True)
    }
    burning = electric.with_columns(power=pl.col("vehicle_class").replace_strict(usual, default=None))
    kg = carrier_factors(factors, "b", year)

    def tonnes(used: pl.DataFrame) -> float:
        each = pl.col("carrier").replace_strict(kg, default=0.0, return_dtype=pl.Float64)
        return float(used.select((pl.col("amount") * each).sum() / 1000.0).item())

    own, replaced = tonnes(energy(factors, electric)), tonnes(energy(factors, burning.drop_nulls("power")))
    return {"ev_t_year": own, "replaced_t_year": replaced, "saved_t_year": replaced - own}
