"""Engines: consumption by year of build and by load. Total functions: every year and every load has a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import ArrayLike

    from data.arrays import Floats


# Fourth IMO Greenhouse Gas Study (2020): consumption over that at the best load, by load
_LOAD_SQUARED: Final = 0.455
_LOAD: Final = -0.71
_LOAD_FREE: Final = 1.280
_LEAST_SLIP_LOAD: Final = 0.1  # below it no gas engine runs for long: the law would go to infinity


def part_load_factor(load_share: ArrayLike) -> Floats:
    """Return specific consumption at a load over that at the best load.

    Parameters
    ----------
    load_share : array_like
        Brake power over installed power; bounded to 0 to 1.

    Returns
    -------
    numpy.ndarray
        ``0.455 L^2 - 0.71 L + 1.280``: 1.00 at 80 % load, 1.11 at 29 %, 1.28 at none.

    Notes
    -----
    Fourth IMO Greenhouse Gas Study (2020), equation for diesel engines.

    Examples
    --------
    >>> part_load_factor([0.0, 0.8]).round(2).tolist()
    [1.28, 1.0]
    """
    # An overload would leave the fitted range; what is asked of the engine beyond its power is a fault of the inputs.
    load = np.clip(np.asarray(load_share, dtype=np.float64), 0.0, 1.0)
    return np.asarray(_LOAD_SQUARED * load**2 + _LOAD * load + _LOAD_FREE)


def slip_factor(load_share: ArrayLike, *, exponent: float, reference_load: float) -> Floats:
    """Return the methane slip of a gas engine at a load over that at the reference load, as shares of the fuel.

    ``(L_ref / L)^n`` for loads from 0.1 to 1; below 0.1 as there. With n = 0 the share is the same at every load.

    Parameters
    ----------
    load_share : array_like
        Brake power over installed power.
    exponent, reference_load : float
        n, and the load at which the share is known.

    Notes
    -----
    That the share rises at low load is agreed on (Fourth IMO Greenhouse Gas Study, 2020); the law is an assumption, and
    its power a figure with a wide range.
    """
    load = np.clip(np.asarray(load_share, dtype=np.float64), _LEAST_SLIP_LOAD, 1.0)
    return np.asarray((reference_load / load) ** exponent)


def age_factor(engine_ages: pl.DataFrame, year: ArrayLike) -> Floats:
    """Return specific consumption of engines of a year of build over that of engines of the reference years.

    Parameters
    ----------
    engine_ages : polars.DataFrame
        ``from_year, sfc_factor``: from that year of build on. Years before the first row have its factor. A table
        without rows gives 1.
    year : array_like
        Year of build.
    """
    years = np.asarray(year, dtype=np.int64)
    if not engine_ages.height:
        return np.ones(years.shape)
    table = engine_ages.sort("from_year")
    row = np.searchsorted(table["from_year"].to_numpy(), years, side="right") - 1
    return np.asarray(table["sfc_factor"].to_numpy()[np.maximum(row, 0)])
