"""Operators' fleets on the page: duties as bars, depots, routes; facts by operator and their sentences."""

from dataclasses import replace

import polars as pl
import pytest

from experiments.report.language import translator
from experiments.report.operators.duty_figures import MOST_ROWS, depot_curves, duty_bars, route_map
from experiments.report.sections import sections
from experiments.report.words.place_names import PlaceNames
from fleet.operators.networks import DEPOT_LOADS, DUTIES

PLAIN = translator("en")


def leg(operator, duty, number, activity, start, end, kw=None):
    place = (105.3, 30.8, 105.42, 30.86)
    town = "anping" if kw else None
    return (operator, "bus", "daily", duty, number, activity, start, end, "a", "b", *place, town, 5.0, kw)


@pytest.fixture
def duties():
    rows = [
        leg("seat-bus", 4, 0, "pull_out", 420.0, 430.0),
        leg("seat-bus", 4, 1, "trip", 430.0, 460.0),
        leg("seat-bus", 4, 2, "pull_in", 460.0, 480.0, 60.0),
        leg("seat-bus", 4, 3, "trip", 600.0, 660.0, 60.0),
        leg("seat-bus", 9, 0, "trip", 300.0, 360.0, 60.0),
    ]
    return pl.DataFrame(rows, schema=DUTIES, orient="row")


def test_duties_are_bars_from_the_first_to_leave(duties):
    drawn = {bar.name: bar for bar in duty_bars(duties, PLAIN).plotly().data}
    service, empty, charge = (drawn[name] for name in ("with passengers or parcels", "empty", "at a charger"))
    # duty 9 leaves first and is the first row
    assert list(zip(service.y, service.base, service.x, strict=True)) == [
        (1, 5.0, 1.0),
        (2, 7.167, 0.5),
        (2, 10.0, 1.0),
    ]
    assert list(zip(empty.y, empty.base, strict=True)) == [(2, 7.0), (2, 7.667)]
    # in the depot between two legs; the night is no bar
    assert list(zip(charge.y, charge.base, charge.x, strict=True)) == [(2, 8.0, 2.0)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_many_duties_are_drawn_evenly_and_the_page_says_so(run_by_hand, language):
    rows = [leg("seat-bus" if n < 150 else "other-bus", n, 0, "trip", 300.0 + n, 360.0 + n, 60.0) for n in range(200)]
    many = pl.DataFrame(rows, schema=DUTIES, orient="row")
    drawn = [
        start
        for bar in duty_bars(many, PLAIN).plotly().data
        if bar.name == "with passengers or parcels"
        for start in bar.base
    ]
    assert len(drawn) == MOST_ROWS
    # from the first to leave of one operator to the last of the other
    assert (min(drawn), max(drawn)) == (5.0, pytest.approx((300.0 + 199.0) / 60.0, abs=1e-3))
    translate, made = translator(language), run_by_hand()
    run = replace(made, tables={**made.tables, "duties": many, "depot_loads": DEPOT_LOADS.to_frame()})
    names = PlaceNames(run.county, language, translate)
    (found,) = (one for one in sections(run, names, translate) if one.key == "s-operators")
    assert {"en": "80 of the 200 duties, evenly", "zh": "200"}[language] in found.plots[0].caption
    assert "80" in found.plots[0].caption


def test_depots_are_lines_of_the_hours(three_towns):
    rows = [("seat-bus", 15.0 * step, 100.0 + step, 50.0) for step in range(96)]
    loads = pl.DataFrame(rows, schema=DEPOT_LOADS, orient="row")
    names = PlaceNames(three_towns, "en", PLAIN)
    managed, at_once = depot_curves(loads, names, PLAIN).plotly().data
    assert (managed.name, at_once.name) == ("Anping buses: managed", "Anping buses: charged as they come")
    assert at_once.x[4] == 1.0
    assert (managed.y[4], at_once.y[4]) == (50.0, 104.0)


def test_routes_are_drawn_in_km(three_towns, duties):
    names = PlaceNames(three_towns, "zh", translator("zh"))
    route, towns = route_map(duties, three_towns, names, translator("zh")).plotly().data
    assert route.name == "安平公交"
    # one line for the same way, however often it is driven
    assert len(route.x) == 3
    assert abs(route.x[1] - route.x[0]) == pytest.approx(0.12 * 111.19 * 0.859, rel=0.01)
    assert len(towns.x) == three_towns.towns.height


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_a_section_where_there_are_duties(run_by_hand, duties, language):
    rows = [("seat-bus", 15.0 * step, 100.0, 50.0) for step in range(96)]
    loads = pl.DataFrame(rows, schema=DEPOT_LOADS, orient="row")
    translate, made = translator(language), run_by_hand()

    def keys(tables):
        run = replace(made, tables={**made.tables, **tables})
        return {one.key: one for one in sections(run, PlaceNames(run.county, language, translate), translate)}

    found = keys({"duties": duties, "depot_loads": loads})["s-operators"]
    assert len(found.plots) == 3
    assert all(plot.caption and "{" not in plot.caption for plot in found.plots)
    assert "s-operators" not in keys({"duties": duties.clear(), "depot_loads": loads.clear()})
