"""Benchmarks: speed as ratios against a peer of the same run; `make bench`, `python -m tests.bench NAME`."""
