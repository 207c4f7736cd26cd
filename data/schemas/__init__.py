"""Schemas of the county tables and of the tables that cross rooms."""
