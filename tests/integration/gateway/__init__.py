"""Tests of the gateway on real servers; see docs/architecture.md."""
