"""Labelling noise: detectors point, one module decides."""
