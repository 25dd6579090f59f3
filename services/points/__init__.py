"""Points owns what deeds are worth: rules, the append-only ledger, recognitions, feedback and replies.

It learns of deeds from claims' events and never asks anybody anything.
"""
