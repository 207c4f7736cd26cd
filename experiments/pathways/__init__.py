"""Paths over years: outlook of energy, carbon 2020 to 2035, modal shift."""
