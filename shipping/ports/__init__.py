"""Ports: bunkering stations, cargo terminals, shore charging."""
