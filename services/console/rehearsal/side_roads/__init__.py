"""The side roads of the programme, each played by a class of its own."""

from typing import Any

from services.console.rehearsal.scene import Scene
from services.console.rehearsal.side_roads.aftercare import AftercareRoad
from services.console.rehearsal.side_roads.answering import AnsweringRoad
from services.console.rehearsal.side_roads.batching import BatchingRoad
from services.console.rehearsal.side_roads.campaigning import CampaigningRoad
from services.console.rehearsal.side_roads.celebrating import CelebratingRoad
from services.console.rehearsal.side_roads.claiming_jointly import ClaimingJointlyRoad
from services.console.rehearsal.side_roads.claiming_units import ClaimingUnitsRoad
from services.console.rehearsal.side_roads.complaining import ComplainingRoad
from services.console.rehearsal.side_roads.correcting import CorrectingRoad
from services.console.rehearsal.side_roads.dispatching import DispatchingRoad
from services.console.rehearsal.side_roads.dispatching_teams import DispatchingTeamsRoad
from services.console.rehearsal.side_roads.obliging import ObligingRoad
from services.console.rehearsal.side_roads.overlooking import OverlookingRoad
from services.console.rehearsal.side_roads.owing import OwingRoad
from services.console.rehearsal.side_roads.pooling import PoolingRoad
from services.console.rehearsal.side_roads.printing import PrintingRoad
from services.console.rehearsal.side_roads.projecting import ProjectsRoad
from services.console.rehearsal.side_roads.proving import ProvingRoad
from services.console.rehearsal.side_roads.rechecking import RecheckingRoad
from services.console.rehearsal.side_roads.recognising import RecognisingRoad
from services.console.rehearsal.side_roads.referring import ReferringRoad
from services.console.rehearsal.side_roads.repeating import RepeatingRoad
from services.console.rehearsal.side_roads.rushing import RushingRoad
from services.console.rehearsal.side_roads.side_road import SideRoad
from services.console.rehearsal.side_roads.signing import SigningRoad
from services.console.rehearsal.side_roads.suggesting import SuggestingRoad
from services.console.rehearsal.side_roads.teaming import TeamingRoad
from services.console.rehearsal.side_roads.visiting import VisitingRoad
from services.console.rehearsal.side_roads.visiting_teams import VisitingTeamsRoad
from services.console.rehearsal.side_roads.waiting_in_line import WaitingInLineRoad

SIDE_ROADS: dict[str, type[SideRoad[Any]]] = {
    "complaining": ComplainingRoad,
    "campaigning": CampaigningRoad,
    "celebrating": CelebratingRoad,
    "repeating": RepeatingRoad,
    "printing": PrintingRoad,
    "proving": ProvingRoad,
    "referring": ReferringRoad,
    "rechecking": RecheckingRoad,
    "recognising": RecognisingRoad,
    "correcting": CorrectingRoad,
    "answering": AnsweringRoad,
    "owing": OwingRoad,
    "signing": SigningRoad,
    "rushing": RushingRoad,
    "obliging": ObligingRoad,
    "batches": BatchingRoad,
    "units": ClaimingUnitsRoad,
    "teams": TeamingRoad,
    "joint": ClaimingJointlyRoad,
    "pooling": PoolingRoad,
    "waiting": WaitingInLineRoad,
    "suggesting": SuggestingRoad,
    "overlooked": OverlookingRoad,
    "visits": VisitingRoad,
    "projects": ProjectsRoad,
    "aftercare": AftercareRoad,
    "dispatching_teams": DispatchingTeamsRoad,
    "visiting_teams": VisitingTeamsRoad,
    "dispatching": DispatchingRoad,  # last: it acts in the evening, too
}
"""By their tables in the scenario file, in the order in which they act within a day."""


def side_roads_of(scene: Scene) -> list[SideRoad[Any]]:
    """Return the side roads that the scenario takes, as far as the city is laid out."""
    taken = scene.scenario.programme.roads_among(scene.cast.areas)
    return [road(scene, taken[name]) for name, road in SIDE_ROADS.items() if name in taken]


__all__ = ["SIDE_ROADS", "SideRoad", "side_roads_of"]
