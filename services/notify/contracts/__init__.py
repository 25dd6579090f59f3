"""What notify answers: a person's inbox, and what became of messages."""

from services.notify.contracts.bursts import *
from services.notify.contracts.costs import *
from services.notify.contracts.deciding import *
from services.notify.contracts.deliveries import *
from services.notify.contracts.ending import *
from services.notify.contracts.handles import *
from services.notify.contracts.inbox import *
from services.notify.contracts.operating import *
from services.notify.contracts.outcomes import *
from services.notify.contracts.pushes import *
from services.notify.contracts.wording import *
