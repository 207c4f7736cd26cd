"""How the power of piles and connections is divided when something changes."""

from .curves import level_of

SLACK = 1e-9


class Power:
    """The rules of division; a part of the network, which has the events."""

    def divide(self, now, pile, *, came=False):
        """Divide the power anew after a change at a pile."""
        station = pile.station
        if station.limit is None:
            self.divide_pile(now, pile)
            return
        was = station.bound
        if came or was:
            station.bound = self.claims(now, station) > station.limit + SLACK
        if station.bound:
            self.divide_connection(now, station)
        else:
            for each in station.piles() if was else [pile]:
                self.divide_pile(now, each)

    def divide_pile(self, now, pile):
        """Divide the power of a pile."""
        for car in pile.order:
            car.move(now)
        shares, tight = pile.shares()
        for car, share in zip(pile.order, shares, strict=True):
            car.set_cap(share, watch=tight)

    def claims(self, now, station):
        """Return the most that all cars behind a connection may still draw, kW at the meter."""
        total = 0.0
        for pile in station.piles():
            for car in pile.order:
                car.move(now)
            if pile.order:
                wanted = sum(car.peak() / car.charge["per_rated"] for car in pile.order)
                onwards = min(car.charge["efficiency"] / car.charge["per_rated"] for car in pile.order)
                total += min(wanted, pile.group["pile_kw"]) / onwards
        return total

    def divide_connection(self, now, station):
        """Divide a connection that may bind, on top of the piles' own rules."""
        draws = {}
        for pile in station.piles():
            if pile.order:
                for car in pile.order:
                    car.move(now)
                shares = pile.shares()[0]
                draws |= {
                    car: (share, min(share, car.wish()) / car.charge["efficiency"])
                    for car, share in zip(pile.order, shares, strict=True)
                }
        level = level_of(station.limit, [metered for _, metered in draws.values()])
        for car, (share, metered) in draws.items():
            car.set_cap(share if metered <= level else level * car.charge["efficiency"], watch=True)
