"""Claims owns who takes a wish and sees it through: offers and their places, claims, delivery, confirmation.

It keeps its own copy of released wishes as offers. It does not own points nor messages.
"""
