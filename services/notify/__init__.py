"""Notify owns who is told what, in which words, by which channel, once: messages, deliveries, attempts.

No other service knows that a channel exists.
"""
