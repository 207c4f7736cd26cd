"""What new vehicles use by year of build: fuel limits in stages, of which the roads see a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data.arrays import Floats
    from data.county import County


def use_by_build(county: County, vehicle_class: str, powers: Sequence[str], years: Sequence[int]) -> Floats:
    """Return the use per km of vehicles over that of the table ``energy_use``, years of build by powers.

    A stage of the limits comes in evenly between the year of the first new types and that of all new vehicles. Limits
    are tests: on the road vehicles use less by ``fleet.fuel_limit_realised_share`` of what a stage takes off.

    Parameters
    ----------
    county
        Its table ``fuel_limits``; without rows all vehicles use what ``energy_use`` says.
    vehicle_class, powers
        The class and its powers.
    years
        Years of build.
    """
    use = np.ones((len(years), len(powers)))
    rows = county.rows_by("fuel_limits").get(vehicle_class)
    if not rows:
        return use
    realised = realised_share(county)
    for row in rows:
        if row["power"] in powers:
            # both years count in part: of a stage of 2019 to 2021 a third of 2019's vehicles keep it already
            span = row["to_year"] - row["from_year"] + 1
            kept = np.clip((np.asarray(years) - row["from_year"] + 1) / span, 0.0, 1.0)
            use[:, list(powers).index(row["power"])] *= 1.0 - realised * row["reduction_share"] * kept
    return use


def realised_share(county: County) -> float:
    """Return the share of what a stage takes off in the test that vehicles on the road save; 0 without stages."""
    return county.figure("fleet.fuel_limit_realised_share") if county.fuel_limits.height else 0.0
