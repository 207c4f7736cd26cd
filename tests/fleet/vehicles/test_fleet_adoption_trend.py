"""The estimated trend: recovery of a known one, the held-out year, and what the county's path owes to it."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit, ndtri

from data import DataError
from data.streams import triangular
from fleet.vehicles import adoption_trend as adoption_trend_module
from fleet.vehicles.adoption_trend import DRAWS, adoption_trend, band, held_out, interpolated, predicted_share
from fleet.vehicles.choice import chosen_shares
from fleet.vehicles.choice_costs import CostUtilities
from fleet.vehicles.cost_inputs import Levers
from fleet.vehicles.level_filter import LevelFilter

_STEP_SD = 1.0 / (2.0 * ndtri(0.95))


@pytest.fixture(scope="module")
def trend(county):
    return adoption_trend(county)


def width(drawn):
    low, high = band(drawn)
    return high - low


def test_the_nation_s_last_year_is_held_out_and_predicted(county):
    cars = held_out(county).row(by_predicate=pl.col("series") == "cars", named=True)
    assert (cars["year"], cars["observed"]) == (2025, 0.54)
    assert cars["low"] < 0.54 < cars["high"]
    assert cars["high"] - cars["low"] <= 0.25
    # "last year plus the mean step" says 58 %
    assert cars["naive_error"] == pytest.approx(0.476 + (0.476 - 0.058) / 4 - 0.54)
    assert cars["error"] < cars["naive_error"]


def test_trucks_are_held_out_too(county):
    table = held_out(county)
    assert table["series"].to_list() == ["cars", "heavy_trucks", "light_trucks"]
    assert (table["error"] < table["naive_error"]).all()
    assert ((table["low"] < table["observed"]) & (table["observed"] < table["high"])).all()


def test_a_fit_passes_through_its_last_year_and_widens_after_it(county, trend):
    drawn = predicted_share(county, trend, "cars", range(2025, 2031))
    assert drawn.shape == (DRAWS, 6)
    assert float(np.median(drawn[:, 0])) == pytest.approx(0.54, abs=0.02)
    widths = [width(drawn[:, year]) for year in range(6)]
    assert widths == sorted(widths)
    with pytest.raises(DataError, match="begins in 2025; got the year 2024"):
        predicted_share(county, trend, "cars", [2024, 2026])
    with pytest.raises(DataError, match="no row for series 'ships'"):
        trend.levels("ships", [2026])


def test_a_known_damped_trend_is_recovered(county):
    # steps of 0.8, 0.6, 0.45, ...: damping 0.75 exactly, costs left out, no noise
    steps = 0.8 * 0.75 ** np.arange(7)
    shares = expit(-3.0 + np.concatenate([[0.0], np.cumsum(steps)]))
    rows = county.adoption_observed.filter(pl.col("series") == "cars").head(1)
    seen = pl.concat(
        [rows.with_columns(year=pl.lit(2018 + at, pl.Int64), share=pl.lit(share)) for at, share in enumerate(shares)]
    )
    free = county.with_table("adoption_observed", seen).with_table("vehicle_costs", county.vehicle_costs.clear())
    follows = free.adoption_series.filter(pl.col("series") == "cars")
    fit = adoption_trend(free.with_table("adoption_series", follows))
    assert float(np.median(fit.damping)) == pytest.approx(0.75, abs=0.06)
    ahead = fit.levels("cars", [2025, 2026])
    assert float(np.median(ahead[:, 1] - ahead[:, 0])) == pytest.approx(steps[-1] * 0.75, abs=0.06)


def test_the_filter_is_that_of_the_textbook_also_where_series_share_its_gains():
    damping, chance_sd, lasting, seen_sd = 0.7, 0.2, 0.4, 0.1
    kalman = LevelFilter(
        tuple(np.array([value]) for value in (damping, chance_sd, lasting)), np.array([seen_sd]), (0.5, _STEP_SD)
    )
    for years, net in (([2020, 2021, 2023], [-2.0, -1.2, -0.1]), ([2020, 2021, 2022], [-3.0, -2.9, -2.1])):
        found = kalman.run(years, np.array([net]))
        level, covariance, likelihood = _textbook(years, net, damping, chance_sd, lasting, seen_sd)
        assert [found.level[0], found.step[0]] == pytest.approx(level.tolist())
        assert found.covariance[0] == pytest.approx(covariance)
        assert found.log_likelihood[0] == pytest.approx(likelihood)


def test_covariances_of_all_draws_are_those_of_stacked_matrices():
    draws = np.random.default_rng(3).uniform(0.1, 0.9, (4, 200))
    damping, chance_sd, lasting, seen_sd = draws
    found = LevelFilter((damping, chance_sd, lasting), seen_sd, (0.5, _STEP_SD)).run(
        [2020, 2022, 2023], np.zeros((200, 3))
    )
    move = np.zeros((200, 2, 2))
    move[:, 0, 0], move[:, 0, 1], move[:, 1, 1] = 1.0, damping, damping
    spread = chance_sd[:, None] * np.column_stack([np.ones(200), lasting])
    covariance = np.tile(np.diag([9.0, _STEP_SD**2]), (200, 1, 1))
    for years in (0, 2, 1):
        for _ in range(years):
            covariance = move @ covariance @ move.transpose(0, 2, 1) + spread[:, :, None] * spread[:, None, :]
        gain = covariance[:, :, 0] / (covariance[:, 0, 0] + seen_sd**2)[:, None]
        covariance = covariance - gain[:, :, None] * covariance[:, None, 0, :]
    assert found.covariance == pytest.approx(covariance, rel=1e-12)


def _textbook(years, net, damping, chance_sd, lasting, seen_sd):
    """Return state, covariance and log likelihood of a series by matrices, for one draw."""
    move = np.array([[1.0, damping], [0.0, damping]])
    noise = chance_sd**2 * np.outer([1.0, lasting], [1.0, lasting])
    state, covariance = np.array([net[0], 0.5]), np.diag([9.0, _STEP_SD**2])
    likelihood, year = 0.0, years[0]
    for at, value in zip(years, net, strict=True):
        for _ in range(at - year):
            state, covariance = move @ state, move @ covariance @ move.T + noise
        year, variance = at, covariance[0, 0] + seen_sd**2
        gap, gain = value - state[0], covariance[:, 0] / variance
        likelihood += 0.0 if at == years[0] else -0.5 * (gap**2 / variance + np.log(variance))
        state, covariance = state + gain * gap, covariance - np.outer(gain, covariance[0])
    return state, covariance, likelihood


def test_draws_that_are_kept_are_those_of_costs_at_all_prior_draws(county, trend, monkeypatch):
    asked = []

    def at_all(function, at):
        asked.append(len(at))
        return function(at)

    monkeypatch.setattr(adoption_trend_module, "interpolated", at_all)
    every = adoption_trend_module._fitted(county, None)
    assert set(asked) == {8192}
    for name in ("cost_sensitivity", "damping", "chance_sd", "lasting_share"):
        assert getattr(every, name).tolist() == getattr(trend, name).tolist()
    for name in trend.level:
        assert every.level[name].tolist() == trend.level[name].tolist()
        assert every.step[name].tolist() == trend.step[name].tolist()


def test_weights_that_decide_by_less_than_they_are_known_to_are_worked_out_at_all_draws(county, trend, monkeypatch):
    # no draw is kept by as much as that
    monkeypatch.setattr(adoption_trend_module, "_APART", 0.5)
    again = adoption_trend_module._fitted(county, None)
    assert again.damping.tolist() == trend.damping.tolist()
    assert again.level["cars"].tolist() == trend.level["cars"].tolist()


def test_smooth_functions_are_interpolated_and_others_asked():
    asked = []

    def smooth(at):
        asked.append(len(at))
        return np.log(np.exp(-2.0 * at) + np.exp(-2.3 * at))[:, None]

    places = np.random.default_rng(5).uniform(2.0, 8.0, 1000)
    assert interpolated(smooth, places) == pytest.approx(smooth(places), rel=1e-13)
    assert asked[0] < 50
    assert interpolated(lambda at: np.abs(at - 5.0)[:, None], places)[:, 0].tolist() == np.abs(places - 5.0).tolist()
    alone = np.full(10, 3.0)
    assert interpolated(smooth, alone) == pytest.approx(smooth(alone), rel=1e-13)


def test_priors_that_nothing_fits_say_so(county):
    with pytest.raises(DataError, match=r"of 8192 prior draws; widen the ranges"):
        adoption_trend(_narrow(county))
    with pytest.raises(DataError, match="expected low <= value <= high"):
        triangular(0.2, 0.1, 0.3, np.array([0.5]))
    assert triangular(0.2, 0.2, 0.2, np.array([0.5])).tolist() == [0.2]


def _narrow(county):
    """Return the county with observations that jump up and down without end, known without error."""
    rows = county.adoption_observed.filter(pl.col("series") == "cars").head(1)
    jumps = [
        rows.with_columns(year=pl.lit(2000 + at, pl.Int64), share=pl.lit(0.02 if at % 2 else 0.98)) for at in range(26)
    ]
    free = county.with_table("vehicle_costs", county.vehicle_costs.clear())
    follows = county.adoption_series.filter(pl.col("series") == "cars")
    return free.with_table("adoption_observed", pl.concat(jumps)).with_table("adoption_series", follows)


def test_costs_move_the_logit_as_the_nested_logit_says(county):
    utilities = CostUtilities.of(county)
    theta = np.array([3.0, 5.0])
    moved = utilities.logits_of("tractor", [2030], theta)[:, 0]
    assert moved[1] != moved[0]
    assert utilities.logits_of("tractor", [2025, 2030], theta)[:, 0].tolist() == [0.0, 0.0]
    # nobody buys anything but petrol: there is nothing to choose
    only = county.flow_shares.with_columns(
        share=pl.when(pl.col("vehicle_class") != "motorcycle")
        .then("share")
        .otherwise((pl.col("power") == "petrol").cast(pl.Float64))
    )
    none = CostUtilities.of(county.with_table("flow_shares", only))
    assert none.logits_of("motorcycle", [2030], theta).tolist() == [[0.0], [0.0]]


def test_cars_of_the_county_are_inside_what_is_known_and_2030_is_a_distribution(county):
    now = county.flow_shares.filter(vehicle_class="private_car", year=2025).filter(pl.col("power") != "petrol")
    assert 0.36 <= now["share"].sum() <= 0.52
    drawn = chosen_shares(county, "private_car", years=[2030]).of(("bev", "phev"))[:, 0]
    assert len(np.unique(drawn)) > 0.9 * DRAWS
    assert 0.1 < width(drawn) < 0.6


def test_the_path_that_is_given_is_the_mean_of_the_estimate(county):
    """Rows of ``flow_shares`` that name the model as their source are its figures."""
    rows = county.flow_shares.filter(pl.col("source") == "CHOICE")
    assert rows["vehicle_class"].n_unique() == county.adoption_series.height
    for (name, year), part in rows.group_by("vehicle_class", "year"):
        chosen = chosen_shares(county, name, years=[year])
        for power, share in part.select("power", "share").iter_rows():
            assert chosen.of((power,)).mean() == pytest.approx(share, abs=2e-3), (name, year, power)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (Levers(public_guns_factor=2.0), Levers(public_guns_factor=0.5)),
        (Levers(tax_waived_share=1.0), Levers(tax_waived_share=0.0)),
        (Levers(trade_in_until=2030), Levers()),
        (Levers(charging_access_share=0.5), Levers()),
        (Levers(), Levers(lease_share=0.0)),
        (Levers(fuel_price_factor=1.2), Levers(electricity_price_factor=1.2)),
    ],
)
def test_levers_act_through_the_estimate(county, more, less):
    drawn = [chosen_shares(county, "private_car", years=[2030], levers=one).of(("bev", "phev")) for one in (more, less)]
    # on the same draws, in every one of them (guns may count for nothing)
    assert (drawn[0] >= drawn[1] - 1e-12).all()
    assert drawn[0].mean() > drawn[1].mean() + 1e-3


def test_twice_the_guns_raise_the_odds_by_the_elasticity(county):
    fixed = county.with_figures({"adoption.charging_elasticity": 0.5})
    one, two = (
        chosen_shares(fixed, "tractor", years=[2028], levers=Levers(public_guns_factor=factor)).of(("bev",))
        for factor in (1.0, 2.0)
    )
    assert (logit(two) - logit(one)).ravel() == pytest.approx(np.full(DRAWS, 0.5 * np.log(2.0)))
