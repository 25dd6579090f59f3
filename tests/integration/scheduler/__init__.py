"""Tests of the scheduler on real servers; see docs/architecture.md."""
