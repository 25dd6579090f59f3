"""Tests of points on real servers; see docs/architecture.md."""
