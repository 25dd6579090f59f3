"""What becomes of a claim that is seen through: delivered by its doer, confirmed by somebody else."""

from datetime import date
from functools import partial
from random import Random
from uuid import UUID

from services.chassis.contracts import Command
from services.chassis.rights import Actor
from services.claims.contracts import (
    ConfirmByResident,
    ConfirmFulfilment,
    DeliverClaim,
    LookUpContact,
    OfferView,
    ReportNotDone,
)
from services.console.rehearsal.scene import Scene

LEVELS = (5, 4, 3, 2, 1)


class Fulfilling:
    """Lets a doer deliver within days, and the resident or a worker say how it was."""

    def __init__(self, scene: Scene) -> None:
        """Take what is at hand."""
        self._scene, self._weights = scene, scene.scenario.behaviour.satisfaction

    def see_through(
        self,
        offer: OfferView,
        claim_id: UUID,
        doer: Actor,
        on: date,
        dice: Random,
        is_disputed: bool = False,
    ) -> date:
        """Mean to deliver a claim and to have it confirmed; return the day on which it is."""
        deliver_on, confirm_on = self._scene.rhythm.comes_true(on, dice)
        satisfaction = dice.choices(LEVELS, self._weights)[0]
        self._scene.doers[claim_id] = doer
        self._scene.later(deliver_on, partial(self._deliver, doer, claim_id))
        self._scene.later(confirm_on, partial(self._confirm, offer, claim_id, is_disputed, satisfaction))
        return confirm_on

    def _deliver(self, doer: Actor, claim_id: UUID) -> None:
        self._scene.attempt(LookUpContact(by=doer, claim_id=claim_id))
        self._scene.attempt(DeliverClaim(by=doer, claim_id=claim_id, note="已送到家中。"))

    def _confirm(self, offer: OfferView, claim_id: UUID, is_disputed: bool, satisfaction: int) -> None:
        worker = self._scene.worker_at(offer.community_id)
        code = self._scene.confirmation_codes.get(offer.code)
        command: Command = ConfirmFulfilment(
            by=worker, claim_id=claim_id, note="已电话回访。", satisfaction=satisfaction
        )
        if is_disputed:
            command = ReportNotDone(by=worker, claim_id=claim_id, reason="居民反映尚未收到。")
        elif code and offer.places == 1:
            command = ConfirmByResident(
                wish_code=offer.code, confirmation_code=code, satisfaction=satisfaction
            )
        self._scene.attempt(command)
