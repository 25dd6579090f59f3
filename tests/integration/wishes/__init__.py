"""Tests of wishes on real servers; see docs/architecture.md."""
