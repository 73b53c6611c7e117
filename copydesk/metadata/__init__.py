"""Facts that metadata blocks state: title, authors, publication time, source URL."""

from copydesk.metadata.facts import read_facts

__all__ = ["read_facts"]
