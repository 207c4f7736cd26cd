"""Loading of a county: tables, figures, layouts, digest."""

from __future__ import annotations

import copy
import datetime as dt
import math
import pickle
import shutil
import subprocess
import sys

import networkx as nx
import polars as pl
import pytest

import data
from data.county import KEPT_BUILT, held_county, list_counties, load_county
from data.errors import DataError
from data.roads.graph import build_graph
from data.schemas.catalogue import TABLES
from data.schemas.charging import Layout


@pytest.fixture
def county(small):
    return load_county(small)


def test_tables_are_attributes(county):
    assert county.name == "small"
    assert county.towns["town"].to_list() == ["north", "south"]
    assert set(county.tables) == set(TABLES)
    assert county.road_links is county.tables["road_links"]
    assert repr(county) == f"County('small', {len(TABLES)} tables, layouts: now)"


def test_cells_have_the_schemas_types(county):
    for name, schema in TABLES.items():
        expected = {column: kind.dtype for column, kind in schema.columns().items()}
        assert dict(county.tables[name].schema) == expected
    assert county.service_areas["in_county"].to_list() == [True, True]
    assert county.calendar["start_date"][0] == dt.date(2026, 2, 15)
    assert county.lng_stations["opened"][0] == dt.date(2024, 5, 1)
    assert county.targets["wording"][0] == "320 piles, 450 guns"
    assert county.road_links["opened_year"].to_list() == [None, None, 2027]


def test_optional_table_may_be_absent(county):
    assert county.fleet_sales.height == 0
    assert county.fleet_sales.columns == TABLES["fleet_sales"].column_names()


def test_unknown_table_is_an_attribute_error(county):
    with pytest.raises(AttributeError, match=r"no table 'town'\. Did you mean 'towns'\?"):
        _ = county.town


def test_county_can_be_copied_and_sent_to_a_process(county):
    changed = county.with_figures({"charging.efficiency_dc": 0.9})
    for twin in (copy.deepcopy(changed), pickle.loads(pickle.dumps(changed))):  # noqa: S301
        assert twin.digest == changed.digest
        assert twin.figure("charging.efficiency_dc") == 0.9
        assert twin.towns.equals(county.towns)


def test_figures(county):
    assert county.figure("charging.efficiency_dc") == 0.92
    assert county.figure_range("charging.gun_amps_air_cooled") == (200.0, 250.0, 300.0)
    assert county.figure_range("charging.efficiency_dc") == (0.92, 0.92, 0.92)


def test_unknown_figure(county):
    with pytest.raises(
        DataError, match=r"no figure 'charging\.efficiency_cd'\. Did you mean 'charging\.efficiency_dc'\?"
    ):
        county.figure("charging.efficiency_cd")


def test_with_figures_changes_value_confidence_and_digest(county):
    changed = county.with_figures({"charging.efficiency_dc": 0.9})
    assert changed.figure("charging.efficiency_dc") == 0.9
    assert changed.figures.row(0, named=True)["confidence"] == "assumption"
    assert changed.figures.row(0, named=True)["note"] == "set by the scenario"
    assert changed.figures.row(1) == county.figures.row(1)
    assert changed.digest != county.digest
    assert county.figure("charging.efficiency_dc") == 0.92


def test_digest_of_figures_does_not_depend_on_their_order(county):
    new = {"charging.efficiency_dc": 0.9, "charging.gun_amps_air_cooled": 260}
    steps = [county.with_figures({key: new[key]}) for key in new]
    one_by_one = steps[0].with_figures({"charging.gun_amps_air_cooled": 260})
    other_way = steps[1].with_figures({"charging.efficiency_dc": 0.9})
    assert county.with_figures(new).digest == one_by_one.digest == other_way.digest


def test_figures_that_change_nothing_keep_the_digest(county):
    assert county.with_figures({}) is county
    assert county.with_figures({"charging.efficiency_dc": 0.92}).digest == county.digest


def test_with_figures_refuses_unknown_keys(county):
    with pytest.raises(DataError, match=r"Did you mean 'charging\.efficiency_dc'\?"):
        county.with_figures({"charging.efficency_dc": 0.9})


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.9", True, None])
def test_with_figures_refuses_what_is_not_a_number(county, value):
    with pytest.raises(DataError, match=r"figure 'charging\.efficiency_dc': got .*expected a finite number"):
        county.with_figures({"charging.efficiency_dc": value})


def test_layouts(county):
    assert county.has_layout("now")
    assert not county.has_layout("then")
    assert county.layout("now").columns == Layout.column_names()
    with pytest.raises(DataError, match=r"no layout 'mow'\. Did you mean 'now'\? Layouts: now"):
        county.layout("mow")


def test_digest_follows_names_and_bytes(small, edit):
    before = load_county(small).digest
    assert load_county(str(small)).digest == before
    (small / "readme.txt").write_text("not a table")
    assert load_county(small).digest == before
    shutil.copy(small / "layouts" / "now.csv", small / "layouts" / "then.csv")
    more = load_county(small).digest
    assert more != before
    edit("figures.csv", "0.92", "0.93")
    assert load_county(small).digest != more


def test_a_county_has_parts_or_has_them_not(county):
    assert county.has("river")
    assert county.has("through_traffic")
    assert not county.with_table("river_nodes", county.river_nodes.clear()).has("river")
    with pytest.raises(DataError, match=r"no part 'rivr' of a county\. Did you mean 'river'\? Known: river, through"):
        county.has("rivr")


def test_faulty_county_raises_with_all_faults(edit):
    edit("towns.csv", "50000", "many")
    folder = edit("figures.csv", "A01", "A1")
    with pytest.raises(DataError, match="county small: 2 faults") as caught:
        load_county(folder)
    assert {fault.file for fault in caught.value.faults} == {"towns.csv", "figures.csv"}


def test_unknown_county_names_the_nearest(monkeypatch):
    monkeypatch.setattr("data.county.list_counties", lambda: ["deqing"])
    with pytest.raises(DataError, match=r"county 'deqin': .*Did you mean 'deqing'\? Built-in: deqing"):
        load_county("deqin")


def test_built_in_counties_are_folders_with_sources(small, monkeypatch):
    monkeypatch.setattr("data.county._built_in", lambda: small.parent)
    (small.parent / "schemas").mkdir()
    assert list_counties() == ["small"]
    assert load_county("small").path == small


def test_public_names():
    for name in data.__all__:
        assert getattr(data, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'data' has no attribute 'provinces'"):
        _ = data.provinces


def test_import_of_the_package_is_light():
    code = "import data, sys; sys.exit(bool({'polars', 'dataframely', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif("deqing" not in list_counties(), reason="the built-in county is not there")
def test_built_in_county_is_right():
    county = load_county("deqing")
    assert county.towns.height == 13
    for name in ("plan-2025", "even", "population"):
        layout = county.layout(name)
        assert layout["piles"].sum() == 320
        assert layout.select(pl.col("piles") * pl.col("guns_per_pile")).sum().item() == 450
        assert set(layout["town"].drop_nulls()) >= set(county.towns["town"])


def test_what_is_built_of_some_tables_is_shared_by_counties_that_have_the_same(small):
    county = load_county(small)
    county.once_of(["towns"], "key", lambda: "built")
    figures = county.with_figures({county.figures["key"][0]: 0.7})
    assert figures.once_of(["towns"], "key", lambda: "again") == "built"
    other = figures.with_table("towns", county.towns.clone())
    assert other.once_of(["towns"], "key", lambda: "anew") == "anew"
    assert county.once_of(["towns"], "key", lambda: "again") == "built"
    # nothing is kept for ever
    for number in range(KEPT_BUILT):
        county.once_of(["towns"], number, lambda: "more")
    assert len(county.built) == KEPT_BUILT
    assert other.once_of(["towns"], "key", lambda: "later") == "later"


def test_a_county_is_loaded_once_until_a_file_changes(small):
    county = load_county(small)
    assert load_county(small) is county
    text = (small / "sources.csv").read_text()
    (small / "sources.csv").write_text(text + "\n")
    assert load_county(small).files_digest != county.files_digest


def test_a_county_that_is_held_stays_as_it_is(small):
    county = load_county(small)
    with held_county(small):
        shutil.rmtree(small / "layouts")
        (small / "towns.csv").write_text("no table")
        assert load_county(small) is county
        # a computation within another one sees what that one sees
        with held_county(small):
            assert load_county(small) is county
        assert load_county("deqing").name == "deqing"
        assert load_county(small) is county
    with pytest.raises(DataError, match="towns"):
        load_county(small)


def test_what_is_built_of_the_tables_is_built_once_a_county(small):
    county = load_county(small)
    assert build_graph(county, year=2025) is build_graph(county, year=2025)
    assert build_graph(county, year=2026) is not build_graph(county, year=2025)
    other = county.with_table("road_links", county.road_links.head(1))
    assert build_graph(other, year=2025).number_of_edges() < build_graph(county, year=2025).number_of_edges()
    with pytest.raises(nx.NetworkXError, match="Frozen graph can't be modified"):
        build_graph(county, year=2025).add_node("new")


def test_another_county_begins_with_nothing_built(small):
    county = load_county(small)
    county.once("key", lambda: "built")
    assert county.once("key", lambda: "again") == "built"
    key = county.figures["key"][0]
    for changed in (county.with_figures({key: 0.9}), county.with_table("towns", county.towns), copy.copy(county)):
        assert changed.once("key", lambda: "anew") == "anew"
    assert county.once("key", lambda: "again") == "built"


def test_rows_come_by_the_text_in_a_column_and_are_grouped_once_per_table(small):
    county = load_county(small)
    rows = county.rows_by("fleet_stock")
    for name, found in rows.items():
        assert found == county.fleet_stock.filter(pl.col("vehicle_class") == name).to_dicts()
    assert sum(map(len, rows.values())) == county.fleet_stock.height
    assert county.with_table("towns", county.towns.head(1)).rows_by("fleet_stock") is rows
    assert len(county.with_table("fleet_stock", county.fleet_stock.head(1)).rows_by("fleet_stock")) == 1
