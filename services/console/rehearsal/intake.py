"""How one wish is entered and accepted, whichever road it takes."""

from typing import Any

from services.chassis.refusals import Refusal
from services.console.demo import resident_details, wish_details
from services.console.rehearsal.cast import Community
from services.console.rehearsal.layout import Wish
from services.console.rehearsal.scene import Scene
from services.wishes.contracts import (
    AcceptWish,
    Category,
    Claimant,
    Door,
    EnterWish,
    SubmitWish,
    WishDetails,
    WishReceipt,
    WishView,
)

BEYOND_CEILING = "确属急需，由多人合力或企业认领。"


def enter(scene: Scene, wish: Wish, door: Door, **more: Any) -> WishReceipt:
    """Let a worker enter a wish that was told by this door; what the resident takes home is kept."""
    community = scene.cast.communities[wish.community]
    said = _said(scene, wish) | {"by": community.worker, "door": door} | more
    return _say(scene, EnterWish(**said))


def submit(scene: Scene, wish: Wish) -> WishReceipt:
    """Let a resident say a wish without an account."""
    return _say(scene, SubmitWish(**_said(scene, wish)))


def details_of(scene: Scene, wish: Wish) -> WishDetails:
    """Return a wish of the layout in the shape of the contract."""
    return wish_details(wish, scene.scenario.skills)


def accept(scene: Scene, community: Community, wish: WishView, **decided: Any) -> None:
    """Accept a wish: sorted, weighed, with whom it suits, and with a reason above the ceiling."""
    template = scene.template_of(wish.title)
    value = wish.value or (template.value if template else 0)
    command = AcceptWish(
        **{
            "by": community.worker,
            "wish_id": wish.id,
            "category": wish.category or Category(template.category if template else "convenience"),
            "value": value,
            "suitable": _suitable(scene, value, decided.get("places")),
            **decided,
        }
    )
    try:
        scene.ask(command)
    except Refusal as refusal:
        if refusal.code != "wishes.ceiling_reason_needed":
            raise
        told = {field: getattr(command, field) for field in command.__struct_fields__ if field != "key"}
        scene.ask(AcceptWish(**told | {"ceiling_reason": BEYOND_CEILING}))


def _said(scene: Scene, wish: Wish) -> dict[str, Any]:
    return {
        "community_id": scene.cast.communities[wish.community].id,
        "wish": details_of(scene, wish),
        "resident": resident_details(wish.resident),
        "key": f"wish-{wish.number}",
    }


def _say(scene: Scene, command: EnterWish | SubmitWish) -> WishReceipt:
    receipt: WishReceipt = scene.ask(command)
    scene.unscreened.add(command.community_id)
    scene.confirmation_codes[receipt.code] = receipt.confirmation_code
    return receipt


def _suitable(scene: Scene, value: int, places: int | None) -> Claimant:
    """Return whom a wish suits: what is dear a unit, what has places several, anything else one member."""
    if value > scene.scenario.ceiling:
        return Claimant.UNIT
    return Claimant.SEVERAL if places and places > 1 else Claimant.MEMBER
