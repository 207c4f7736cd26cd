"""What decides the road's target: the electric share of the work at which it just holds."""

import pytest

import fleet
from fleet.emissions.electrification import without_new_energy


def test_the_share_needed_is_the_one_at_which_the_target_just_holds(county, stock):
    found, stricter = (fleet.electric_work(county, stock, change=change, year=2030) for change in (-0.1, -0.2))
    account = fleet.carbon(county, stock, years=(2020, 2030)).filter(boundary="narrow")
    assert found.height == 6
    for (series, grid, share, needed), more in zip(found.iter_rows(), stricter["needed"], strict=True):
        before, now = account.filter(series=series, grid=grid).sort("year")["intensity_g_per_tkm"]
        # intensity falls evenly with the share: a tenth of the base year's between the two targets
        slope = 0.1 * before / (more - needed)
        assert now == pytest.approx(0.9 * before - slope * (share - needed), rel=1e-9)
        assert (share > needed) == (now < 0.9 * before)
    by_series = dict(found.filter(grid="frozen").select("series", "needed").iter_rows())
    assert by_series["a"] < by_series["b"]


def test_without_electric_vehicles_no_share_is_known(county):
    free = without_new_energy(county, ["tractor", "rigid_truck", "coach"])
    found = fleet.electric_work(free, fleet.stock(free), change=-0.1, year=2030)
    assert set(found["share"]) == {0.0}
    assert set(found["needed"]) == {None}
