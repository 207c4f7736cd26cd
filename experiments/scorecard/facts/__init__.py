"""Figures behind the answers to a target that take a module of their own."""
