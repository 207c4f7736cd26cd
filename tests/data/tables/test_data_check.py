"""Check of a county's folder: each way to be wrong is found, and found once."""

from __future__ import annotations

import shutil

import pytest

from data.tables.county_check import check_county


def only(folder):
    """The one fault of a folder."""
    faults = check_county(folder)
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_good_county_has_no_faults(small):
    assert check_county(small) == []
    assert check_county(str(small)) == []


def test_no_folder(tmp_path):
    assert only(tmp_path / "nowhere").got == "no such folder"


def test_empty_folder_names_every_table_once(tmp_path):
    faults = check_county(tmp_path)
    assert len(faults) == 24
    assert all("Create it with the header" in fault.remedy for fault in faults)


def test_missing_table_gives_path_and_header(small):
    (small / "calendar.csv").unlink()
    fault = only(small)
    assert fault.got == f"no file {small / 'calendar.csv'}"
    assert "holiday,name_zh,name_en,start_date" in fault.remedy


@pytest.mark.parametrize("table", ["sources", "towns", "vehicle_classes", "road_links", "charge_curves"])
def test_missing_table_does_not_blame_those_that_refer_to_it(small, table):
    (small / f"{table}.csv").unlink()
    assert only(small).file == f"{table}.csv"


RIVER = ("river_nodes", "river_months", "locks", "lock_traffic", "terminals", "lng_stations", "vessel_classes")
THROUGH = ("through_traffic", "service_areas", "trip_lengths")


@pytest.mark.parametrize("tables", [RIVER, THROUGH])
def test_a_county_has_a_river_or_through_traffic_or_it_has_not(small, edit, tables):
    edit("layouts/now.csv", ",stop-east,,", ",,,")
    links = small / "road_links.csv"
    links.write_text(links.read_text("utf8").replace("stop-east", "south"), encoding="utf-8")
    for name in tables:
        (small / f"{name}.csv").unlink()
    assert check_county(small) == []


@pytest.mark.parametrize("table", RIVER)
def test_a_river_with_a_table_missing_names_the_table_and_the_way_without(small, table):
    (small / f"{table}.csv").unlink()
    fault = only(small)
    assert fault.file == f"{table}.csv"
    assert "Create it with the header" in fault.remedy
    rest = ", ".join(f"{name}.csv" for name in RIVER if name != table)
    assert f"Or, for a county without the river, remove {rest}." in fault.remedy


def test_an_optional_table_of_the_river_alone_asks_for_the_rest(small):
    for name in RIVER:
        (small / f"{name}.csv").unlink()
    header = "carrier,source,confidence"
    (small / "energy_carriers.csv").write_text(header, encoding="utf-8")
    assert {f"{name}.csv" for name in RIVER} <= {fault.file for fault in check_county(small)}


def test_service_areas_need_traffic_but_traffic_needs_no_service_areas(small):
    (small / "through_traffic.csv").unlink()
    assert "for a county without through traffic, remove service_areas.csv" in only(small).remedy


def test_a_row_that_names_a_table_left_out_is_a_fault(small):
    for name in THROUGH:
        (small / f"{name}.csv").unlink()
    assert {fault.file for fault in check_county(small)} == {"road_links.csv", "layouts/now.csv"}


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("hours", "Mo-Xx 06:00-22:00", "'Mo-Xx' is no day or span of days"),
        ("fee_hours", "08:00-22", "'22' is no time of the day"),
        ("fee_periods", "08:00-22:00 parking 5", "does not end in one of energy, start, time, idle"),
    ],
)
def test_a_text_of_days_and_times_that_cannot_be_read(small, column, text, words):
    """Both rows of the station have it, as they must; the station without one is no fault."""
    layout = small / "layouts" / "now.csv"
    header, *rows = layout.read_text("utf8").splitlines()
    cells = ['"' + text + '"' if row.startswith("north-1") else "" for row in rows]
    lines = [f"{header},{column}", *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))]
    layout.write_text("\n".join(lines) + "\n", encoding="utf-8")
    faults = check_county(small)
    assert [(fault.file, fault.row, fault.column) for fault in faults] == [
        ("layouts/now.csv", line, column) for line in (2, 3)
    ]
    assert all(words in fault.remedy and "such as" in fault.expected for fault in faults)


CELLS = [
    (("towns.csv", "50000", "50,000"), (2, None, "14 cells")),
    (("towns.csv", "50000", "fifty"), (2, "residents", "'fifty'")),
    (("towns.csv", "50000", ""), (2, "residents", "nothing")),
    (("towns.csv", "50000", "-5"), (2, "residents", "-5.0")),
    (("towns.csv", "official", "offical"), (2, "confidence", "'offical'")),
    (("towns.csv", "111.8", "211.8"), (3, "lon", "211.8")),
    (("towns.csv", "south,南", "north,南"), (3, "town", "('north'), which line 2 has too")),
    (("road_links.csv", "8.5", "-8.5"), (2, "length_km", "-8.5")),
    (("road_links.csv", "l1,north,cross", "l1,cross,cross"), (2, "to_node", "'cross'")),
    (("villages.csv", "hill", "ford"), (3, "village", "('ford'), which line 2 has too")),
    (("visitors.csv", "home_share,0.6", "home_share,60"), (2, "value", "60.0")),
    (("visitors.csv", "people_per_car,2.5,2,3", "people_per_car,0.5,0.4,3"), (3, "value", "0.5")),
    (("visitors.csv", "home_share", "homes_share"), (2, "measure", "'homes_share'")),
    (("visitor_origins.csv", "0.2,0.1,0.3", "0.4,0.1,0.3"), (2, "bev_share", "0.4")),
    (("trip_lengths.csv", "ordinary,200,600", "ordinary,200,100"), (3, "to_km", "100.0")),
    (("villages.csv", "800", "-800"), (2, "residents", "-800.0")),
    (("villages.csv", "111.83", "11.83"), (2, "lon", "lon 11.83, lat 23.12, which is 9,952 km away")),
    (("road_links.csv", "2027,,p1", "2027,2026,p1"), (4, "closed_year", "2026")),
    (("road_links.csv", "false", "no"), (2, "oneway", "'no'")),
    (("service_areas.csv", "true", "yes"), (2, "in_county", "'yes'")),
    (("calendar.csv", "2026-02-15", "2026-02-30"), (2, "start_date", "'2026-02-30'")),
    (("calendar.csv", "2026-02-23", "2026-02-14"), (2, "end_date", "2026-02-14")),
    (("lng_stations.csv", "2024-05-01", "May 2024"), (2, "opened", "'May 2024'")),
    (("fleet_stock.csv", "2020", "2020.5"), (2, "year", "'2020.5'")),
    (("fleet_stock.csv", "2020", "20"), (2, "year", "20")),
    (("stock_growth.csv", "2035", "2010"), (2, "to_year", "2010")),
    (("figures.csv", "0.92", "nan"), (2, "value", "nan")),
    (("figures.csv", "charging.efficiency_dc", "Efficiency"), (2, "key", "'Efficiency'")),
    (("figures.csv", "250,A,200", "250,A,260"), (3, "value", "250.0")),
    (("figures.csv", "250,A,200", "250,A,"), (3, "value", "250.0")),
    (("ev_model_shares.csv", "0.5,0.3", "0.5,0.6"), (2, "share", "0.5")),
    (("ev_model_shares.csv", "0.5,0.3,0.6", "1.5,0.3,1.6"), (2, "share", "1.5")),
    (("charging_behaviour.csv", "0.0,", "-0.1,"), (3, "price_response", "-0.1")),
    (("charge_curves.csv", "0,0.8", "0,0"), (2, "power_share", "0.0")),
    (("charge_curves.csv", "0.5,1", "0.5,1.3"), (3, "power_share", "1.3")),
    (("charging_access.csv", "0.6,0,0.4", "0.6,0.1,0.4"), (2, "home_share", "0.6")),
    (("layouts/now.csv", "dc,120,4", "dc,-120,4"), (2, "pile_kw", "-120.0")),
    (("layouts/now.csv", "dc,120,4", "dc,120,0"), (2, "piles", "0")),
    (("layouts/now.csv", "exclusive,,630", "exclusive,,"), (2, "transformer_kw", "630.0")),
]


@pytest.mark.parametrize(("change", "found"), CELLS)
def test_cells(edit, change, found):
    file, line = change[0], found[0]
    fault = next(fault for fault in check_county(edit(*change)) if fault.file == file)
    assert (fault.row, fault.column, fault.got) == found
    assert f"{file}, line {line}" in str(fault)


@pytest.mark.parametrize(
    ("change", "column", "got"),
    [
        (("visitor_origins.csv", "0.75", "0.5"), "people_share", "a sum of 0.75 for year 2025"),
        (("trip_lengths.csv", "0.75", "0.5"), "share", "a sum of 0.75 for occasion 'ordinary'"),
    ],
)
def test_shares_of_a_whole(edit, change, column, got):
    fault = only(edit(*change))
    assert (fault.file, fault.column, fault.got) == (change[0], column, got)


REFERENCES = [
    (("towns.csv", "A01", "A1"), (3, "source", "'A1'"), " Did you mean 'A01'?"),
    (("road_links.csv", "l2,cross", "l2,cros"), (3, "from_node", "'cros'"), " Did you mean 'cross'?"),
    (("visitors.csv", "spring,home", "sprong,home"), (2, "occasion", "'sprong'"), " Did you mean 'spring'?"),
    (("trip_lengths.csv", "spring", "summer"), (4, "occasion", "'summer'"), "add it there."),
    (("villages.csv", "hill,south", "hill,soth"), (2, "town", "'soth'"), " Did you mean 'south'?"),
    (("road_links.csv", ",p1,", ",p2,"), (4, "project", "'p2'"), "add it there."),
    (("terminals.csv", "quay", "quai"), (2, "node", "'quai'"), " Did you mean 'quay'?"),
    (("lng_stations.csv", "quay", "quai"), (2, "node", "'quai'"), " Did you mean 'quay'?"),
    (
        ("survival.csv", "private_car", "privat_car"),
        (2, "vehicle_class", "'privat_car'"),
        " Did you mean 'private_car'?",
    ),
    (
        ("charging_behaviour.csv", "through", "trough"),
        (3, "vehicle_class", "'trough'"),
        " Did you mean 'through'?",
    ),
    (("ev_model_shares.csv", "small,2020", "smal,2020"), (2, "segment", "'smal'"), " Did you mean 'small'?"),
    (("ev_models.csv", "ncm", "nmc"), (2, "curve", "'nmc'"), " Did you mean 'ncm'?"),
    (("through_traffic.csv", "flat", "flad"), (2, "profile", "'flad'"), " Did you mean 'flat'?"),
    (("layouts/now.csv", "dc,north", "dc,nort"), (2, "town", "'nort'"), " Did you mean 'north'?"),
    (
        ("layouts/now.csv", ",stop-east,,", ",stop-eats,,"),
        (4, "site", "'stop-eats'"),
        " Did you mean 'stop-east'?",
    ),
    (("layouts/now.csv", "A01", "A02"), (2, "source", "'A02'"), " Did you mean 'A01'?"),
]


@pytest.mark.parametrize(("change", "found", "hint"), REFERENCES)
def test_references(edit, change, found, hint):
    fault = next(fault for fault in check_county(edit(*change)) if fault.file == change[0])
    assert (fault.row, fault.column, fault.got) == found
    assert fault.remedy.endswith(hint)


def test_many_wrong_references_are_counted(small):
    file = small / "profiles.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("S1", "S2"), encoding="utf-8")
    faults = check_county(small)
    assert [fault.row for fault in faults] == [2, 3, 4, 5, 6, None]
    assert faults[-1].got == "the same in ... and 91 more rows"


def test_fuel_without_factors(edit):
    fault = only(edit("fuel_factors.csv", "petrol,road", "hydrogen,road"))
    assert (fault.file, fault.column, fault.got) == ("energy_use.csv", "carrier", "'petrol'")


def test_a_gas_factor_above_its_carbon_is_refused_with_the_reason(edit):
    fault = only(edit("fuel_factors.csv", "lng,ship,kg,,2.75", "lng,ship,kg,,3.183"))
    assert (fault.file, fault.column, fault.got) == ("fuel_factors.csv", "ttw_kgco2_per_kg", "3.183")
    assert "pure methane gives 2.743" in fault.expected
    assert "LPG" in fault.remedy


def test_co2e_below_its_co2_is_refused(edit):
    fault = only(edit("fuel_factors.csv", "3.1,,0.6,,43", "3.1,,0.6,3.0,43"))
    assert (fault.file, fault.column) == ("fuel_factors.csv", "ttw_kgco2e_per_kg")
    assert "CO2e contains the CO2" in fault.expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("petrol,road,kg,0.74", "petrol,road,kg,"),
        ("petrol,road", "diesel,road,kg,,3.2,,0.7,,42.7,,,,,S1,published\npetrol,road"),
    ],
)
def test_fuel_by_the_litre_without_a_density_is_refused(edit, old, new):
    fault = only(edit("fuel_factors.csv", old, new))
    assert (fault.file, fault.row, fault.column) == ("fuel_factors.csv", 2, "density_kg_per_l")
    assert "whose use is in litres" in fault.expected


def test_a_chamber_in_use_without_a_sill_is_refused(edit):
    fault = only(edit("locks.csv", "34,4.5,12", "34,,12"))
    assert (fault.file, fault.row, fault.column) == ("locks.csv", 2, "sill_depth_m")
    assert "in_use to false" in fault.remedy


def test_a_chamber_that_rests_needs_no_sill(edit):
    edit("locks.csv", "door_min,source", "door_min,in_use,source")
    edit("locks.csv", "34,4.5,12,4,", "34,,12,4,false,")
    assert check_county(edit("locks.csv", "340,34,5.8,15,4,", "340,34,5.8,15,4,true,")) == []


def test_a_passenger_class_without_people_is_refused(edit):
    found = only(edit("vehicle_classes.csv", ",,,,1.5,", ",,,,,"))
    assert (found.file, found.row, found.column) == ("vehicle_classes.csv", 2, "occupancy_p")


def test_fuel_by_weight_needs_no_density(edit):
    assert check_county(edit("fuel_factors.csv", "diesel,ship,kg,0.84", "diesel,ship,kg,")) == []


SUMS = [
    ("flow_shares.csv", "0.05", "0.06", "a sum of 1.01 for vehicle_class 'private_car', year 2020"),
    ("ev_models.csv", "0.4,30", "0.3,30", "a sum of 0.9 for vehicle_class 'private_car'"),
    ("profiles.csv", "0.08", "0.07", "a sum of 0.99 for profile 'flat'"),
    ("river_months.csv", "0.12", "0.13", "a sum of 1.01"),
    ("vessel_classes.csv", "20,0.7", "20,0.5", None),
]


@pytest.mark.parametrize(("file", "old", "new", "got"), SUMS)
def test_shares_sum_to_one(edit, file, old, new, got):
    fault = only(edit(file, old, new))
    assert fault.expected == "1"
    assert got is None or fault.got == got


COMPLETE = [
    ("weather_months.csv", "3,13,1.05,S1,published\n", "no row for month 3"),
    ("tariff_seasons.csv", "9,sharp,S1,official\n", "no row for month 9"),
    ("tariff_tou.csv", "sharp,23,1,flat,S1,official\n", "no row for hour 23 for season 'sharp'"),
]


@pytest.mark.parametrize(("file", "line", "got"), COMPLETE)
def test_hours_and_months_are_complete(edit, file, line, got):
    assert only(edit(file, line, "")).got == got


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ncm,0,0.8", "ncm,0.1,0.8"),
        ("ncm,1,0", "ncm,0.9,0.1"),
        ("ncm,0,0.8,S1,published\nncm,0.5", "ncm,0.5,0.8,S1,published\nncm,0"),
        # a curve of one point: its last row has another name, or was forgotten
        ("ncm,1,0,S1", "ncm,1,0,S1,published\nlfp,1,0,S1"),
        ("ncm,0,0.8,S1,published\nncm,0.5,1,S1,published\n", ""),
    ],
)
def test_curves_rise_from_empty_to_full(edit, old, new):
    fault = only(edit("charge_curves.csv", old, new))
    assert fault.expected == "soc rising from 0 to 1"


def test_town_that_no_road_reaches(edit):
    fault = only(edit("road_links.csv", "l2,cross,south", "l2,cross,stop-west"))
    assert (fault.file, fault.row, fault.column, fault.got) == ("towns.csv", 3, "town", "'south'")
    assert fault.expected == "a town that open roads join to 'north'"


def test_closed_road_does_not_reach(edit):
    fault = only(edit("road_links.csv", "60,false,,,,S1,official\nl3", "60,false,,2026,,S1,official\nl3"))
    assert fault.got == "'south'"


def test_without_years_all_roads_are_open(edit):
    assert check_county(edit("road_links.csv", "2027", "")) == []


def test_unknown_column(edit):
    faults = check_county(edit("places.csv", "kind", "kinds"))
    assert [(fault.row, fault.column) for fault in faults] == [(None, "kinds"), (None, "kind")]
    assert faults[0].remedy.endswith("Did you mean 'kind'?")


def test_nullable_column_may_be_absent(small):
    (small / "sources.csv").write_text("source_id,title\nS1,Yearbook\nA01,Assumption\n", encoding="utf-8")
    assert check_county(small) == []


def test_repeated_column(edit):
    fault = only(edit("lock_traffic.csv", "passages,lockages", "passages,passages"))
    assert (fault.row, fault.column, fault.got) == (1, "passages", "the column twice")


def test_empty_file(small):
    (small / "targets.csv").write_text("")
    assert only(small).got == "no header"


def test_file_that_is_not_utf8(small):
    (small / "targets.csv").write_bytes("target,Gewässer für Orléans\n".encode("latin-1"))
    assert only(small).got.startswith("bytes that are not UTF-8, UTF-16 or GBK (at byte ")


def test_byte_order_mark_and_blank_lines_and_blanks_are_fine(small):
    text = (small / "places.csv").read_text(encoding="utf-8").replace("cross,", " cross ,")
    (small / "places.csv").write_text("\ufeff" + text + "\n\n , , \n", encoding="utf-8")
    assert check_county(small) == []


def test_lines_are_counted_through_quoted_line_breaks(small):
    (small / "sources.csv").write_text('source_id,title,year\nS1,"Year\nbook",2024\n\nA01,,soon\n', encoding="utf-8")
    assert only(small).row == 5


def test_a_target_of_an_unknown_metric_lists_the_catalogue(edit):
    fault = only(edit("targets.csv", "guns_total", "gun_total"))
    assert (fault.row, fault.column, fault.got) == (2, "metric", "'gun_total'")
    assert "one of guns_total, town_coverage_share" in fault.expected
    assert fault.remedy == "`xijiang metrics` lists them. Did you mean 'guns_total'?"


def test_a_target_in_another_unit_than_its_metric(edit):
    fault = only(edit("targets.csv", ",guns,", ",share,"))
    assert (fault.row, fault.column, fault.got) == (2, "unit", "'share'")
    assert fault.expected == "'guns', the unit of guns_total"


def test_targets_may_leave_metric_and_unit_open_and_repeat_a_metric(small):
    text = (small / "targets.csv").read_text(encoding="utf-8")
    more = "P2,trees,,,,,,none,,,,,S1,plan\nP3,guns,,,,,guns_total,>=,600,guns,2030,,S1,plan\n"
    (small / "targets.csv").write_text(text + more, encoding="utf-8")
    assert check_county(small) == []


@pytest.mark.parametrize(
    ("old", "new", "got", "remedy"),
    [
        (",450,guns,", ",-450,guns,", "-450.0", "Correct the value."),
        ("guns_total,>=,450,guns", "town_coverage_share,>=,45,share", "45.0", "Write 45 % as 0.45."),
        ("guns_total,>=,450,guns", "petroleum_peak_year,<=,30,year", "30.0", "Correct the value."),
        ("guns_total,>=,450,guns", "guns_total,>=,1e12,guns", "1000000000000.0", "Correct the value."),
    ],
)
def test_a_target_that_its_metric_cannot_have(edit, old, new, got, remedy):
    fault = only(edit("targets.csv", old, new))
    assert (fault.row, fault.column, fault.got, fault.remedy) == (2, "value", got, remedy)


@pytest.mark.parametrize(
    ("cell", "got"),
    [
        ("x" * 140_000, "what is no row (field larger than field limit"),
        ('"' + "y\n" * 70_000, "what is no row"),
    ],
)
def test_a_cell_longer_than_any_text_is_a_fault_with_its_line(small, cell, got):
    (small / "sources.csv").write_text(f"source_id,title\nS1,Yearbook\nA01,{cell}\n", encoding="utf-8")
    fault = next(fault for fault in check_county(small) if fault.file == "sources.csv")
    assert (fault.row, fault.expected) == (3, "cells of at most 131,072 characters")
    assert fault.got.startswith(got)


def test_a_table_with_more_rows_than_any_is_a_fault(small, monkeypatch):
    monkeypatch.setattr("data.tables.csv_text.MOST_ROWS", 3)
    fault = next(fault for fault in check_county(small) if fault.file == "profiles.csv")
    assert (fault.row, fault.got, fault.expected) == (5, "one more row", "at most 3 rows")


def test_a_file_larger_than_any_table_is_not_read(small):
    with (small / "sources.csv").open("r+b") as file:
        file.truncate(10**12)  # a sparse file: it takes no room
    fault = next(fault for fault in check_county(small) if fault.file == "sources.csv")
    assert (fault.got, fault.expected) == ("a file of 1,000,000 MB", "at most 32 MB")


def test_other_users_outside_their_range_and_more_start_rules_than_vehicles(three_towns, tmp_path):
    folder = shutil.copytree(three_towns.path, tmp_path / "county")
    grid = folder / "town_grid.csv"
    header, first, *rest = grid.read_text("utf8").splitlines()
    lines = [f"{header},base_low_kw,base_high_kw", f"{first},4100,5000", *(f"{row},," for row in rest)]
    grid.write_text("\n".join(lines) + "\n", encoding="utf-8")
    chargers = folder / "private_chargers.csv"
    text = chargers.read_text("utf8").replace("7.5,1.0,0.2,0.05", "7.5,1.0,0.7,0.5", 1)
    chargers.write_text(text, encoding="utf-8")
    faults = {(fault.file, fault.row, fault.column): fault.expected for fault in check_county(folder)}
    assert "base_low_kw <= base_peak_kw" in faults["town_grid.csv", 2, "base_peak_kw"]
    assert "at most 1" in faults["private_chargers.csv", 2, "managed_share"]


def test_feeders_of_a_town_without_a_grid_are_a_fault(three_towns, tmp_path):
    folder = shutil.copytree(three_towns.path, tmp_path / "county")
    rows = "town,feeder,transformer,kva,source,confidence\nliuhe,f1,t1,400,X1,official\nnowhere,f2,t2,400,X1,official\n"
    (folder / "feeders.csv").write_text(rows, encoding="utf-8")
    (fault,) = check_county(folder)
    assert (fault.file, fault.row, fault.column) == ("feeders.csv", 3, "town")
