"""AC or DC: how long cars stand, and what a charge costs."""

import numpy as np
import pytest

from fleet.demand.plugs.current import PlugRules, Standing
from fleet.demand.plugs.prices import DayPrices

LOT = (np.arange(100_000) + 0.5) / 100_000
FLAT = DayPrices(np.ones((1, 24)))


def standing(kwh, ac_kw, weight=(1.0,), share=0.12, mean_min=180.0):
    return Standing.of_models(
        share, mean_min, weight=np.array(weight), kwh=np.array(kwh), ac_kw=np.array(ac_kw, dtype=float)
    )


def test_the_mean_charge_fits_as_often_as_the_figure_says():
    law = standing([20.0], [5.0])
    left = law.left_min(LOT, np.full(len(LOT), 20.0), np.full(len(LOT), 5.0))
    fits = left >= 0.0
    assert fits.mean() == pytest.approx(0.12, abs=1e-3)
    # exponential: what is left has the mean of the law whatever the charge took
    assert left[fits].mean() == pytest.approx(180.0, rel=0.01)
    # an hour more of charging fits in exp(1/3) times less often, and leaves the same mean
    longer = law.left_min(LOT, np.full(len(LOT), 25.0), np.full(len(LOT), 5.0))
    assert (longer >= 0.0).mean() == pytest.approx(0.12 * np.exp(-60.0 / 180.0), rel=0.01)
    assert longer[longer >= 0.0].mean() == pytest.approx(180.0, rel=0.02)


def test_models_share_the_figure_by_the_length_of_their_charges():
    law = standing([10.0, 30.0], [3.3, 6.6], weight=(3.0, 1.0))
    small, large = (
        (law.left_min(LOT, np.full(len(LOT), kwh), np.full(len(LOT), kw)) >= 0.0).mean()
        for kwh, kw in ((10.0, 3.3), (30.0, 6.6))
    )
    assert small > large
    assert 0.75 * small + 0.25 * large == pytest.approx(0.12, abs=1e-3)


@pytest.mark.parametrize("law", [standing([20.0], [0.0], weight=(0.0,)), standing([20.0], [5.0], share=0.0)])
def test_nobody_takes_ac_without_a_charger_on_board_or_a_share(law):
    assert (law.left_min(LOT, np.full(len(LOT), 20.0), np.zeros(len(LOT))) < 0.0).all()


def test_a_class_that_leaves_at_once_keeps_the_share():
    left = standing([20.0], [5.0], mean_min=0.0).left_min(LOT, np.full(len(LOT), 20.0), np.full(len(LOT), 5.0))
    assert (left >= 0.0).mean() == pytest.approx(0.12)
    assert left.max() == 0.0


def test_price_and_trouble_decide_between_ac_and_dc():
    """20 kWh in the last hour before a dear period: AC pays for its hours in it, DC for coming back to the car."""
    prices = DayPrices(np.where(np.arange(24) < 10, 1.0, 2.0)[None, :])
    cars = [np.array([value]) for value in (20.0, 5.0, 40.0)]
    start = np.array([540.0])
    # AC: one hour of four at 1 CNY, 35 CNY; DC: 20 CNY
    assert not PlugRules(30.0, 29.0).ac_is_cheaper(*cars, start, prices)[0]
    assert PlugRules(30.0, 31.0).ac_is_cheaper(*cars, start, prices)[0]
    # at one price only the losses differ
    assert PlugRules(30.0, 10.0, 0.8, 0.9).ac_is_cheaper(*cars, start, FLAT)[0]
    assert not PlugRules(30.0, 5.0, 0.8, 0.9).ac_is_cheaper(*cars, start, FLAT)[0]
