"""Factors of the grid: the county's own region first, between its years on a line."""

import pytest

from data.errors import DataError
from data.factors import grid_factor


def test_the_region_of_the_first_row_is_the_countys_own(three_towns):
    assert set(three_towns.grid_factors["region"]) == {"west"}
    assert grid_factor(three_towns, 2025) == grid_factor(three_towns, 2025, region="west") == 0.42
    assert grid_factor(three_towns, 2026) == pytest.approx(0.42 + (0.38 - 0.42) / 5)


def test_regions_and_years_that_are_not_there(three_towns):
    with pytest.raises(DataError, match="no row for region 'guangdong'"):
        grid_factor(three_towns, 2025, region="guangdong")
    with pytest.raises(DataError, match="west covers 2020 to 2035; got the year 2040"):
        grid_factor(three_towns, 2040)
    empty = three_towns.with_table("grid_factors", three_towns.grid_factors.clear())
    with pytest.raises(DataError, match=r"three-towns/grid_factors\.csv: no rows"):
        grid_factor(empty, 2025)
