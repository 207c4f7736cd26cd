"""Holidays: people who come home for them, and longer trips on the expressway."""
