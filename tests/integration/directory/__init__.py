"""Tests of the directory on real servers; see docs/architecture.md."""
