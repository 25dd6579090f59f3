"""Claims owns who takes a wish and sees it through: offers and their places, claims, delivery, confirmation.

It keeps its own copy of released wishes as offers, of members as those who may claim, and of the settings
of areas. It does not own points nor messages. Where one member takes one place today, pooled pledges, teams,
units, waiting lists and dispatch will be further ways to take places: they meet an offer only through
`domain.Places`.
"""
