"""Dates, times, durations and zones: their texts, their arithmetic, their properties."""
