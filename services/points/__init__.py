"""Points owns what deeds are worth: rules, the append-only ledger, recognitions, half-yearly feedback and replies.

It learns of deeds from claims' events and never asks anybody anything.
"""
