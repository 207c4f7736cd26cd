"""Sections of docs/validation.md, which `benchmarks/validation_page.py` writes."""
