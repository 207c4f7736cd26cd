"""Vehicle classes by what they are to the models, whatever a county calls them."""

from __future__ import annotations

from typing import Final

import polars as pl

from data.errors import DataError

HOUSEHOLD_CAR: Final = "household_car"
CARS: Final = (HOUSEHOLD_CAR, "fleet_car")
"""Roles of passenger cars."""
FREIGHT: Final = ("light_freight", "heavy_freight")
"""Roles of goods vehicles."""
HEAVY_FREIGHT: Final = FREIGHT[1:]
SERVED: Final = (*CARS, "public_service", "light_freight")
"""Roles whose electrification county plans name: cars, public service and light logistics."""
TWO_WHEELER: Final = "two_wheeler"


def classes_of(vehicle_classes: pl.DataFrame, *roles: str) -> list[str]:
    """Return the classes of some roles, in the order of the table.

    Parameters
    ----------
    vehicle_classes : polars.DataFrame
        The county's table of that name.
    roles : str
        As in `data.schemas.vehicles.ROLES`.
    """
    return vehicle_classes.filter(pl.col("role").is_in(list(roles)))["vehicle_class"].to_list()


def household_car(vehicle_classes: pl.DataFrame, county: str) -> str:
    """Return the class of the cars of households: the first of that role.

    Parameters
    ----------
    vehicle_classes : polars.DataFrame
        The county's table of that name.
    county : str
        The county's name, for the message.

    Raises
    ------
    DataError
        No class has the role.
    """
    found = classes_of(vehicle_classes, HOUSEHOLD_CAR)
    if not found:
        raise DataError(
            f"{county}/vehicle_classes.csv: got no class with the role '{HOUSEHOLD_CAR}'; through traffic, roads "
            "and the chargers of households need one. Give one class that role."
        )
    return found[0]
