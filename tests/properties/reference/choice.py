"""Where drivers go: ways, expected waits and costs, and who is turned away."""

import math

GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)


class Choice:
    """The rules of choice; a part of the network, which has the events."""

    def ways(self, car, origin):
        """Return stations that suit, with minutes, nearest first, from an origin or from a station."""
        roads = self.network["roads"]
        fitting = [station for station in self.stations if station.suits(car.wanted)]
        if roads is None:
            return [(0.0, station) for station in fitting if station.name != origin]
        direct = {station: roads.get((car.origin, station.name)) for station in fitting}
        onward = {station: roads.get((origin, station.name), minutes) for station, minutes in direct.items()}
        ways = [(minutes, station) for station, minutes in onward.items() if direct[station] is not None]
        return sorted((way for way in ways if way[1].name != origin), key=lambda way: (way[0], way[1].number))

    def in_time(self, now, car, ways):
        """Return the ways that end before the driver has to leave."""
        return [way for way in ways if now + way[0] < car.leave_by]

    def choose(self, now, car, ways):
        """Return the way with the least cost, or one of those that are as good to the driver, by turns."""
        live = self.network["information"] == "live"
        margin = self.network["indifference_min"]
        costs = [self.cost(now, car, way, self.wait_seen(car, way[1]) if live else 0.0) for way in ways]
        if not margin:
            return ways[costs.index(min(costs))]
        good = [way for way, cost in zip(ways, costs, strict=True) if cost <= min(costs) + margin]
        weights = [way[1].guns(car.wanted) for way in good]
        point = (car.number * GOLDEN) % 1.0 * sum(weights)
        for way, weight in zip(good, weights, strict=True):
            point -= weight
            if point < 0.0:
                return way
        return good[-1]

    def cost(self, now, car, way, wait):
        """Return the generalised cost of a station, minutes."""
        minutes, station = way
        cost = minutes + self.network["wait_weight"] * wait
        if self.network["price_weight"]:
            charge = min(car.expects(group) for group in station.suits(car.wanted))
            fee = station.expected_cny(car.energy_kwh, now + minutes + wait, charge)
            cost += self.network["price_weight"] * fee
        return cost

    def wait_seen(self, car, station):
        """Return the wait that a driver expects, minutes: guns go free as fast as cars like this one get full."""
        if station.free_guns(car.wanted) or not car.energy_kwh:
            return 0.0
        kinds, chargers = [], {}
        for group in station.suits(car.wanted):
            kind = group["usable"], car.expects(group)
            if group["charger_id"] is None:
                kinds.append(kind)
            # of the guns of one charger a driver takes the fastest
            elif group["charger_id"] not in chargers or kind[1] < chargers[group["charger_id"]][1]:
                chargers[group["charger_id"]] = kind
        rate = sum(guns / minutes for guns, minutes in (*kinds, *chargers.values()))
        return (station.waiting(car.wanted) + 1) / rate

    def prefers_other(self, now, car, station):
        """Return whether a driver who sees the queue expects to do better elsewhere."""
        if self.network["information"] != "arrival" or len(car.tried) + 1 >= self.network["max_tries"]:
            return False
        others = [way for way in self.ways(car, station.name) if way[1] not in car.tried]
        others = [way for way in others if way[1].is_open(now + way[0])]
        here = self.cost(now, car, (0.0, station), self.wait_seen(car, station))
        return any(self.cost(now, car, way, 0.0) < here for way in others)
