"""Tests of the chassis on real servers; see docs/architecture.md."""
