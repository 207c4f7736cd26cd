"""Guns on arrays: free and taken, in service and out of it, and chargers with guns of several kinds.

The rules of :class:`charging.engine.stations.Group`, ``charging.engine.shared_piles`` and
``charging.engine.operation.chargers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from charging.engine.compiled.state.tables import BUSY, IDLE, MEMBER, OUT, REASONS, Fit, Group, Gun
from charging.engine.compiled.state.world import Note
from charging.power import changes
from charging.power.allocation import SLACK_KW
from charging.power.compiled import inner
from charging.power.curves import CONSTANT, power_at
from charging.power.records import Battery, Pile, Terms
from charging.power.records import Gun as PowerGun

if TYPE_CHECKING:
    from charging.engine.compiled.state.world import World


@inner
def has_free_gun(world: World, fit: int) -> bool:
    """Return whether any gun that suits is free."""
    first = world.book[fit, Fit.FIRST_GROUP]
    for place in range(first, first + world.book[fit, Fit.GROUPS]):
        if world.groups[world.book[place, MEMBER], Group.FREE] > 0:
            return True
    return False


@inner
def best_gun(world: World, fit: int, request: int, now: float) -> int:
    """Return the free gun with the most power now for a vehicle, -1 if none is free."""
    best, chosen = -1.0, -1
    first = world.book[fit, Fit.FIRST_GROUP]
    for place in range(first, first + world.book[fit, Fit.GROUPS]):
        if chosen >= 0 and place == first + world.book[fit, Fit.LEADING]:
            break  # a gun that is taken first is free
        group = world.book[place, MEMBER]
        free = world.groups[group, Group.FREE]
        if free == 0:
            continue
        if world.groups[group, Group.ALONE] > 0:
            gun = top_pile(world, group)
            offer_kw = min(requested_kw(world, request), limit_kw(world, group, request))
        else:
            row = world.groups[group, Group.ROW]
            offer_kw, gun = changes.best_gun(world.rows, world.curves, world.batteries, row, request, now)
        if offer_kw > best + SLACK_KW:
            best, chosen = offer_kw, gun
    return int(chosen)


@inner
def requested_kw(world: World, request: int) -> float:
    """Return the power that a vehicle could take when it plugs in, kW."""
    curve = int(world.batteries[request, Battery.CURVE])
    share = 1.0 if curve == CONSTANT else power_at(world.curves, curve, world.batteries[request, Battery.START_SOC])
    return float(min(world.batteries[request, Battery.ACCEPT_KW] * share, world.batteries[request, Battery.MOST_KW]))


@inner
def limit_kw(world: World, group: int, request: int) -> float:
    """Return the most power that a vehicle gets at a group's guns, kW."""
    return float(world.terms[group, int(world.batteries[request, Battery.MODEL]), Terms.MOST_KW])


@inner
def top_pile(world: World, group: int) -> int:
    """Return the gun of the pile that became idle last, of a group of piles that are alone."""
    return int(world.guns[world.groups[group, Group.FIRST_GUN] + world.groups[group, Group.FREE] - 1, Gun.IDLE_HERE])


@inner
def take(world: World, gun: int) -> None:
    """Keep a gun that ``best_gun`` or ``top_pile`` returned for a vehicle."""
    group = world.guns[gun, Gun.GROUP]
    world.groups[group, Group.FREE] -= 1
    if world.groups[group, Group.ALONE] > 0:
        world.guns[gun, Gun.STATE] = BUSY
    else:
        world.rows[gun, PowerGun.TAKEN] = 1.0


@inner
def give(world: World, gun: int) -> None:
    """Free a gun that was taken."""
    group = world.guns[gun, Gun.GROUP]
    if world.groups[group, Group.ALONE] == 0:
        world.rows[gun, PowerGun.TAKEN] = 0.0
        release(world, gun)
    elif is_down(world, gun):
        world.guns[gun, Gun.STATE] = OUT
    else:
        _push_idle(world, group, gun)


@inner
def release(world: World, gun: int) -> None:
    """Count a gun of a pile that shares as free, which the power kernel has freed."""
    world.groups[world.guns[gun, Gun.GROUP], Group.FREE] += not is_down(world, gun)


@inner
def is_down(world: World, gun: int) -> bool:
    """Return whether the pile of a gun is out of use."""
    group = world.guns[gun, Gun.GROUP]
    return bool(world.book[world.groups[group, Group.FIRST_PILE] + world.guns[gun, Gun.PILE], REASONS] > 0)


@inner
def _push_idle(world: World, group: int, gun: int) -> None:
    """Put a pile that is alone on the stack of idle ones."""
    world.guns[gun, Gun.STATE] = IDLE
    world.guns[world.groups[group, Group.FIRST_GUN] + world.groups[group, Group.FREE], Gun.IDLE_HERE] = gun
    world.groups[group, Group.FREE] += 1


@inner
def take_out(world: World, group: int, pile: int) -> None:
    """Give a pile one more reason to be out of use; a vehicle that charges there may finish."""
    place = world.groups[group, Group.FIRST_PILE] + pile
    world.book[place, REASONS] += 1
    if world.book[place, REASONS] > 1:
        return
    if world.groups[group, Group.ALONE] == 0:
        _switch_shared(world, group, pile, 1.0)
        return
    first_gun = world.groups[group, Group.FIRST_GUN]
    gun = first_gun + pile
    if world.guns[gun, Gun.STATE] == IDLE:
        place = first_gun
        while world.guns[place, Gun.IDLE_HERE] != gun:
            place += 1
        world.groups[group, Group.FREE] -= 1
        for after in range(place, first_gun + world.groups[group, Group.FREE]):
            world.guns[after, Gun.IDLE_HERE] = world.guns[after + 1, Gun.IDLE_HERE]
        world.guns[gun, Gun.STATE] = OUT


@inner
def bring_back(world: World, group: int, pile: int) -> bool:
    """Take a reason away; return whether the pile is in use again."""
    place = world.groups[group, Group.FIRST_PILE] + pile
    world.book[place, REASONS] -= 1
    if world.book[place, REASONS] > 0:
        return False
    if world.groups[group, Group.ALONE] == 0:
        _switch_shared(world, group, pile, 0.0)
    else:
        gun = world.groups[group, Group.FIRST_GUN] + pile
        if world.guns[gun, Gun.STATE] == OUT:
            _push_idle(world, group, gun)
    return True


@inner
def _switch_shared(world: World, group: int, pile: int, down: float) -> None:
    """Put a pile that shares out of use, or back; guns with a vehicle are counted when it leaves."""
    row = world.groups[group, Group.FIRST_PILE_ROW] + pile
    world.rows[row, Pile.DOWN] = down
    first = int(world.rows[row, Pile.FIRST_GUN])
    free = 0
    for gun in range(first, first + world.groups[group, Group.GUNS_PER_PILE]):
        free += world.rows[gun, PowerGun.TAKEN] == 0.0
    world.groups[group, Group.FREE] += -free if down > 0.0 else free


@inner
def occupy(world: World, gun: int) -> None:
    """Let a vehicle stand at a gun: the charger's other piles are out of use."""
    group = world.guns[gun, Gun.GROUP]
    first = world.groups[group, Group.FIRST_OTHER]
    for place in range(first, first + world.groups[group, Group.OTHERS]):
        take_out(world, world.book[place, MEMBER], world.guns[gun, Gun.PILE])


@inner
def vacate(world: World, gun: int) -> int:
    """Let a vehicle leave a gun; note the charger's other groups whose pile is in use again.

    Return how many there are.
    """
    group = world.guns[gun, Gun.GROUP]
    first = world.groups[group, Group.FIRST_OTHER]
    back = 0
    for place in range(first, first + world.groups[group, Group.OTHERS]):
        if bring_back(world, world.book[place, MEMBER], world.guns[gun, Gun.PILE]):
            back += 1
            world.notes[back, Note.GROUP] = world.book[place, MEMBER]
    return back
