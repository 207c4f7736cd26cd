"""Charging: what was measured elsewhere against what the model says of Deqing in 2025.

The measurements are rows of data/reference/charging_observed.csv.
"""

import numpy as np
import polars as pl

from experiments import Scenario, run
from experiments.calibration.observed import (
    arrival_shares,
    compare_day_and_night,
    compare_hours,
    compare_occupancy,
    compare_quantiles,
    load_observed,
    model_occupancy,
)
from validation.markdown import table

SCENARIO = "deqing-2025"
CURRENTS = ("dc", "ac")
TEXT = """## Charging: measured elsewhere, and modelled

From {replications} replications of the week of `{scenario}` and from the measurements in
`data/reference/charging_observed.csv` (sources at the end). No measurement is from Deqing: of the county no session, no
occupancy and no count of piles by town is published. What follows tells whether shapes and sizes are plausible; it does
not tell whether the level is right. A log of the county itself does: `xijiang calibrate`. All of it is out of sample.

### Occupancy

Share of guns (measured: piles) with a vehicle plugged in, charging or not. Cities are fuller than a county whose plan
puts a pile in every township: the level is expected to be lower here, and the day and night of a county are not those
of a city where people without a garage charge over night.

{day_night}

By hour, two single zones of Shenzhen, of which one is an office area with slow piles. A correlation near 1 says that
the hours rise and fall together, near 0 or below that they do not.

{occupancy}

### Sessions

Energy at the meter (kWh). No source here gives fast (DC) sessions, so only the model's AC rows can be held against the
measurements, and these are from countries with other cars.

{energy}

Time plugged in (h).

{plugged}

### Hours of arrival

Share of the arrivals that would have to move to another hour to make the two alike (0: alike, 1: nothing in common).

{hours}

### Piles per station

{piles}

### What this says

- {says_occupancy}
- {says_hours}
- {says_energy}
- {says_plugged}
- {says_piles}
"""


def sources() -> set[str]:
    """Return the sources of the measurements."""
    return set(load_observed()["source"])


def factor(value: float, other: float) -> str:
    """Return how many times a value is another."""
    return f"{value / other:.2g} times"


def one(frame: pl.DataFrame, dataset: str, column: str) -> float:
    """Return a cell of a dataset's row."""
    return float(frame.filter(dataset=dataset)[column].item())


def section(replications: int) -> str:
    """Run the scenario and return the section."""
    scenario = Scenario.load(SCENARIO, sets=["days=7", "shipping.enabled=false", "fleet.ebikes=false"])
    result = run(scenario, replications=replications, seed=1, jobs=0)
    sessions, layout, observed = result.tables["sessions"], result.tables["layout"], load_observed()
    served = sessions.filter(pl.col("plug_min").is_not_null())
    guns = int(layout.select((pl.col("piles") * pl.col("guns_per_pile")).sum()).item())
    occupancy = model_occupancy(served, guns, scenario.start, scenario.days)
    at = dict(layout.select(pl.concat_str("station_id", "group_id"), "current").iter_rows())
    served = served.with_columns(kind=pl.concat_str("station_id", "group_id").replace_strict(at))
    by_kind = {kind: served.filter(kind=kind) for kind in CURRENTS}
    stays = {kind: ((rows["leave_min"] - rows["plug_min"]) / 60.0).to_numpy() for kind, rows in by_kind.items()}
    sizes = layout.group_by("station_id").agg(
        pl.col("piles").sum(),
        fast=pl.col("piles").filter(pl.col("current") == "dc").sum(),
    )
    model = {kind: f"the model, {kind.upper()}" for kind in CURRENTS}
    day_night = compare_day_and_night(observed, occupancy)
    energy = compare_quantiles(
        observed, "session_energy", {model[kind]: rows["meter_kwh"].to_numpy() for kind, rows in by_kind.items()}
    )
    plugged = compare_quantiles(observed, "plugged_time", {model[kind]: stays[kind] for kind in CURRENTS})
    piles = compare_quantiles(
        observed,
        "piles_per_station",
        {
            "the layout plan-2025": sizes["piles"].to_numpy().astype(np.float64),
            "the layout, DC piles": sizes["fast"].filter(sizes["fast"] > 0).to_numpy().astype(np.float64),
        },
    )
    hours = {model[kind]: arrival_shares(rows, scenario.start) for kind, rows in by_kind.items()}
    hourly = compare_occupancy(observed, occupancy)
    city, own = day_night.filter(dataset="ST-EVCDP all zones"), day_night.filter(dataset="the model")
    dutch, ac = "Netherlands public AC", model["ac"]
    return TEXT.format(
        replications=replications,
        scenario=SCENARIO,
        day_night=table(day_night),
        occupancy=table(hourly),
        energy=table(energy),
        plugged=table(plugged),
        hours=table(compare_hours(observed, hours)),
        piles=table(piles),
        says_occupancy=f"By day a gun of the model is occupied {factor(own['day'].item(), city['day'].item())} as much "
        f"as a pile in Shenzhen ({own['day'].item():.1%} against {city['day'].item():.1%}); night over day is "
        f"{own['night_over_day'].item():.2f} against {city['night_over_day'].item():.2f}.",
        says_hours="The hours of occupancy of the two zones and of the model have correlations from "
        f"{hourly['correlation'].min():.2f} to {hourly['correlation'].max():.2f}: the county's hours are assumptions, "
        "and single zones of a city do not bear them out.",
        says_energy=f"The median AC session of the model takes {one(energy, ac, 'p50'):.1f} kWh, "
        f"{factor(one(energy, ac, 'p50'), one(energy, dutch, 'p50'))} that of Dutch public piles.",
        says_plugged=f"The median AC session is plugged in for {one(plugged, ac, 'p50'):.1f} h, "
        f"{factor(one(plugged, ac, 'p50'), one(plugged, dutch, 'p50'))} that of Dutch public piles.",
        says_piles=f"The median station of the plan has {one(piles, 'the layout plan-2025', 'p50'):.0f} piles; that of "
        f"Shenzhen has {one(piles, 'ST-EVCDP all stations', 'p50'):.0f}.",
    )
