"""Write docs/validation-adoption.md: public figures on adoption, energy, carbon and freight against the model's.

Run: python benchmarks/validation_adoption.py
It takes about half a minute of CPU; a year of vehicle days is most of it.
"""

import datetime as dt
import sys
from pathlib import Path

import polars as pl

import fleet
import shipping
from data import County, load_county
from data.schemas.base import NEW_ENERGY
from experiments import Scenario
from experiments.pathways.modal_shift import freight_table
from fleet.emissions.accounts import energy
from fleet.emissions.factors import RoadFactors
from fleet.roads.signals import junction_delays
from fleet.vehicles.choice import chosen_shares

PAGE = Path(__file__).parents[1] / "docs" / "validation-adoption.md"
YEAR = 2025
TEXT = """# Validation: adoption, energy, carbon and freight

Made by `benchmarks/validation_adoption.py` from the tables of Deqing. Public figures are of the nation, of other places
or of the lock; of the county itself no sales, stock, session or turnover is published, and `xijiang monitor` waits for
them. "Read" says that the model is given the figure, so that its agreement proves nothing.

## Adoption: the last year held out

The trend is fitted to the years before, and predicts the last one (median and 90 % band). "Naive" is the year before
plus the mean step so far.

{held_out}

The county's cars, as drawn by the model: {county}.

## Side by side

{sides}

## Energy: requests against accounts

A year of vehicle days ({year}, all battery vehicles) against km times use per km of the carbon account, at the battery:
{ratio:.4f} in all.

{classes}

## Carbon of operating vehicles, 2030 against 2020

Boundary narrow; the 5 and 95 % quantiles are over the ranges of the tables (500 draws), and `p met` is the part of
them that keeps -10 %. `share` of the t km is electric in 2030, `needed` is the share at which -10 % just holds.

{carbon}

## Freight that moves (`deqing-2030-shift`, 2030)

Tonnes of `without` are those of `stays`, `water` on water and `rail` on rail together; t km are tonnes times the way.

{freight}

## What cannot be checked

- Sales, stock and ages of the county's vehicles by power: shares of 2020 to 2025 are the nation's, less what towns lag.
- Turnover, fuel, load factors and empty running of the county's operators: national surveys stand in, without a year.
- Haul lengths and terminals of freight that would move: assumptions with a range.
- The grid of Guangdong before 2021 and after 2023: official factors exist for 2021, 2022 and 2023 alone, so the base
  year 2020 is an assumption. No footprint of the province's electricity is published: the nation's ratio stands in.
"""


def table(frame: pl.DataFrame) -> str:
    """Return a frame as a table of Markdown, figures to three digits."""
    lines = ["| " + " | ".join(name.replace("_", " ") for name in frame.columns) + " |", "|" + "---|" * frame.width]
    for row in frame.iter_rows():
        cells = ["" if cell is None else f"{cell:,.3g}" if isinstance(cell, float) else str(cell) for cell in row]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sides(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return public figures beside the model's."""
    now = stock.filter(pl.col("year") == YEAR)
    cars = now.filter(pl.col("vehicle_class") == "private_car")
    new = pl.col("power").is_in(NEW_ENERGY)
    buses = stock.filter((pl.col("year") == 2024) & (pl.col("vehicle_class") == "bus"))
    week = fleet.requests(county, stock, year=YEAR, start=dt.date(YEAR, 4, 14), days=7, seed=1)
    private = week.filter(pl.col("vehicle_class").str.starts_with("private_car"))
    layout = county.layout("plan-2025")
    guns = float((layout["piles"] * layout["guns_per_pile"]).sum())
    signals = junction_delays(county)
    fuel = {name: signals.filter(timing=name)["fuel_l_year"].sum() for name in ("now", "webster")}
    ships = shipping.carbon(county, years=[YEAR], grid=("frozen",)).filter(series="a")["intensity_g_per_tkm"].item()
    rows = [
        ("new energy in the stock of cars", "10.3 %, nation, June 2025", f"{share(cars, new, 'vehicles'):.1%}", ""),
        (
            "battery-electric among new-energy cars sold",
            "62 % (55-70), nation",
            f"{share(cars.filter(new), pl.col('power') == 'bev', 'new_vehicles'):.1%}",
            "read",
        ),
        (
            "electric in the stock of buses",
            "81 %, nation, 2024",
            f"{share(buses, pl.col('power') == 'bev', 'vehicles'):.1%}",
            "",
        ),
        (
            "energy of a public session of a private car",
            "25.6 kWh, nation; 20-28",
            f"{private['energy_kwh'].mean():.1f} kWh",
            "",
        ),
        (
            "public energy of a gun and day",
            "36 kWh (30-45), nation, 2023",
            f"{week['energy_kwh'].sum() / 7 / guns:.1f} kWh",
            "",
        ),
        ("carbon of ships, series a", "11.0 g/t km, engineering check of 3,000 t", f"{ships:.1f} g/t km", ""),
        (
            "fuel at junctions after a new timing",
            "-7.8 % (-3 to -15), 334 projects",
            f"{fuel['webster'] / fuel['now'] - 1:.1%} by formula",
            "",
        ),
        ("use of new diesel trucks, stage 3 and 4", "-15 % and -14 % of the limit", "half of it on the road", "read"),
    ]
    return pl.DataFrame(rows, schema=["figure", "public", "model", "remark"], orient="row")


def share(frame: pl.DataFrame, part: pl.Expr, column: str) -> float:
    """Return the share of some rows in a column."""
    return float(frame.filter(part)[column].sum()) / float(frame[column].sum())


def year_of_requests(county: County, stock: pl.DataFrame) -> pl.DataFrame:
    """Return what vehicles used in a year of vehicle days beside the accounts, by class, MWh at the battery."""
    ledger = fleet.vehicle_days(county, stock, year=YEAR, start=dt.date(YEAR, 1, 1), days=365, seed=1).ledger
    ledger = ledger.filter(pl.col("power") == "bev")
    factors = RoadFactors.from_county(county)
    used = energy(factors, stock.filter(pl.col("year") == YEAR)).filter(pl.col("power") == "bev")
    losses = {name: factors.charging_places.meter_per_battery(name) for name in used["vehicle_class"].unique()}
    at_battery = pl.col("amount") / pl.col("vehicle_class").replace_strict(losses, return_dtype=pl.Float64) / 1000.0
    both = ledger.join(used.select("vehicle_class", account_mwh=at_battery), on="vehicle_class")
    return both.select(
        "vehicle_class",
        "vehicles",
        requests_mwh=pl.col("driven_kwh") / 1000.0,
        account_mwh="account_mwh",
        ratio=pl.col("driven_kwh") / 1000.0 / pl.col("account_mwh"),
    )


def main() -> None:
    """Write the page."""
    county = load_county("deqing")
    stock = fleet.stock(county)
    drawn = chosen_shares(county, "private_car", years=[2030]).of(NEW_ENERGY)[:, 0]
    low, high = sorted(drawn)[len(drawn) // 20], sorted(drawn)[-len(drawn) // 20]
    now = county.flow_shares.filter(vehicle_class="private_car", year=YEAR).filter(pl.col("power").is_in(NEW_ENERGY))
    classes = year_of_requests(county, stock)
    account = fleet.carbon(county, stock, years=[2020, 2030]).filter(boundary="narrow").sort("year")
    keys = ["series", "grid"]
    change = account.group_by(keys).agg(
        change=pl.col("intensity_g_per_tkm").last() / pl.col("intensity_g_per_tkm").first() - 1.0
    )
    spread = fleet.monte_carlo(county, years=[2030], samples=500).change.filter(boundary="narrow")
    change = change.join(spread.select(*keys, "low", "high", p_met="met_share"), on=keys)
    work = fleet.electric_work(county, stock, change=-0.1, year=2030)
    freight = freight_table(Scenario.load("deqing-2030-shift"), county, stock, years=[2030])
    text = TEXT.format(
        held_out=table(fleet.held_out(county)),
        county=f"{now['share'].sum():.0%} of the sales of {YEAR}; {drawn.mean():.0%} ({low:.0%} to {high:.0%}) in 2030",
        sides=table(sides(county, stock)),
        year=YEAR,
        ratio=classes["requests_mwh"].sum() / classes["account_mwh"].sum(),
        classes=table(classes.sort("vehicle_class")),
        carbon=table(change.join(work, on=keys).sort(keys)),
        freight=table(freight.drop("year")),
    )
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
