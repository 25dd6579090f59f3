"""What the directory reads: areas, units, members, accounts; lists by keyset, people masked."""

from services.directory.queries.accounts import list_accounts, who_am_i
from services.directory.queries.areas import list_areas
from services.directory.queries.people import list_members, list_units
from services.directory.queries.sessions import list_ended_sessions
from services.directory.queries.teams import list_teams, my_teams

__all__ = [
    "list_accounts",
    "list_areas",
    "list_ended_sessions",
    "list_members",
    "list_teams",
    "list_units",
    "my_teams",
    "who_am_i",
]
