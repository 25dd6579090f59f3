"""What points answers and tells: rules, entries, recognitions, feedback, obligations, notices."""

from services.points.contracts.corrections import *
from services.points.contracts.duties import *
from services.points.contracts.feedback import *
from services.points.contracts.kinds import *
from services.points.contracts.ledger import *
from services.points.contracts.notices import *
from services.points.contracts.ranking import *
from services.points.contracts.recognition import *
from services.points.contracts.refusals import *
