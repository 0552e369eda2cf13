"""Sessions, one's own account, the accounts of others, the audit."""

from __future__ import annotations

from collections.abc import Iterator

from tests.events.reports import uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import places, reaches, refused
from tests.matrix.places import AREAS, PEOPLE, Person, relation
from tests.matrix.world import World


def others(person: Person, kin: str, most: int = 3) -> list[Person]:
    """Accounts whose home stands in one relation to where somebody works."""
    found = [one for one in PEOPLE.values() if not one.anonymous and relation(person, one.home) == kin]
    return [one for one in found if one.name != person.name][:most]


def who(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Whoever asks is told who they are, and what they may."""

    def check(world: World, person: Person, answer: Answer) -> None:
        got = answer.json
        assert answer.status == 200
        allowed = [one for one in may.PERMISSIONS if may.holds(person, one)]
        assert got["permissions"] == allowed
        if may.is_somebody(person):
            assert got["account"]["username"] == person.name
            roles = sorted(row["role"] for row in got["roles"])
            assert roles == sorted(held.role for held in person.held), "a role that has ended, or none"
            assert got["must_change"] is person.must_change
        else:
            assert got["account"] is None
            assert got["roles"] == []

    yield Call("/api/v1/session", check)


def leave(path: str) -> Calls:
    """Logging out; undone afterwards, for the next case."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        def check(world: World, person: Person, answer: Answer) -> None:
            assert answer.status in {200, 204}, answer.code

        try:
            yield Call(path, check, "DELETE")
        finally:
            if may.is_somebody(person):
                world.let_in_again(person.name)

    return calls


def shut(world: World, person: Person, answer: Answer) -> None:
    """Not let in: the same words for a wrong name and a wrong password, until it was tried too often."""
    assert (answer.status, answer.code) in {(401, "login_refused"), (429, "too_many_logins")}


def wrong_login(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One answer for a name that is there and one that is not."""
    for name in (person.name, uuid7()):
        body = {"username": name, "password": "Not-it-2026!"}
        yield Call("/api/v1/session", shut, "POST", body=body)


def mine(path: str, what: str) -> Calls:
    """A list of one's own things."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        wanted = what == "sessions" or person.has_token
        assert (len(answer.json["items"]) > 0) == wanted

    return plain(path, check)


def wrong_password(method: str, path: str, **body: str) -> Calls:
    """A change of one's own account asks for the password, which nobody here has."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        def check(world: World, person: Person, answer: Answer) -> None:
            assert answer.status in {403, 422, 429}, answer.code
            assert answer.code not in {"permission_denied", "csrf", "login_required"}

        yield Call(path, check, method, body=body)

    return calls


def new_token(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A token may do no more than its maker."""
    for permission in ("audit.read", "accounts.manage", "events.read"):

        def check(world: World, person: Person, answer: Answer, permission: str = permission) -> None:
            if may.holds(person, permission):
                assert answer.status == 201, answer.code
            else:
                assert (answer.status, answer.code) == (403, "permission_denied")

        body = {"name": "matrix", "permissions": [permission]}
        yield Call("/api/v1/account/tokens", check, "POST", body=body)


def foreign_token(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Nobody revokes another's token here, and nobody learns of it."""
    yield Call("/api/v1/account/tokens/1", refused(404, "no_such_token"), "DELETE")


def accounts(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The accounts of the areas one looks after."""
    for place in [None, *places(person, kin, most=1)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            if place is not None and not reaches(person, "accounts.read", place):
                assert answer.code == "outside_scope" or answer.json["items"] == []
                return
            wanted = {
                one.name
                for one in PEOPLE.values()
                if may.sees_account(person, one) and (place is None or may.within([one.home], place))
            }
            got = {item["username"] for item in answer.json["items"]} & set(PEOPLE)
            assert got == wanted, got ^ wanted

        params = {"limit": "200"} | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/accounts", check, params=params)


def account(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One account, there for whom it exists."""
    for other in others(person, kin):

        def check(world: World, person: Person, answer: Answer, other: Person = other) -> None:
            if may.sees_account(person, other):
                assert answer.status == 200
                assert answer.json["username"] == other.name
            else:
                assert (answer.status, answer.code) == (404, "no_such_account")
                assert other.name not in answer.text

        yield Call(f"/api/v1/accounts/{world.accounts[other.name]}", check)


def managing(method: str, tail: str = "", body: object = None, *, grant: bool = False) -> Calls:
    """A change of an account: done where one manages it, and elsewhere there is no such account."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for home in places(person, kin, most=1):

            def check(world: World, person: Person, answer: Answer, home: str = home) -> None:
                if may.covers(person, MANAGE, home):
                    assert answer.status in {200, 201, 204}, answer.code
                else:
                    seen = may.covers(person, "accounts.read", home)
                    assert answer.status in ({403, 404} if seen else {404})

            made, held = world.spare(home)
            path = f"/api/v1/accounts/{made}{tail}" + (f"/{held}" if grant else "")
            headers = {"If-Match": '"1"'} if method == "PATCH" else {}
            yield Call(path, check, method, body=body, headers=headers)

    return calls


def new_account(world: World, person: Person, kin: str) -> Iterator[Call]:
    """An account in an area one administers; nowhere else."""
    for place in places(person, kin, most=1):

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            if may.covers(person, "accounts.manage", place):
                assert answer.status == 201, answer.code
            else:
                assert answer.status in {403, 404, 422}, answer.code

        body = {"username": f"m{uuid7()[-12:]}", "display_name": "x", "home": AREAS[place][0]}
        yield Call("/api/v1/accounts", check, "POST", body=body)


def new_grant(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A role for somebody one manages, in an area one manages; never more than that, nor for oneself."""
    for place in places(person, kin, most=1):
        for home in ("a111", "b1", None):

            def check(
                world: World, person: Person, answer: Answer, place: str = place, home: str | None = home
            ) -> None:
                if home and may.covers(person, MANAGE, home) and may.covers(person, MANAGE, place):
                    assert answer.status == 201, answer.code
                else:
                    assert answer.status in {403, 404, 422}, answer.code

            account = world.spare(home)[0] if home else world.accounts.get(person.name, 1)
            role = "grid_lead" if AREAS[place][1] == "grid" else "leader"
            body = {"role": role, "area": AREAS[place][0]}
            yield Call(f"/api/v1/accounts/{account}/grants", check, "POST", body=body)


def audit(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What happened in the areas one audits."""
    for place in [None, *places(person, kin, most=1)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            if place is not None and not reaches(person, "audit.read", place):
                assert answer.code == "outside_scope" or answer.json["items"] == []
                return
            assert answer.status == 200, answer.code
            wanted = {
                f"planted-{key}~"
                for key in (*AREAS, None)
                if may.sees_audit(person, key) and (place is None or (key and may.within([key], place)))
            }
            got = {item["object_id"] for item in answer.json["items"]}
            assert got == wanted, got ^ wanted

        params = {"object_type": "matrix", "limit": "100"} | (
            {} if place is None else {"area": AREAS[place][0]}
        )
        yield Call("/api/v1/audit", check, params=params)


MANAGE = "accounts.manage"
OPERATIONS = {
    "read_session": Operation("greeting", who),
    "log_in": Operation("greeting", wrong_login, writes=True),
    "log_out": Operation("own", leave("/api/v1/session"), writes=True),
    "log_out_everywhere": Operation("own", leave("/api/v1/sessions"), writes=True, session_only=True),
    "list_sessions": Operation("own", mine("/api/v1/sessions", "sessions"), session_only=True),
    "change_password": Operation(
        "own", wrong_password("PUT", "/api/v1/account/password", old="Wrong-2026!", new="Fresh-word-2026!"),
        writes=True, session_only=True),
    "begin_totp": Operation(
        "self", wrong_password("POST", "/api/v1/account/totp", password="Wrong-2026!"), writes=True, session_only=True),
    "confirm_totp": Operation(
        "self", wrong_password("PUT", "/api/v1/account/totp", sealed="x", code="000000"), writes=True, session_only=True),
    "remove_totp": Operation(
        "self", wrong_password("DELETE", "/api/v1/account/totp", password="Wrong-2026!"), writes=True, session_only=True),
    "list_tokens": Operation("self", mine("/api/v1/account/tokens", "tokens"), session_only=True),
    "create_token": Operation("self", new_token, writes=True, session_only=True),
    "revoke_token": Operation("self", foreign_token, writes=True, session_only=True),
    "list_roles": Operation("self", plain("/api/v1/roles")),
    "list_accounts": Operation("accounts.read", accounts, "areas"),
    "read_account": Operation("accounts.read", account, "areas"),
    "create_account": Operation(MANAGE, new_account, "areas", writes=True),
    "update_account": Operation(
        MANAGE, managing("PATCH", body={"display_name": "renamed"}), "areas", writes=True
    ),
    "reset_password": Operation(MANAGE, managing("POST", "/password-reset"), "areas", writes=True),
    "end_account_sessions": Operation(MANAGE, managing("DELETE", "/sessions"), "areas", writes=True),
    "create_grant": Operation(MANAGE, new_grant, "areas", writes=True),
    "end_grant": Operation(MANAGE, managing("DELETE", "/grants", grant=True), "areas", writes=True),
    "list_audit": Operation("audit.read", audit, "areas"),
}  # fmt: skip
