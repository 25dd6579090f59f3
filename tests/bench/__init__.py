"""Benchmarks: speed as ratios against a peer measured in the same run; `make bench`, `python -m tests.bench NAME`."""
