"""Sections of the page that hold plots, each plot with a caption that says what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from data.memory.stored_tables import columns_of
from data.schemas.base import NEW_ENERGY
from data.tables.roles import CARS, HOUSEHOLD_CAR, classes_of
from experiments.report import figures, path_figures
from experiments.report.county_map import county_map
from experiments.report.county_map.drawing import map_payload
from experiments.report.operators import duty_figures
from experiments.report.parts import parts_of
from experiments.report.plots import load_plots
from experiments.report.years_ahead.plots_ahead import plots_ahead
from experiments.scenario.county import CAR_FLOW, INTENSITY
from fleet.vehicles.turnover import flow_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go

    from experiments.report.language import Translate
    from experiments.report.plots.plain_figure import PlainFigure
    from experiments.report.words.place_names import PlaceNames
    from experiments.runs.tables import Run


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot and what stands under it; a caption alone where there is nothing to draw.

    Attributes
    ----------
    figure : PlainFigure, plotly.graph_objects.Figure or None
        What is drawn; plotly's own where other pages than that of a run draw it.
    caption : str
        What it shows, for those who do not see it too.
    whiskers : bool
        Whether it has whiskers over replications, which the page explains.
    played : mapping or None
        What the page needs to change the plot: of the map, as `county_map.drawing.map_payload` returns it.
    """

    figure: PlainFigure | go.Figure | None
    caption: str
    whiskers: bool = False
    played: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Plots under one head.

    Attributes
    ----------
    key : str
        Its anchor on the page.
    title : str
        Its head.
    plots : list of Plot
        What it shows.
    """

    key: str
    title: str
    plots: list[Plot]


def sections(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return the sections of the page that hold plots."""
    return [
        _map(run, names, translate),
        *_charging(run, names, translate),
        *_grid(run, names, translate),
        *_operators(run, names, translate),
        *_river(run, names, translate),
        *_fleet(run, translate),
        *_ahead(run, names, translate),
    ]


def _map(run: Run, names: PlaceNames, translate: Translate) -> Section:
    """Return the map."""
    tables, river = run.tables, "river" in parts_of(run)
    drawn_from = (run.county, tables["layout"], tables["stations"], names, translate)
    plan = county_map(*drawn_from, river=river, homes=tables.get("homes"))
    caption = translate(
        "A circle with a dark edge is a charging station, the larger the more guns; stations at one place stand around "
        "it. A pale circle is a town, the larger the more residents. Colours are those of the layer that is chosen, "
        "means over replications. Choose a station or a town, on the map or from the list, to see its figures."
    )
    played = map_payload(run, names, translate, river=river)
    return Section("s-map", translate("Map"), [Plot(plan, caption, played=played)])


def _charging(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return waits and use, load and carbon of public charging; nothing where no charging was asked for."""
    tables, days = run.tables, run.scenario.days
    sessions = columns_of(tables, "sessions", "replication", "meter_kwh", "kgco2")
    if not sessions.height:
        return []
    place = pl.coalesce("site", "town", "station_id").map_elements(names.place, return_dtype=pl.String)
    stations = tables["stations"].with_columns(place=place)
    areas = stations["site"].is_not_null().any()
    load = columns_of(tables, "load", "replication", "station_id", "start_min", "mean_kw", "meter_kwh")
    start, county = run.scenario.start, run.county
    drawn = load_plots.county_load(
        load,
        stations,
        days,
        run.scenario.charging.interval_min,
        translate,
        start=start,
        bands=load_plots.tariff_bands(county.tariff_tou, county.tariff_seasons, start, days),
        connections_kw=_connections_kw(tables["layout"]),
    )
    means = translate("Mean power at the meter of all public stations together, mean over replications.")
    hours = translate("Carbon of the electricity charged in each hour, mean over days and replications.")
    return [
        Section(
            "s-waits",
            translate("Waits and use by town and service area") if areas else translate("Waits and use by town"),
            [_waits(stations, translate), _use(stations, translate)],
        ),
        Section("s-load", translate("Load of public charging"), [Plot(drawn, means)]),
        Section(
            "s-hours",
            translate("Carbon of public charging by hour"),
            [Plot(load_plots.carbon_by_hour(sessions, load, days, translate), hours)],
        ),
    ]


def _connections_kw(layout: pl.DataFrame) -> float | None:
    """Return what the connections of all stations carry together, kW; None where one has no limit."""
    if "transformer_kw" not in layout.columns:  # runs made by hand need not have them
        return None
    limits = layout.group_by("station_id").agg(pl.col("transformer_kw").max())["transformer_kw"]
    return None if limits.null_count() or not limits.len() else float(limits.sum())


def _waits(stations: pl.DataFrame, translate: Translate) -> Plot:
    """Return the bars of the waits; a sentence where nobody waits."""
    if not stations["wait_p95_min"].fill_null(0.0).max():
        return Plot(None, translate("Nowhere do more than 5 in 100 of those served wait at all: the P95 is 0 min."))
    bars = figures.interval_bars(stations, "place", "wait_p95_min", translate("P95 of the wait, min"))
    return Plot(bars, translate("95 of 100 of those served wait no longer than the bar."), whiskers=True)


def _use(stations: pl.DataFrame, translate: Translate) -> Plot:
    """Return the bars of the use of guns."""
    use = translate("guns in use, %")
    bars = figures.interval_bars(stations, "place", "gun_utilisation_share", use, percent=True)
    said = translate("Share of the time in which a vehicle is plugged in, mean of the stations of the place.")
    return Plot(bars, said, whiskers=True)


def _grid(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return a day of the towns' grids, where the county has any."""
    if not run.tables["town_load"].filter(pl.col("base_kw") > 0.0).height:
        return []
    drawn = load_plots.town_day(run.tables["town_load"], run.scenario.days, names, translate)
    caption = translate(
        "Mean power by hour, mean over days and replications; choose a town above the plot. The broken line is what "
        "its grid carries."
    )
    return [Section("s-towns", translate("A day of the towns: other users and all charging"), [Plot(drawn, caption)])]


def _operators(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return duties, depots and routes of the operators' fleets; nothing in runs without them."""
    duties, loads = run.tables["duties"], run.tables["depot_loads"]
    if not duties.height:
        return []
    bars = translate(
        "{names}: a day on which all duties are electric, a row per duty: with passengers or parcels, empty, and "
        "standing at a charger."
    )
    some = translate(
        "{names}: a day on which all duties are electric, a row per duty, {most} of the {every} duties, evenly from "
        "all: with passengers or parcels, empty, and standing at a charger."
    )
    plots = []
    for (_,), rows in duties.group_by("vehicle_class", maintain_order=True):
        mine = [names.name("operators", operator) for operator in rows["operator"].unique(maintain_order=True)]
        day = rows.filter(pl.col("days") == rows["days"][0])
        counts = {"every": day.select("operator", "duty").n_unique(), "most": duty_figures.MOST_ROWS}
        caption = (bars if counts["every"] <= counts["most"] else some).format(
            names=translate(", ").join(mine), **counts
        )
        plots.append(Plot(duty_figures.duty_bars(day, translate), caption))
    if loads.height:
        power = translate(
            "Power of the depots on a mild day when all duties are electric, managed and (dotted) unmanaged."
        )
        plots.append(Plot(duty_figures.depot_curves(loads, names, translate), power))
    routes = translate("Ways of the duties, as straight lines between their stops; hide an operator in the legend.")
    drawn = duty_figures.route_map(duties, run.county, names, translate)
    return [Section("s-operators", translate("Operators' fleets"), [*plots, Plot(drawn, routes)])]


def _river(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return the tanks of the LNG stations, where the run has any."""
    if not run.tables["tanks"].height:
        return []
    tanks = figures.tank_levels(run.tables["tanks"], names, translate)
    caption = translate("Level of each tank: the first replication strong, others faint.")
    return [Section("s-lng", translate("LNG on the river"), [Plot(tanks, caption)])]


def _fleet(run: Run, translate: Translate) -> list[Section]:
    """Return carbon, cars and petroleum over the years."""
    households = classes_of(run.county.vehicle_classes, HOUSEHOLD_CAR)[:1]
    cars = run.tables["stock"].filter(pl.col("vehicle_class").is_in(households))
    turnover = translate("Carbon per converted turnover by boundary and series; the grid stays that of the base year.")
    asked = {mode: _asked(run, metric) for mode, metric in INTENSITY.items()}
    # a target without a year has no place beside the bars of one
    targets = {mode: row for mode, row in asked.items() if row and None not in (row["limit"], row["year"])}
    intensity = Plot(figures.carbon_bars(run.tables["carbon"], translate, targets=targets), turnover)
    drives = translate("Cars of households in use at the end of each year.")
    burnt = translate(
        "Petrol and diesel that land transport burns in a year, one above the other. The band lies between the paths "
        "on which shares of new energy, and growth, are at the ends of their ranges: fast is its lower edge."
    )
    oil = path_figures.petroleum_paths(
        run.tables["petroleum"], run.tables["outlook"], _asked(run, "petroleum_peak_year"), translate
    )
    petroleum = Plot(oil, burnt)
    return [
        Section("s-carbon", translate("Carbon intensity"), [intensity]),
        *_new_cars(run, translate),
        Section("s-cars", translate("Cars by drive"), [Plot(figures.stock_area(cars, translate), drives)]),
        Section("s-petroleum", translate("Petroleum of land transport"), [petroleum]),
    ]


def _new_cars(run: Run, translate: Translate) -> list[Section]:
    """Return the share of new energy among new cars by year against the plan.

    Nothing where no new cars are known, or where it stands among the paths to the targets.
    """
    stock, paths = run.tables["stock"], run.tables["target_paths"]
    if "new_vehicles" not in stock.columns:
        return []
    # the paths to the targets draw it already
    if paths.height and (paths["criterion"] == CAR_FLOW).any():
        return []
    shares = flow_share(stock, NEW_ENERGY, classes=classes_of(run.county.vehicle_classes, *CARS))
    if not shares.height:
        return []
    asked = _asked(run, CAR_FLOW)
    caption = translate(
        "Battery-electric, plug-in and fuel-cell cars among the new passenger cars of each year, on the path that the "
        "run was given; the broken line is what the plan asks for. The point is the share as it is estimated from what "
        "was observed, with the range that its assumptions leave."
    )
    drawn = path_figures.share_path(shares, asked, translate)
    return [Section("s-new-cars", translate("New energy among new cars"), [Plot(drawn, caption)])]


def _ahead(run: Run, names: PlaceNames, translate: Translate) -> list[Section]:
    """Return the paths to the targets, and what the measures save."""
    return [
        Section(key, title, [Plot(figure, caption) for figure, caption in plots])
        for key, title, plots in plots_ahead(run, names, translate)
    ]


def _asked(run: Run, metric: str) -> dict[str, Any] | None:
    """Return the row of the scorecard that asks for a metric itself; None where the plan does not."""
    rows = run.tables["scorecard"].filter(pl.col("metric") == metric, pl.col("criterion") == metric)
    return rows.row(0, named=True) if rows.height else None
