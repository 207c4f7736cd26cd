"""Rules that look at several rows or tables of a county: references, sums, ranges, completeness."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from data.errors import Fault, nearest
from data.schemas.charging import ENDS_BELOW_SHARE
from data.schemas.metrics import METRICS
from data.schemas.supply import ANY_CLASS
from data.tables.distances import FAR_KM, distance_km
from data.tables.messages import show, span
from data.tables.validate import CAP
from data.tables.week_texts import FEES_LOOK_LIKE, HOURS_LOOK_LIKE, fee_rules, opening_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from data.tables.reading import ReadTable

TOLERANCE = 1e-6
INDEX = "row_index_"


@dataclass(frozen=True, slots=True)
class Reference:
    """Cells of `column` must stand in one of `targets` (table, column) or among `also`."""

    table: str
    column: str
    targets: tuple[tuple[str, str], ...]
    also: tuple[str, ...] = field(default=())


_NODES = (("towns", "town"), ("places", "place"), ("service_areas", "site"))
_CLASSES = (("vehicle_classes", "vehicle_class"),)
_CLASS_TABLES = (
    "fleet_stock",
    "fleet_sales",
    "stock_growth",
    "survival",
    "flow_shares",
    "adoption_series",
    "observations",
    "fuel_limits",
    "freight_loads",
    "energy_use",
    "charging_access",
    "vehicle_costs",
    "acquisition",
)
REFERENCES = (
    Reference("road_links", "from_node", _NODES),
    Reference("road_links", "to_node", _NODES),
    Reference("road_links", "project", (("road_projects", "project"),)),
    Reference("visitors", "occasion", (("calendar", "occasion"),)),
    Reference("trip_lengths", "occasion", (("calendar", "occasion"),), ("ordinary",)),
    Reference("villages", "town", (("towns", "town"),)),
    Reference("candidates", "town", (("towns", "town"),)),
    Reference("town_grid", "town", (("towns", "town"),)),
    Reference("feeders", "town", (("town_grid", "town"),)),
    Reference("private_chargers", "vehicle_class", _CLASSES, (ANY_CLASS,)),
    Reference("ebike_points", "town", (("towns", "town"),)),
    Reference("swap_stations", "town", (("towns", "town"),)),
    Reference("adoption_series", "series", (("adoption_observed", "series"),)),
    Reference("river_reaches", "node", (("river_nodes", "node"),)),
    Reference("terminals", "node", (("river_nodes", "node"),)),
    Reference("lock_calendar", "lock", (("locks", "lock"),)),
    Reference("lock_calendar", "chamber", (("locks", "chamber"),)),
    Reference("lock_bulletins", "lock", (("locks", "lock"),)),
    Reference("lng_stations", "node", (("river_nodes", "node"),)),
    *(Reference(table, "vehicle_class", _CLASSES) for table in _CLASS_TABLES),
    Reference("ev_models", "vehicle_class", _CLASSES, ("through",)),
    Reference("ev_model_shares", "vehicle_class", (("ev_models", "vehicle_class"),)),
    Reference("ev_model_shares", "segment", (("ev_models", "segment"),)),
    Reference("charging_behaviour", "vehicle_class", _CLASSES, ("through",)),
    Reference("ev_models", "curve", (("charge_curves", "curve"),)),
    Reference("through_traffic", "profile", (("profiles", "profile"),)),
    Reference("through_traffic", "holiday_profile", (("profiles", "profile"),)),
    Reference("charging_behaviour", "profile", (("profiles", "profile"),)),
    Reference("charging_behaviour", "ac_profile", (("profiles", "profile"),)),
    Reference("tariff_seasons", "season", (("tariff_tou", "season"),)),
    Reference("energy_use", "carrier", (("fuel_factors", "fuel"),), ("electricity",)),
    Reference("vessel_classes", "fuel", (("fuel_factors", "fuel"),), ("electric", "hydrogen")),
    Reference("operators", "vehicle_class", _CLASSES),
    Reference("operators", "depot", _NODES),
    Reference("bus_lines", "operator", (("operators", "operator"),)),
    Reference("bus_stops", "town", (("towns", "town"),)),
    Reference("bus_line_stops", "line", (("bus_lines", "line"),)),
    Reference("bus_line_stops", "stop", (("bus_stops", "stop"),)),
    Reference("bus_timetable", "line", (("bus_lines", "line"),)),
    Reference("deliveries", "operator", (("operators", "operator"),)),
    Reference("deliveries", "town", (("towns", "town"),)),
    Reference("energy_carriers", "fuel", (("fuel_factors", "fuel"),), ("electricity",)),
)
LAYOUT_REFERENCES = (("town", (("towns", "town"),)), ("site", (("service_areas", "site"),)))
SUMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("flow_shares", ("vehicle_class", "year"), "share"),
    ("ev_models", ("vehicle_class",), "share"),
    ("ev_model_shares", ("vehicle_class", "year"), "share"),
    ("profiles", ("profile",), "share"),
    ("trip_lengths", ("occasion",), "share"),
    ("visitor_origins", ("year",), "people_share"),
    ("river_months", (), "traffic_share"),
    ("vessel_classes", (), "passage_share"),
)
COMPLETE: tuple[tuple[str, tuple[str, ...], str, range], ...] = (
    ("river_months", (), "month", range(1, 13)),
    ("weather_months", (), "month", range(1, 13)),
    ("tariff_seasons", (), "month", range(1, 13)),
    ("pv_months", (), "month", range(1, 13)),
    ("tariff_tou", ("season",), "hour", range(24)),
    ("profiles", ("profile",), "hour", range(24)),
)
RANGES: Mapping[str, tuple[str, str, str]] = {
    "figures": ("value", "low", "high"),
    "towns": ("residents", "residents_low", "residents_high"),
    "road_projects": ("opening_year", "low", "high"),
    "lng_stations": ("tank_m3", "tank_low_m3", "tank_high_m3"),
    "vehicle_classes": ("km_per_year", "km_low", "km_high"),
    "fleet_stock": ("vehicles", "low", "high"),
    "fleet_sales": ("vehicles", "low", "high"),
    "stock_growth": ("growth_share_per_year", "low", "high"),
    "flow_shares": ("share", "low", "high"),
    "adoption_observed": ("share", "low", "high"),
    "ev_model_shares": ("share", "low", "high"),
    "fuel_limits": ("reduction_share", "low", "high"),
    "energy_use": ("use_per_100km", "low", "high"),
    "charging_access": ("home_share", "low", "high"),
    "through_traffic": ("aadt", "low", "high"),
    "trip_lengths": ("share", "low", "high"),
    "visitors": ("value", "low", "high"),
    "visitor_origins": ("bev_share", "low", "high"),
    "fuel_factors": ("slip_share", "slip_low", "slip_high"),
    "grid_factors": ("kgco2_per_kwh", "low", "high"),
    "energy_prices": ("price_cny", "low", "high"),
    "infrastructure_prices": ("value", "low", "high"),
    "vehicle_costs": ("price_cny", "low", "high"),
    "town_grid": ("capacity_kw", "low", "high"),
    "private_chargers": ("charger_kw", "low", "high"),
    "energy_carriers": ("slip_share", "slip_low", "slip_high"),
    "ship_sizes": ("cargo_t_per_passage", "low", "high"),
    "operators": ("vehicles", "vehicles_low", "vehicles_high"),
}
"""Figures of tables that have a range: columns of the value and its ends."""
WEEK_TEXTS: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("hours", opening_rules, HOURS_LOOK_LIKE),
    ("fee_hours", opening_rules, HOURS_LOOK_LIKE),
    ("fee_periods", fee_rules, FEES_LOOK_LIKE),
)
"""Texts of layouts by weekday: column, what reads it, and what it should look like."""


def faults_in_rows(table: ReadTable, broken: pl.DataFrame, column: str, expected: str, remedy: str) -> Iterator[Fault]:
    """Yield a fault for each of the first rows of `broken` (with their index), then how many more."""
    # the first rows only: a wrong column would fill the screen
    for row in broken.head(CAP).iter_rows(named=True):
        yield Fault(table.file, table.lines[row[INDEX]], column, show(row[column]), expected, remedy)
    if broken.height > CAP:
        got = f"the same in ... and {broken.height - CAP} more rows"
        yield Fault(table.file, None, column, got, expected, remedy)


def check_references(tables: Mapping[str, ReadTable], layouts: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield cells that name a thing that does not exist."""
    for reference in REFERENCES:
        yield from _check_reference(tables[reference.table], reference, tables)
    for layout in layouts.values():
        for column, targets in LAYOUT_REFERENCES:
            yield from _check_reference(layout, Reference("", column, targets), tables)
    for table in (*tables.values(), *layouts.values()):
        if "source" in table.frame.columns:
            reference = Reference("", "source", (("sources", "source_id"),))
            yield from _check_reference(table, reference, tables)


def _check_reference(table: ReadTable, reference: Reference, tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield the cells of one column that point nowhere; silent where a target could not be read."""
    known = set(reference.also)
    for name, column in reference.targets:
        target = tables[name]
        cells = target.frame[column].drop_nulls()
        # A target that should be there and is not, or is unusable, has its own fault; blaming each row would bury it.
        if target.faults and cells.is_empty():
            return
        known.update(cells)
    broken = table.frame.with_row_index(INDEX).filter(
        pl.col(reference.column).is_not_null(), ~pl.col(reference.column).is_in(sorted(known))
    )
    files = " or ".join(f"{name}.csv" for name, _ in reference.targets)
    for value in broken[reference.column].unique(maintain_order=True):
        rows = broken.filter(pl.col(reference.column) == value)
        remedy = f"Correct it, or add it there.{nearest(value, known)}"
        yield from faults_in_rows(table, rows, reference.column, f"an id that stands in {files}", remedy)


def check_sums(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield groups whose shares do not sum to 1; groups with unusable cells are left out."""
    for name, keys, column in SUMS:
        table = tables[name]
        frame = table.frame
        if name == "vessel_classes":
            # passage_share is that of the diesel and LNG traffic: other fuels have none
            frame = frame.filter(pl.col("fuel").is_in(["diesel", "lng"]))
        for group in _groups(frame, keys):
            total = float(group[column].sum())
            # not 1 exactly: shares of a table are rounded
            if group[column].null_count() == 0 and abs(total - 1.0) > TOLERANCE:
                yield _group_fault(table, group, keys, column, got=f"a sum of {total:.9g}")
    table = tables["charging_access"]
    columns = ("home_share", "depot_share", "work_share", "public_share")
    error = (
        # a county may leave the column of work out; nulls in the others have faults of their own
        pl.sum_horizontal(pl.col(*columns[:2]), pl.col(columns[2]).fill_null(0.0), columns[3], ignore_nulls=False) - 1.0
    )
    broken = table.frame.with_row_index(INDEX).filter(error.abs() > TOLERANCE)
    remedy = "Correct the shares of the row."
    yield from faults_in_rows(table, broken, columns[0], f"{' + '.join(columns)} = 1", remedy)


def _groups(frame: pl.DataFrame, keys: Sequence[str]) -> list[pl.DataFrame]:
    """Split a frame by its keys; no keys: the whole frame, where it has rows."""
    if keys:
        return frame.drop_nulls(list(keys)).partition_by(*keys, maintain_order=True)
    return [frame] if frame.height else []


def _group_fault(
    table: ReadTable, group: pl.DataFrame, keys: Sequence[str], column: str, *, got: str, expected: str = "1"
) -> Fault:
    """Return the fault of a whole group of rows."""
    names = ", ".join(f"{key} {show(group[key][0])}" for key in keys)
    where = f" for {names}" if names else ""
    return Fault(table.file, None, column, f"{got}{where}", expected, "Correct the rows of the group.")


def check_complete(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield groups that lack an hour or a month."""
    for name, keys, column, wanted in COMPLETE:
        table = tables[name]
        for group in _groups(table.frame, keys):
            lacking = sorted(set(wanted) - set(group[column]))
            # a null in the column has its own fault, and the group would seem to lack what stands there
            if lacking and group[column].null_count() == 0:
                got = f"no row for {column} {', '.join(map(str, lacking))}"
                yield _group_fault(table, group, keys, column, got=got, expected=f"all of {wanted[0]} to {wanted[-1]}")


def check_ranges(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield values outside their own low and high, and assumptions without them."""
    for name, (value, low, high) in RANGES.items():
        # rows of the file, before any filter
        table = tables[name]
        frame = table.frame.with_row_index(INDEX)
        # comparisons with null are null and drop out: a value without bounds is no fault here
        outside = frame.filter((pl.col(low) > pl.col(value)) | (pl.col(high) < pl.col(value)))
        expected = f"{low} <= {value} <= {high}"
        yield from faults_in_rows(table, outside, value, expected, "Correct the value or its bounds.")
        bare = frame.filter(
            pl.col("confidence") == "assumption",
            pl.col(value).is_not_null(),
            pl.col(low).is_null() | pl.col(high).is_null(),
        )
        remedy = f"Give {low} and {high}."
        yield from faults_in_rows(table, bare, value, "bounds, since it is an assumption", remedy)


def check_curves(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield charging curves whose SOC does not rise from 0 to 1, or whose power does not fall towards 0 there."""
    table = tables["charge_curves"]
    for curve in _groups(table.frame, ("curve",)):
        soc = curve["soc"].to_list()
        if None in soc:
            continue
        rising = all(before < after for before, after in itertools.pairwise(soc))
        if not rising or soc[0] != 0.0 or soc[-1] != 1.0:
            yield _group_fault(table, curve, ("curve",), "soc", got=show(soc), expected="soc rising from 0 to 1")
        share = curve["power_share"].to_list()
        # a curve of one point does not rise
        if len(share) > 1 and None not in share and not (share[-1] <= ENDS_BELOW_SHARE and share[-1] < share[-2]):
            expected = f"power_share falling to {ENDS_BELOW_SHARE} or less at SOC 1"
            yield _group_fault(table, curve, ("curve",), "power_share", got=show(share), expected=expected)


def check_guns(layout: ReadTable) -> Iterator[Fault]:
    """Yield groups without piles, and a layout without rows: plans are made of stations at which one can charge."""
    if layout.present and not layout.faults and not layout.frame.height:
        yield Fault(
            layout.file,
            None,
            None,
            "no rows: the layout has no stations",
            "a row for each group of piles",
            "Add its stations.",
        )
    empty = layout.frame.with_row_index(INDEX).filter(pl.col("piles") == 0)
    remedy = "Give the number of piles, or remove the row: a station without guns serves nobody."
    yield from faults_in_rows(layout, empty, "piles", "at least 1", remedy)


def check_week_texts(layout: ReadTable) -> Iterator[Fault]:
    """Yield texts of opening hours and of fees by period that cannot be read."""
    for column, read, expected in WEEK_TEXTS:
        words: dict[str, str] = {}
        for text in layout.frame[column].drop_nulls().unique(maintain_order=True):
            try:
                read(text)
            except ValueError as fault:
                words[text] = str(fault)
        for text, fault_words in words.items():
            broken = layout.frame.with_row_index(INDEX).filter(pl.col(column) == text)
            yield from faults_in_rows(layout, broken, column, expected, f"Correct it: {fault_words}.")


def check_far(layout: ReadTable, towns: ReadTable) -> Iterator[Fault]:
    """Yield stations whose coordinates lie far from their town."""
    far = distance_km(layout.frame.with_row_index(INDEX), towns.frame).filter(pl.col("km") > FAR_KM)
    for row, town, km, lon, lat in far.select(INDEX, "town", "km", "lon", "lat").head(CAP).iter_rows():
        got = f"{lat:g} N {lon:g} E, {km:,.0f} km from '{town}'"
        expected = f"a place within {FAR_KM:.0f} km of its town"
        yield Fault(layout.file, layout.lines[row], "lon", got, expected, "Correct lon and lat, or the town.")
    if far.height > CAP:
        got = f"the same in {far.height - CAP} more rows"
        yield Fault(layout.file, None, "lon", got, "places near their towns", "Correct lon and lat, or the town.")


def check_reach(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield towns that no road reaches from the county's seat in the last year of opening."""
    towns, links = tables["towns"], tables["road_links"]
    if not links.present or links.faults or not towns.frame.height:
        return
    year = links.frame["opened_year"].max()
    if year is None:
        # without years all links are open
        year = 0
    opened = links.frame.filter(pl.col("closed_year").is_null() | (pl.col("closed_year") > year))
    import networkx as nx  # noqa: PLC0415 - takes 0.1 s to load, and this rule alone needs it

    # undirected: directions are not checked here, only whether a town is joined at all
    graph = nx.Graph(opened.select("from_node", "to_node").iter_rows())
    seats = towns.frame.filter(pl.col("kind") == "seat")["town"].drop_nulls()
    start = seats[0] if len(seats) else towns.frame["town"][0]
    reached = nx.node_connected_component(graph, start) if start in graph else {start}
    cut_off = towns.frame.with_row_index(INDEX).filter(~pl.col("town").is_in(sorted(reached)))
    expected = f"a town that open roads join to '{start}'"
    yield from faults_in_rows(towns, cut_off, "town", expected, "Add the missing rows to road_links.csv.")


def check_targets(tables: Mapping[str, ReadTable]) -> Iterator[Fault]:
    """Yield targets of an unknown metric, in another unit than the metric's, or of a value that it cannot have."""
    table = tables["targets"]
    frame = table.frame.with_row_index(INDEX).filter(pl.col("metric").is_not_null())
    unknown = frame.filter(~pl.col("metric").is_in(list(METRICS)))
    for name in unknown["metric"].unique(maintain_order=True):
        remedy = f"`xijiang metrics` lists them.{nearest(name, METRICS)}"
        rows = unknown.filter(pl.col("metric") == name)
        yield from faults_in_rows(table, rows, "metric", f"one of {', '.join(METRICS)}", remedy)
    units = {name: metric.unit for name, metric in METRICS.items()}
    # unknown metrics were reported above: their unit is not asked for
    other = frame.filter(pl.col("unit") != pl.col("metric").replace_strict(units, default=pl.col("unit")))
    for name in other["metric"].unique(maintain_order=True):
        expected = f"'{units[name]}', the unit of {name}"
        rows = other.filter(pl.col("metric") == name)
        yield from faults_in_rows(table, rows, "unit", expected, "Give the target's value in that unit.")
    for name, metric in METRICS.items():
        low, high = metric.bounds
        wrong = frame.filter((pl.col("metric") == name) & ~pl.col("value").is_between(low, high))
        remedy = "Write 45 % as 0.45." if metric.unit == "share" else "Correct the value."
        yield from faults_in_rows(table, wrong, "value", f"a number {span(low, high)} ({metric.unit})", remedy)


def check_region(tables: Mapping[str, ReadTable], region: str | None) -> Iterator[Fault]:
    """Yield a region of ``county.toml`` for which ``grid_factors`` has no rows."""
    known = tables["grid_factors"].frame["region"].drop_nulls().unique(maintain_order=True).to_list()
    # without a region the first row decides, and an unusable table has faults of its own
    if region is None or not known or region in known:
        return
    expected = f"a region of grid_factors.csv: {', '.join(known)}"
    remedy = f"Correct it, or add the rows of the region there.{nearest(region, known)}"
    yield Fault("county.toml", None, "region", show(region), expected, remedy)
