"""The doors of the directory."""

from functools import partial
from typing import Any

from eventlet import tpool
from msgspec.structs import replace

from services.chassis.messaging.entrypoints import answers
from services.chassis.refusals import Refusal
from services.chassis.work_provider import SettingsProvider, WorkProvider
from services.directory import forms, passwords, queries, usecases
from services.directory.contracts import (
    AddAccount,
    AddAreas,
    AddMembers,
    AddUnits,
    ChangeAreaSettings,
    ChangeMemberPhone,
    ChangePassword,
    ChangeTeam,
    CloseAccount,
    CloseTeam,
    CreateTeam,
    GrantRole,
    ImportPeople,
    ListAccounts,
    ListAreas,
    ListEndedSessions,
    ListMembers,
    ListTeams,
    ListUnits,
    MyTeams,
    RemoveMember,
    RenameArea,
    RequestSignInCode,
    ResetPassword,
    RevokeRole,
    SetFreeHours,
    SignInWithCode,
    SignInWithPassword,
    UndoPeopleImport,
    WhoAmI,
)
from services.directory.models import Base
from services.directory.settings import DirectorySettings


def _said(outcome: Any) -> Any:
    """Return an answer; raise a refusal that was returned, so that what it counted is committed by now."""
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _without_key(command: Any) -> Any:
    """Return a sign-in that leaves no receipt: whoever learned its key could sign in with it again."""
    return replace(command, key=None)


class DirectoryService:
    """Answers who and where. Whatever takes the processor long (sheets, passwords) runs in a thread."""

    name = "directory"
    tables = Base.metadata
    work = WorkProvider()
    settings = SettingsProvider(DirectorySettings)

    # -- areas

    @answers(AddAreas)
    def add_areas(self, command: AddAreas) -> Any:
        return self.work.run(command, usecases.add_areas)

    @answers(RenameArea)
    def rename_area(self, command: RenameArea) -> Any:
        return self.work.run(command, usecases.rename_area)

    @answers(ChangeAreaSettings)
    def change_area_settings(self, command: ChangeAreaSettings) -> Any:
        return self.work.run(command, usecases.change_area_settings)

    @answers(ListAreas)
    def list_areas(self, query: ListAreas) -> Any:
        return self.work.read(query, queries.list_areas)

    # -- units and members

    @answers(AddUnits)
    def add_units(self, command: AddUnits) -> Any:
        return self.work.run(command, usecases.add_units)

    @answers(ListUnits)
    def list_units(self, query: ListUnits) -> Any:
        return self.work.read(query, queries.list_units)

    @answers(AddMembers)
    def add_members(self, command: AddMembers) -> Any:
        return self.work.run(command, usecases.add_members)

    @answers(RemoveMember)
    def remove_member(self, command: RemoveMember) -> Any:
        return self.work.run(command, usecases.remove_member)

    @answers(ChangeMemberPhone)
    def change_member_phone(self, command: ChangeMemberPhone) -> Any:
        return self.work.run(command, usecases.change_member_phone)

    @answers(ListMembers)
    def list_members(self, query: ListMembers) -> Any:
        return self.work.read(query, queries.list_members)

    @answers(SetFreeHours)
    def set_free_hours(self, command: SetFreeHours) -> Any:
        return self.work.run(command, usecases.set_free_hours)

    # -- teams

    @answers(CreateTeam)
    def create_team(self, command: CreateTeam) -> Any:
        return self.work.run(command, usecases.create_team)

    @answers(ChangeTeam)
    def change_team(self, command: ChangeTeam) -> Any:
        return self.work.run(command, usecases.change_team)

    @answers(CloseTeam)
    def close_team(self, command: CloseTeam) -> Any:
        return self.work.run(command, usecases.close_team)

    @answers(ListTeams)
    def list_teams(self, query: ListTeams) -> Any:
        return self.work.read(query, queries.list_teams)

    @answers(MyTeams)
    def my_teams(self, query: MyTeams) -> Any:
        return self.work.read(query, queries.my_teams)

    # -- imports

    @answers(ImportPeople)
    def import_people(self, command: ImportPeople) -> Any:
        area_code = self.work.read(command, usecases.area_code_for)
        reading = tpool.execute(forms.read, command.file_name, command.content, area_code, command.form)
        return self.work.run(command, partial(usecases.import_people, reading=reading))

    @answers(UndoPeopleImport)
    def undo_people_import(self, command: UndoPeopleImport) -> Any:
        return self.work.run(command, usecases.undo_people_import)

    # -- accounts

    @answers(AddAccount)
    def add_account(self, command: AddAccount) -> Any:
        self.work.read(command, usecases.check_new_account)
        password_hash = passwords.hash_password(command.password)
        return self.work.run(command, partial(usecases.add_account, password_hash=password_hash))

    @answers(GrantRole)
    def grant_role(self, command: GrantRole) -> Any:
        return self.work.run(command, usecases.grant_role)

    @answers(RevokeRole)
    def revoke_role(self, command: RevokeRole) -> Any:
        return self.work.run(command, usecases.revoke_role)

    @answers(ChangePassword)
    def change_password(self, command: ChangePassword) -> Any:
        counted = partial(usecases.count_own_password_try, settings=self.settings)
        kept = self.work.run(_without_key(command), counted)
        proven = passwords.proven_hash(kept, command.old_password)
        password_hash = passwords.hash_password(command.new_password)
        usecase = partial(usecases.change_password, proven=proven, password_hash=password_hash)
        return self.work.run(_without_key(command), usecase)

    @answers(ResetPassword)
    def reset_password(self, command: ResetPassword) -> Any:
        self.work.read(command, usecases.check_reset)
        password_hash = passwords.hash_password(command.password)
        return self.work.run(command, partial(usecases.reset_password, password_hash=password_hash))

    @answers(CloseAccount)
    def close_account(self, command: CloseAccount) -> Any:
        return self.work.run(command, usecases.close_account)

    @answers(ListAccounts)
    def list_accounts(self, query: ListAccounts) -> Any:
        return self.work.read(query, queries.list_accounts)

    # -- signing in

    @answers(RequestSignInCode)
    def request_sign_in_code(self, command: RequestSignInCode) -> Any:
        return self.work.run(command, partial(usecases.request_sign_in_code, settings=self.settings))

    @answers(SignInWithCode)
    def sign_in_with_code(self, command: SignInWithCode) -> Any:
        usecase = partial(usecases.sign_in_with_code, settings=self.settings)
        return _said(self.work.run(_without_key(command), usecase))

    @answers(SignInWithPassword)
    def sign_in_with_password(self, command: SignInWithPassword) -> Any:
        attempt = _without_key(command)
        kept = self.work.run(attempt, partial(usecases.count_password_try, settings=self.settings))
        proven = passwords.proven_hash(kept, command.password)
        return self.work.run(attempt, partial(usecases.sign_in_with_password, proven=proven))

    @answers(WhoAmI)
    def who_am_i(self, query: WhoAmI) -> Any:
        return self.work.read(query, queries.who_am_i)

    @answers(ListEndedSessions)
    def list_ended_sessions(self, query: ListEndedSessions) -> Any:
        return self.work.read(query, queries.list_ended_sessions)
