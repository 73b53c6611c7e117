"""Measuring quality against peers. Not shipped."""
