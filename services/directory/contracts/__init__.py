"""What the directory answers and tells: areas, units, members, accounts, sign-in."""

from services.directory.contracts.accounts import *
from services.directory.contracts.areas import *
from services.directory.contracts.imports import *
from services.directory.contracts.members import *
from services.directory.contracts.sign_in import *
from services.directory.contracts.teams import *
from services.directory.contracts.units import *
