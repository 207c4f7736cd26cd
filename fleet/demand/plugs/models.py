"""Models of battery vehicles of a class in a year: their shares, batteries, power and use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fleet.demand.hours.profiles import between_years

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats


class Models(NamedTuple):
    """Models of a class in a year, an entry each.

    Attributes
    ----------
    segment : list of str
        Their names.
    share, battery_kwh : numpy.ndarray
        Of the vehicles of the class; size of the battery.
    dc_kw, ac_kw : numpy.ndarray
        Power at DC and AC, NaN where it is not stated; see `power_kw`.
    kwh_per_100km : numpy.ndarray
        Use, NaN where it is not stated.
    """

    segment: list[str]
    share: Floats
    battery_kwh: Floats
    dc_kw: Floats
    ac_kw: Floats
    kwh_per_100km: Floats


def models_in(models: Sequence[dict[str, Any]], mix: Sequence[dict[str, Any]], year: int) -> Models:
    """Return the models of a class with their shares in a year.

    Parameters
    ----------
    models
        Its rows of the county table ``ev_models``, by column name.
    mix
        Its rows ``segment, year, share``, linear between their years and constant outside; a class without rows keeps
        the shares of ``models`` in all years.
    year
        The year.

    Returns
    -------
    Models
        None of them where the class has no models. A segment that the mix leaves out has a share of 0.
    """
    shares: dict[str, dict[int, float]] = {}
    for row in mix:
        shares.setdefault(row["segment"], {})[row["year"]] = row["share"]
    share = [
        (between_years(shares[row["segment"]], year) if row["segment"] in shares else 0.0) if mix else row["share"]
        for row in models
    ]
    columns = ("battery_kwh", "dc_kw", "ac_kw", "kwh_per_100km")
    figures = ([row.get(name) for row in models] for name in columns)
    return Models(
        [row["segment"] for row in models],
        *(np.array(values, dtype=np.float64) for values in (share, *figures)),
    )


def at_dc(models: Models) -> Models:
    """Return the models that have a DC inlet."""
    has = np.flatnonzero(power_kw(models.dc_kw) > 0.0)
    return Models([models.segment[place] for place in has], *(column[has] for column in models[1:]))


def power_kw(stated_kw: Floats) -> Floats:
    """Return powers of models in kW; 0 where the model has no such inlet or charger."""
    return np.where(np.isnan(stated_kw), 0.0, stated_kw)


def relative_use(models: Models) -> Floats:
    """Return the energy per km of each model over the mean of its class; 1 where a table does not say all of them."""
    use = models.kwh_per_100km
    if np.isnan(use).any():
        return np.ones(len(use))
    # the class's own figure stays the mean: what vehicles use and what the accounts say must not part
    return np.asarray(use / np.average(use, weights=models.share), dtype=np.float64)
