"""The verbs of the directory, one function each: areas, units, members, imports, accounts, signing in."""

from services.directory.usecases.accounts import (
    add_account,
    change_password,
    check_new_account,
    check_reset,
    close_account,
    count_own_password_try,
    grant_role,
    reset_password,
    revoke_role,
)
from services.directory.usecases.areas import add_areas, change_area_settings, rename_area
from services.directory.usecases.imports import area_code_for, import_people
from services.directory.usecases.members import (
    add_members,
    change_member_phone,
    remove_member,
    set_free_hours,
)
from services.directory.usecases.sign_in import (
    count_password_try,
    request_sign_in_code,
    sign_in_with_code,
    sign_in_with_password,
)
from services.directory.usecases.teams import change_team, close_team, create_team
from services.directory.usecases.undoing import undo_people_import
from services.directory.usecases.units import add_units

__all__ = [
    "add_account",
    "add_areas",
    "add_members",
    "add_units",
    "area_code_for",
    "change_area_settings",
    "change_member_phone",
    "change_password",
    "change_team",
    "check_new_account",
    "check_reset",
    "close_account",
    "close_team",
    "count_own_password_try",
    "count_password_try",
    "create_team",
    "grant_role",
    "import_people",
    "remove_member",
    "rename_area",
    "request_sign_in_code",
    "reset_password",
    "revoke_role",
    "set_free_hours",
    "sign_in_with_code",
    "sign_in_with_password",
    "undo_people_import",
]
