"""Tests of claims on real servers; see docs/architecture.md."""
