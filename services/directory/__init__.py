"""The directory owns who and where: the tree of areas, units, members, accounts and their rights.

It does not own residents (wishes) nor what members do (claims, points). Others keep copies of its areas,
units and members from its events.
"""
