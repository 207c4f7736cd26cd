"""A second simulator of the charging network: a plain event loop in plain Python that knows every rule of the engine.

It shares no code with the engine and is written to be read, not to be fast. One module per rule: ``curves`` (power by
SOC), ``weeks`` (hours and fees by weekday), ``cars``, ``stations`` (sharing, plugs, chargers, bills), ``choice``
(where drivers go), ``power`` (connections), ``network`` (events: queues, bookings, outages, who follows whom).
``draws`` has random networks that mix the rules; ``comparison`` turns one into the tables of ``charging.simulate`` and
says where the engine's result differs.
"""

from .comparison import differences, tables
from .draws import CAR, NONE, PLAIN, alone, networks, random_network
from .network import Reference

__all__ = ["CAR", "NONE", "PLAIN", "Reference", "alone", "differences", "networks", "random_network", "tables"]
