"""Sizing of LNG stations and of shore charging."""
