"""Tests of notify on real servers; see docs/architecture.md."""
