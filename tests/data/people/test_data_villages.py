"""Where people live: villages of a table, or drawn over the areas of the towns."""

import math

import numpy as np
import polars as pl
import pytest

from data import load_county
from data.people.villages import CENTRE, DRAWN, GIVEN, HOMES, villages_of
from data.tables.distances import great_circle_m


@pytest.fixture(scope="module")
def deqing():
    return load_county("deqing")


def away_km(homes, county):
    """Return the distance of each village from the centre of its town."""
    joined = homes.join(county.towns.select("town", x="lon", y="lat"), on="town", maintain_order="left")
    return great_circle_m(*joined.select("lat", "lon", "y", "x").to_numpy().T) / 1000.0


def villages(county, rows):
    """Return a county with a table of villages."""
    columns = {"village": pl.String, "town": pl.String, "lon": pl.Float64, "lat": pl.Float64, "residents": pl.Float64}
    table = pl.DataFrame(rows, schema=columns, orient="row")
    return county.with_table(
        "villages", county.villages.clear().join(table, on=list(columns), how="full", coalesce=True)
    )


def test_every_resident_lives_somewhere_and_every_village_is_there(deqing):
    homes = villages_of(deqing)
    assert homes.schema == HOMES
    people = homes.group_by("town", maintain_order=True).agg(pl.col("residents").sum())["residents"].to_list()
    assert people == pytest.approx(deqing.towns["residents"].to_list())
    drawn = homes.filter(pl.col("placed") == DRAWN)
    assert drawn.height == 193
    assert drawn["town"].value_counts(sort=True).row(0) == ("guanxu", 25)
    assert homes.filter(pl.col("placed") == CENTRE)["residents"].unique().to_list() == [2000.0]


def test_villages_fill_the_area_of_their_town_evenly(deqing):
    homes = villages_of(deqing)
    km = away_km(homes, deqing)
    for town, area in deqing.towns.select("town", "area_km2").iter_rows():
        radius = math.sqrt(area / math.pi)
        mine = km[(homes["town"] == town).to_numpy() & (homes["placed"] == DRAWN).to_numpy()]
        assert mine.max() < 1.001 * radius
        # a quarter of a disc's area lies within half of its radius; rings keep chance out of the count
        assert abs(np.mean(mine < 0.5 * radius) - 0.25) <= 1.0 / len(mine)


def test_places_are_the_same_in_every_run_and_move_with_the_area_alone(deqing):
    homes = villages_of(deqing)
    assert villages_of(deqing).equals(homes)
    wider = deqing.with_table("towns", deqing.towns.with_columns(area_km2=pl.col("area_km2") * 4.0))
    assert away_km(villages_of(wider), wider) == pytest.approx(2.0 * away_km(homes, deqing), rel=1e-3, abs=1e-6)
    crowded = deqing.with_figures({"people.centre_residents": 4000.0})
    assert villages_of(crowded).drop("residents").equals(homes.drop("residents"))


def test_a_table_of_villages_goes_before_what_would_be_drawn(deqing):
    rows = [("a", "xinxu", 111.76, 23.17, 300.0), ("b", "xinxu", 111.75, 23.16, 100.0)]
    homes = villages_of(villages(deqing, rows))
    mine = homes.filter(pl.col("town") == "xinxu")
    assert mine["placed"].to_list() == [GIVEN, GIVEN]
    # shares of the town's residents, whose number the towns own
    assert mine["residents"].to_list() == pytest.approx([0.75 * 16_700, 0.25 * 16_700])
    assert homes.filter(pl.col("town") != "xinxu").equals(villages_of(deqing).filter(pl.col("town") != "xinxu"))


def test_villages_without_a_number_share_what_the_others_leave(deqing):
    rows = [
        ("a", "xinxu", 111.76, 23.17, 6700.0),
        ("b", "xinxu", 111.75, 23.16, None),
        ("c", "xinxu", 111.74, 23.15, None),
    ]
    mine = villages_of(villages(deqing, rows)).filter(pl.col("town") == "xinxu")
    assert mine["residents"].to_list() == pytest.approx([6700.0, 5000.0, 5000.0])


def test_a_town_whose_area_is_not_known_lives_at_its_centre(three_towns):
    towns = three_towns.towns.with_columns(area_km2=pl.lit(None, dtype=pl.Float64))
    homes = villages_of(three_towns.with_table("towns", towns))
    assert homes["placed"].to_list() == [CENTRE] * 3
    assert homes["residents"].to_list() == three_towns.towns["residents"].to_list()


def test_a_county_that_does_not_count_its_villages_has_some_by_residents(three_towns):
    homes = villages_of(three_towns)
    drawn = homes.filter(pl.col("placed") == DRAWN).group_by("town", maintain_order=True).len()
    # 7,000 and 1,000 people outside the centres at 1,700 a village; nobody outside in the last town
    assert dict(drawn.iter_rows()) == {"anping": 5, "liuhe": 1}
