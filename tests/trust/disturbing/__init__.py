"""Commands that are disturbed on purpose: killed, joined, robbed of workers or disk, their files damaged.

Whatever happened, the same command goes on to the same bytes afterwards, or says in one message which file is wrong.
"""

from .commands import Count
from .damage import damaged
from .processes import kills, lost_workers, shared, small_files

__all__ = ["Count", "damaged", "kills", "lost_workers", "shared", "small_files"]
