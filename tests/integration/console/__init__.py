"""Tests of the console on real servers; see docs/architecture.md."""
