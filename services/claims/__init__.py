"""Claims owns who takes a wish and sees it through: offers and their places, claims, delivery, confirmation.

It keeps its own copy of released wishes as offers, of members, teams and units as those who may claim, and of
the settings of areas. It does not own points nor messages. One member takes a place, or a team or unit does,
several jointly, a pool of pledges, whoever is next in line, or whom a worker asks: each of these ways meets
an offer only through `domain.Places`.
"""
