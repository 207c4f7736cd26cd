"""Catalogue of the metrics that a target of a county may ask for: unit, meaning and tables behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Metric(NamedTuple):
    """What a target can ask for.

    Attributes
    ----------
    name : str
        As ``targets.csv`` names it.
    unit : str
        Unit of its value and of the target's.
    what : str
        What it is.
    comparator : str
        How plans usually compare it; ``none`` where they name no figure.
    needs : tuple of str
        Tables of the county (``layout``: one of its layouts) without which it has no value.
    """

    name: str
    unit: str
    what: str
    comparator: str
    needs: tuple[str, ...]

    @property
    def of_run_year(self) -> bool:
        """Whether its value is that of the run's year, not that of the target's."""
        return self.name not in _OF_TARGET_YEAR

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that a target can ask for."""
        if self.name in _OVER_ONE:
            return 0.0, _OVER_ONE[self.name]
        if self.unit == "share":
            # a change may be a fall
            return (-1.0 if "change" in self.name else 0.0), 1.0
        return _BOUNDS.get(self.unit, (0.0, 1e6))


_OF_TARGET_YEAR: Final = frozenset(
    {
        *("clean_flow_share", "new_energy_car_flow_share", "bev_stock_share_by_class", "lease_share"),
        *("vehicle_intensity_change_share", "ship_intensity_change_share", "petroleum_peak_year"),
        *("travel_time_change_share", "fleet_plan_cost_change_share"),
    }
)
"""Metrics whose value is that of the target's year; the others show what stands, or happens, in the year of the run."""
_OVER_ONE: Final = {"transformer_peak_share": 3.0}
"""Shares that may be above 1, and up to what: a transformer carries more than its rating for a while."""
_BOUNDS: Final = {"year": (1900.0, 2100.0), "h": (0.0, 8760.0)}
"""Least and greatest value by unit; other units count things."""
_STOCK = ("fleet_stock", "stock_growth", "flow_shares")

METRICS: Final[Mapping[str, Metric]] = {
    metric.name: metric
    for metric in (
        Metric("guns_total", "guns", "public charging guns of the layout, and its piles", ">=", ("layout",)),
        Metric("town_coverage_share", "share", "towns with a public pile", ">=", ("layout", "towns")),
        Metric(
            "service_area_side_coverage_share",
            "share",
            "sides of expressway service areas with direct current",
            ">=",
            ("layout", "service_areas"),
        ),
        Metric(
            "late_share",
            "share",
            "charging requests that wait too long or are not served; the unserved and holidays beside it",
            "<=",
            ("layout", *_STOCK, "charging_access", "charging_behaviour"),
        ),
        Metric("swap_stations", "stations", "battery-swap stations that are open", "none", ("swap_stations",)),
        Metric("ebikes_total", "e-bikes", "shared e-bikes", ">=", ("ebike_points",)),
        Metric(
            "clean_flow_share",
            "share",
            "new-energy and gas vehicles among new vehicles without two-wheelers",
            ">=",
            _STOCK,
        ),
        Metric(
            "new_energy_car_flow_share",
            "share",
            "battery, plug-in and fuel-cell cars among new passenger cars",
            ">=",
            _STOCK,
        ),
        Metric(
            "bev_stock_share_by_class",
            "share",
            "battery-electric vehicles in the stock of the classes that plans name",
            "none",
            _STOCK,
        ),
        Metric(
            "lease_share",
            "share",
            "battery-electric share of new logistics vehicles that leasing and battery separation add",
            "none",
            ("vehicle_costs", "energy_prices", "acquisition"),
        ),
        Metric(
            "vehicle_intensity_change_share",
            "share",
            "change of carbon per turnover of operating vehicles against the base year",
            "<=",
            (*_STOCK, "energy_use", "fuel_factors", "grid_factors"),
        ),
        Metric(
            "ship_intensity_change_share",
            "share",
            "change of carbon per turnover of operating ships against the base year",
            "<=",
            ("vessel_classes", "lock_traffic", "fuel_factors", "grid_factors"),
        ),
        Metric(
            "petroleum_peak_year",
            "year",
            "year in which petrol and diesel of land transport are highest",
            "<=",
            (*_STOCK, "energy_use"),
        ),
        Metric("lng_stations_in_county", "stations", "LNG bunkering stations that are open", ">=", ("lng_stations",)),
        Metric("terminal_wait_h", "h", "mean wait of cargo vessels at the county's terminals", "none", ("terminals",)),
        Metric(
            "travel_time_change_share",
            "share",
            "change of the minutes of a trip by the first road project; all projects beside it",
            "none",
            ("road_links", "road_projects", "road_classes"),
        ),
        Metric(
            "transformer_peak_share",
            "share",
            "highest load of a town, all charging included, over the capacity of its grid",
            "<=",
            ("layout",),
        ),
        Metric(
            "lng_bunkered_gas_share",
            "share",
            "LNG bunkered in a year over the county's natural gas",
            "none",
            ("lng_stations",),
        ),
        Metric(
            "idling_energy_change_share",
            "share",
            "change of idling fuel at the junctions with Webster's timing",
            "none",
            ("junctions",),
        ),
        Metric(
            "fleet_plan_cost_change_share",
            "share",
            "cost of one joint network of rural deliveries over that of separate operators, less 1",
            "none",
            ("operators", "vehicle_costs"),
        ),
    )
}
"""All metrics by name. A target that names another one is a fault of the county."""
