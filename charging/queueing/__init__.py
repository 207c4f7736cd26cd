"""What theory says: queueing formulas, a preview of a layout, verification of the simulation."""

from __future__ import annotations

from charging.queueing.bounded import mmck
from charging.queueing.formulas import erlang_a, erlang_b, erlang_c, machine_repair, wait_mdc, wait_mgc, wait_mmc

__all__ = ["erlang_a", "erlang_b", "erlang_c", "machine_repair", "mmck", "wait_mdc", "wait_mgc", "wait_mmc"]
