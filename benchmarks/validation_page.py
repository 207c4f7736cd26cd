"""Write docs/validation.md: every public figure against the model's, and what cannot be checked.

Run: python benchmarks/validation_page.py [--replications N] [--seeds N] [--no-sensitivity]
Its sections are in the folder validation. It takes a few minutes of CPU, most of them for the year of the river.
"""

import argparse
import sys
from pathlib import Path

import trust_counts
from validation import adoption, charging, facts, river
from validation.facts import World, load_public

import fleet
from data import County, load_county

PAGE = Path(__file__).parents[1] / "docs" / "validation.md"
TEXT = """# Validation: the model against what is public

Made by `benchmarks/validation_page.py` from the tables of Deqing; do not edit by hand. Of the county itself no sales,
stock, session, pile count by town or turnover is published: public figures are of the nation, of cities, of other
countries, or of the lock. `xijiang monitor` and `xijiang calibrate` wait for the county's own.

In the sample ("in") says that the model is given the figure, so that its agreement proves nothing; "in part" that it
was set with the figure in view; "out" that it was not. "Inside" holds the model against the range of the figure, and a
predicted year against the band of the prediction.

## Side by side: every public figure

{facts}

{adoption}
{charging}
{river}
{trust}
## What cannot be checked

- Sales, stock and ages of the county's vehicles by power: shares of 2020 to 2025 are the nation's, less what towns lag.
- Public sessions, occupancy, and piles by town in the county: the level of public charging rests on ranges alone.
- Turnover, fuel, load factors and empty running of the county's operators: national surveys stand in, without a year.
- Haul lengths and terminals of freight that would move: assumptions with a range.
- The grid of Guangdong before 2021 and after 2023: official factors exist for 2021, 2022 and 2023 alone, so the base
  year 2020 is an assumption. No footprint of the province's electricity is published: the nation's ratio stands in.
- Traffic on the county's roads and timings of its signals: volumes and cycles are assumed.
- Loads of the town grids, feeders and their transformers: rules of thumb, until a user gives feeders.
- Cars that come home for holidays, trips of shared e-bikes, and what their crews do: no count is published.
- Waits and sales of the two bunkering stations by day: one station's tonnes of some months are known.
- Shore power on the Xijiang, and the fleets under the county's own flag: no register is public.

## Sources

{sources}
"""


def page(county: County, *, replications: int, seeds: int, sensitivity: bool) -> str:
    """Return the page."""
    stock = fleet.stock(county)
    public = load_public()
    used = {*public["source"], *charging.sources()}
    named = county.sources.filter(county.sources["source_id"].is_in(sorted(used))).sort("source_id")
    return TEXT.format(
        facts=facts.section(World(county, stock), public),
        adoption=adoption.section(county, stock),
        charging=charging.section(replications),
        trust=trust_counts.section(),
        river=river.section(county, seeds, sensitivity=sensitivity),
        sources="\n".join(f"- {name}: {title}" for name, title in named.select("source_id", "title").iter_rows()),
    )


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=5, help="of the week of charging")
    parser.add_argument("--seeds", type=int, default=3, help="of the year of the river")
    parser.add_argument(
        "--no-sensitivity", dest="sensitivity", action="store_false", help="leave out the lock's variants"
    )
    asked = vars(parser.parse_args())
    PAGE.write_text(page(load_county("deqing"), **asked), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
