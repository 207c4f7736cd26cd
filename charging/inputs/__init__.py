"""What a run is given beside layout and requests: behaviour, outages, tariff."""
