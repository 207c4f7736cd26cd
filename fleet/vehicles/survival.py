"""Survival of vehicles: Weibull laws and legal limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from data.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from data.county import County


def weibull_survival(age_years: ArrayLike, *, scale_years: float, shape: float) -> NDArray[np.float64]:
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
    """
    if not (scale_years > 0.0 and shape > 0.0):
        raise DataError(f"survival: scale {scale_years} and shape {shape} must be above 0.")
    return np.asarray(np.exp(-((np.asarray(age_years, dtype=np.float64) / scale_years) ** shape)))


def survival_table(county: County, vehicle_class: str, oldest: int) -> NDArray[np.float64]:
    """Return survival to ages 0 to ``oldest`` of a class, 0 from the legal limit of age or mileage on.

    Raises
    ------
    DataError
        A class without a row in ``survival`` or ``vehicle_classes``, or with a scale or shape that is not above 0.
    """
    row = _row(county, "survival", vehicle_class)
    yearly_km = float(_row(county, "vehicle_classes", vehicle_class)["km_per_year"])  # type: ignore[arg-type]
    ages = np.arange(oldest + 1)
    scale, shape = (float(row[name]) for name in ("weibull_scale_years", "weibull_shape"))  # type: ignore[arg-type]
    for name, value in (("weibull_scale_years", scale), ("weibull_shape", shape)):
        if not value > 0.0:
            raise DataError(f"survival: {vehicle_class}, column {name!r}: got {value}; it must be above 0.")
    alive = weibull_survival(ages, scale_years=scale, shape=shape)
    limits = [np.inf if row["max_age_years"] is None else float(row["max_age_years"])]  # type: ignore[arg-type]
    if row["max_km"] is not None:
        limits.append(float(row["max_km"]) / yearly_km)  # type: ignore[arg-type]
    return np.where(ages < min(limits), alive, 0.0)


def _row(county: County, table: str, vehicle_class: str) -> dict[str, object]:
    """Return the row of a class in a table that has one a class."""
    frame = getattr(county, table)
    found = frame.filter(frame["vehicle_class"] == vehicle_class)
    if not found.height:
        raise DataError(f"{table}: no row for vehicle_class {vehicle_class!r}; add one.")
    return dict(found.row(0, named=True))
