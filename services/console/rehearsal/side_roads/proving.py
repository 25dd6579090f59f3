"""Papers that prove a need (001 申领证明材料): added, looked at on the record, thrown away on their day."""

from random import Random

from services.console.rehearsal.cast import Community
from services.console.rehearsal.programme import Proving
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.wishes.contracts import AddEvidence, LookAtEvidence, RemoveEvidence, WishView

PAPER = b"%PDF-1.4\n% a rehearsal proves nothing about anybody\n%%EOF\n"
THROWN_AWAY_EARLY = 0.2


class ProvingRoad(SideRoad[Proving]):
    """Lets a screener ask for a paper and look at it before deciding."""

    def screen(self, community: Community, wish: WishView, dice: Random) -> bool:
        """Take and read the paper of some wishes; what is decided is decided elsewhere."""
        if self.dice.random() >= self.settings.share:
            return False
        worker = community.worker
        added = AddEvidence(by=worker, wish_id=wish.id, file_name="低保证.pdf", content=PAPER)
        paper_id = self.scene.ask(added).id
        self.scene.ask(LookAtEvidence(by=worker, evidence_id=paper_id))
        if self.dice.random() < THROWN_AWAY_EARLY:
            self.scene.ask(RemoveEvidence(by=worker, evidence_id=paper_id))
        return False
