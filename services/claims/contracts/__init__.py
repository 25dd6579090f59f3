"""What claims answers and tells: offers on the board, claims, delivery, confirmation."""

from services.claims.contracts.aftercare import *
from services.claims.contracts.claimants import *
from services.claims.contracts.claiming import *
from services.claims.contracts.dispatch import *
from services.claims.contracts.escalation import *
from services.claims.contracts.events import *
from services.claims.contracts.kinds import *
from services.claims.contracts.pledging import *
from services.claims.contracts.projects import *
from services.claims.contracts.reading import *
from services.claims.contracts.refusals import *
from services.claims.contracts.sufficing import *
from services.claims.contracts.suggesting import *
from services.claims.contracts.visiting import *
from services.claims.contracts.waiting import *
