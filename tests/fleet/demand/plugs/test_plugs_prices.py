"""Arrivals that move by price."""

import numpy as np
import pytest

from fleet.demand.plugs.prices import DayPrices, Response

EVEN = np.full(24, 1.0 / 24.0)
VALLEY = np.where(np.arange(24) < 8, 0.5, 1.0)


def test_periods_get_what_the_elasticity_says():
    moved = Response(0.5, 1.5).shares(EVEN, VALLEY)
    assert moved.sum() == pytest.approx(1.0)
    # a third of the day at half the price: 2^0.5 times as many in an hour of the valley as in one outside
    assert moved[:8].sum() / moved[8:].sum() == pytest.approx(8 * 2.0**0.5 / 16)
    # any of the arrivals of the dear hours leave, and come near the edges of the cheap ones
    assert moved[8:] == pytest.approx(moved[8])
    assert moved[0] == pytest.approx(moved[7])
    assert moved[0] > moved[1] > moved[2] > moved[3] > EVEN[3]


def test_the_night_peak_follows_the_valley():
    """The same drivers plug in at 23 h where the valley begins then, and at midnight where it begins then."""
    night = np.linspace(1.0, 0.5, 24)[(np.arange(24) - 20) % 24]
    night /= night.sum()
    late, early = (np.where((np.arange(24) - begin) % 24 < 8, 0.4, 1.0) for begin in (0, 23))
    response = Response(0.8, 1.5)
    assert int(np.argmax(response.shares(night, late) / night)) == 0
    assert int(np.argmax(response.shares(night, early) / night)) == 23


@pytest.mark.parametrize("response", [Response(0.0, 1.0), Response(0.9, 1.0)])
def test_one_price_changes_nothing(response):
    prices = VALLEY if response.elasticity == 0.0 else np.full(24, 0.7)
    share = np.linspace(0.01, 0.09, 24)
    assert response.shares(share, prices) is share


def test_hours_without_arrivals_stay_empty():
    shift = np.where((np.arange(24) >= 6) & (np.arange(24) < 18), 1.0 / 12.0, 0.0)
    moved = Response(0.5, 1.5).shares(shift, VALLEY)
    assert moved[:6].sum() == moved[18:].sum() == 0.0
    assert moved.sum() == pytest.approx(1.0)
    assert moved[6:8].sum() > 2 / 12
    # nobody comes next to the period either: where they come in it decides
    alone = np.zeros(24)
    alone[[2, 12]] = 0.5
    assert Response(0.5, 1.5).shares(alone, VALLEY)[2] == pytest.approx(2.0**0.5 / (1.0 + 2.0**0.5))


def test_means_over_the_minutes_of_a_charge():
    prices = DayPrices(np.stack([VALLEY, 2.0 * VALLEY]))
    found = prices.mean_cny_kwh(
        np.array([420.0, 420.0, 470.0, 1380.0, 2820.0]), np.array([0.0, 60.0, 20.0, 120.0, 120.0])
    )
    # the last day's prices hold after it
    assert found == pytest.approx([0.5, 0.5, 0.75, 1.0, 1.5])


def test_days_of_one_price_keep_their_hours_beside_others():
    prices = DayPrices(np.stack([VALLEY, np.ones(24)]))
    lot = np.linspace(0.0, 0.999, 200)
    first, second = (prices.times_of_day(EVEN, lot, np.full(200, day), Response(0.5, 1.0)) for day in (0, 1))
    assert second == pytest.approx(1440.0 * lot)
    assert (first <= second + 1e-9).all()
    assert first.mean() < second.mean() - 20.0
