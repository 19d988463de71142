"""Prossima: a district's community welfare as linked open data."""

__version__ = "0.1.0"
