"""A boundary of the carbon account without turnover (case C10): no intensity, no verdict, no crash."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import fleet
from data.county import load_county

THREE_TOWNS = Path(__file__).parents[2] / "counties" / "three-towns"


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    """Return the county of three towns without trucks and buses that carry for hire."""
    folder = Path(shutil.copytree(THREE_TOWNS, tmp_path / "hireless"))
    classes = load_county(THREE_TOWNS).vehicle_classes
    carriers = classes.filter(pl.col("boundary") == "narrow")["vehicle_class"].to_list()
    assert carriers
    stock = pl.read_csv(folder / "fleet_stock.csv", infer_schema=False)
    none = [
        pl.when(pl.col("vehicle_class").is_in(carriers)).then(pl.lit("0")).otherwise(name).alias(name)
        for name in ("vehicles", "low", "high")
    ]
    stock.with_columns(none).write_csv(folder / "fleet_stock.csv")
    return folder


def test_c10_the_account_has_no_intensity_where_nothing_is_carried(folder):
    county = load_county(folder)
    account = fleet.carbon(county, fleet.stock(county), years=(2020, 2030))
    narrow = account.filter(pl.col("boundary") == "narrow")
    assert narrow["converted_turnover_tkm"].unique().to_list() == [0.0]
    assert narrow["intensity_g_per_tkm"].null_count() == narrow.height > 0
    others = account.filter(pl.col("boundary") != "narrow")
    assert others["intensity_g_per_tkm"].null_count() == 0


def test_c10_draws_have_none_either(folder):
    spread = fleet.monte_carlo(load_county(folder), years=(2030,), samples=8, seed=1, target_change=-0.1)
    for table in (spread.change, spread.intensity):
        narrow, others = (table.filter(pl.col("boundary") == "narrow"), table.filter(pl.col("boundary") != "narrow"))
        assert narrow["p50"].null_count() == narrow.height > 0
        assert others["p50"].null_count() == 0
        assert not any(table[name].is_nan().any() for name in ("low", "p50", "high"))
    assert spread.change.filter(pl.col("boundary") == "narrow")["met_share"].null_count() > 0


@pytest.mark.whole
def test_c10_run_and_carbon_end_well(xijiang, folder, small_toml):
    code, out, err = xijiang("run", small_toml, "--set", f"county={folder}", "--quiet", "--out", "made")
    assert (code, err) == (0, "")
    card = pl.read_parquet("made/scorecard.parquet")
    row = card.filter((pl.col("metric") == "vehicle_intensity_change_share") & pl.col("decides")).row(0, named=True)
    assert (row["value"], row["verdict"], row["reason"]) == (None, "open", "no data")
    code, out, err = xijiang("carbon", small_toml, "--set", f"county={folder}", "--samples", "8")
    assert (code, err) == (0, "")
    assert "(trucks with permits and coaches), 2030 against 2020: no turnover, so no intensity and no verdict." in out
