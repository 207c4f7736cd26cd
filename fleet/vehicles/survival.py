"""Survival of vehicles: Weibull laws and legal limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from data.arrays import Floats
    from data.county import County


def weibull_survival(age_years: ArrayLike, *, scale_years: float, shape: float) -> Floats:
    """Return the share of vehicles that live at least to an age.

    Parameters
    ----------
    age_years
        Ages, years, at least 0.
    scale_years, shape
        Parameters of S(a) = exp(-(a / scale)^shape).

    Raises
    ------
    DataError
        Scale or shape not above 0.

    Notes
    -----
    Hao, Wang, Ouyang, Cheng (2011), Sci China Tech Sci 54(3):625-629.

    Examples
    --------
    A new vehicle counts in full; at the scale 1/e is left, whatever the shape.

    >>> weibull_survival([0.0, 12.0], scale_years=12.0, shape=3.0).round(4).tolist()
    [1.0, 0.3679]
    """
    if not (scale_years > 0.0 and shape > 0.0):
        raise DataError(f"survival: scale {scale_years} and shape {shape} must be above 0.")
    # at least to an age: a new vehicle counts in full
    return np.asarray(np.exp(-((np.asarray(age_years, dtype=np.float64) / scale_years) ** shape)))


def survival_table(county: County, vehicle_class: str, oldest: int) -> Floats:
    """Return survival to ages 0 to ``oldest`` of a class, 0 from the legal limit of age or mileage on.

    Raises
    ------
    DataError
        A class without a row in ``survival`` or ``vehicle_classes``, or with a scale or shape that is not above 0.
    """
    law = _row(county, "survival", vehicle_class)
    yearly_km = float(_row(county, "vehicle_classes", vehicle_class)["km_per_year"])
    scale, shape = (float(law[name]) for name in ("weibull_scale_years", "weibull_shape"))
    for name, value in (("weibull_scale_years", scale), ("weibull_shape", shape)):
        if not value > 0.0:
            raise DataError(f"survival: {vehicle_class}, column {name!r}: got {value}; it must be above 0.")
    ages = np.arange(oldest + 1)
    alive = weibull_survival(ages, scale_years=scale, shape=shape)
    # a limit of mileage is one of age at the class's yearly km
    oldest_by_law = np.inf if law["max_age_years"] is None else float(law["max_age_years"])
    oldest_by_km = np.inf if law["max_km"] is None else float(law["max_km"]) / yearly_km
    # 0 at the limit itself: scrapping is due when the age is reached
    return np.where(ages < min(oldest_by_law, oldest_by_km), alive, 0.0)


def _row(county: County, name: str, vehicle_class: str) -> dict[str, Any]:
    """Return the first row of a class in a table."""
    rows = county.rows_by(name).get(vehicle_class)
    if not rows:
        raise DataError(f"{name}: no row for vehicle_class {vehicle_class!r}; add one.")
    return rows[0]
