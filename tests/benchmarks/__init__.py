"""Benchmarks: each measures the application and its peers in turns in one run. Never run as a test."""
