"""Tests of Wishtree, by level; see docs/architecture.md."""
