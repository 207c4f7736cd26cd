"""The emulator: exact on what it can say, checked on points that it has not seen."""

import numpy as np
import pytest

from data.streams import latin, stream
from experiments.runs.assumptions.emulator import fit


def sample(columns, rows=64):
    return np.column_stack([latin(7, "test", str(column), samples=rows) for column in range(columns)])


def test_a_sum_of_parabolas_is_found_exactly():
    points = sample(3)
    values = 2.0 + 3.0 * points[:, 0] - points[:, 1] ** 2
    found = fit(points, values)
    assert found.q2 == pytest.approx(1.0, abs=1e-6)
    assert found.trusted
    assert found.predict(np.array([[0.5, 0.5, 0.1]]))[0] == pytest.approx(2.0 + 1.5 - 0.25, abs=1e-5)
    shares = found.shares(points)
    assert shares.sum() == pytest.approx(1.0)
    # variance 9/12 of the first, 4/45 of the second, nothing of the third
    assert shares[0] == pytest.approx(0.75 / (0.75 + 4 / 45), abs=0.02)
    assert shares[2] == pytest.approx(0.0, abs=1e-9)


def test_q2_is_that_of_points_left_out_one_by_one():
    points = sample(2, rows=20)
    values = points[:, 0] + stream(1, "test", "noise").normal(0, 0.2, 20)
    errors, spread = [], []
    for row in range(20):
        others = np.arange(20) != row
        errors.append(values[row] - fit(points[others], values[others]).predict(points[[row]])[0])
        spread.append(values[row] - values[others].mean())
    known = fit(points, values).q2
    assert known == pytest.approx(1.0 - np.square(errors).sum() / np.square(spread).sum(), abs=0.01)


def test_noise_is_not_trusted():
    points = sample(4)
    noise = stream(2, "test", "noise").normal(0, 1, 64)
    assert fit(points, noise).q2 < 0.2
    # a product is no sum of parabolas
    assert not fit(points, (points[:, 0] - 0.5) * (points[:, 1] - 0.5)).trusted


def test_hardly_more_points_than_terms_say_nothing_of_others():
    points = sample(8, rows=10)
    assert fit(points, points[:, 0]).q2 == 0.0


def test_what_does_not_vary_has_no_effect():
    points = np.column_stack([sample(1)[:, 0], np.full(64, 3.0)])
    found = fit(points, points[:, 0])
    assert np.isfinite(found.predict(points)).all()
    assert found.shares(points)[1] == 0.0
    constant = fit(points, np.full(64, 2.0))
    assert constant.shares(points).tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="2 points of 1 assumptions"):
        fit(points[:2, :1], np.zeros(2))
