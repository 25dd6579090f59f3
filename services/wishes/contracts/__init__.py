"""What wishes answers and tells: intake, screening, release, and how a wish stands."""

from services.wishes.contracts.calendar import *
from services.wishes.contracts.campaigns import *
from services.wishes.contracts.cards import *
from services.wishes.contracts.complaints import *
from services.wishes.contracts.confirmation import *
from services.wishes.contracts.events import *
from services.wishes.contracts.evidence import *
from services.wishes.contracts.figures import *
from services.wishes.contracts.intake import *
from services.wishes.contracts.kinds import *
from services.wishes.contracts.looking import *
from services.wishes.contracts.reading import *
from services.wishes.contracts.referral import *
from services.wishes.contracts.refusals import *
from services.wishes.contracts.releasing import *
from services.wishes.contracts.roster import *
from services.wishes.contracts.screening import *
from services.wishes.contracts.taxonomy import *
