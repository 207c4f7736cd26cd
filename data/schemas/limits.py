"""Limits of nature that schemas and accounts share."""

from __future__ import annotations

from typing import Final

METHANE_CO2: Final = 44.01 / 16.043
"""CO2 of burning pure methane, t per t (molar masses)."""


GAS_CO2_LIMIT: Final = 2.85
"""CO2 of burning a t of natural gas, t, above which a factor is wrong: methane with a little ethane gives less."""
