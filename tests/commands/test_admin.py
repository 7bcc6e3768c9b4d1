"""`python -m service admin`: accounts and keys on the store alone, SQLite and Firestore alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.__main__ import main
from service.domain.account import Account, ApiKey, Scope
from service.domain.audit import BY_ITSELF, By
from service.domain.campaign import Campaign, CampaignSettings, Status, direct_queue_id
from service.domain.lane import AWAKE, DEFAULT_LANE, Wake
from service.ports import Create, Merge, StoreUnavailable
from service.settings import Settings
from service.usecases import account_queries
from service.usecases.accounts import authenticate
from service.usecases.api_keys import hash_key
from service.wiring import OpenBooks, open_books

SETTINGS = ("REVEILLE_STORE", "REVEILLE_TASKS", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_EMULATOR_HOST", "PORT")
ACME = ("new-account", "Acme", "--country", "US", "--may-call", "US,CA")


class Admin:
    """The command, as it is called on one store."""

    def __init__(self, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
        self._environment = environment
        self._capsys = capsys

    def run(self, *arguments: str) -> list[str]:
        """The lines that it prints, if it does what it should."""
        assert main(["admin", *arguments]) == 0
        said = self._capsys.readouterr()
        assert said.err == ""
        return said.out.splitlines()

    def fail(self, *arguments: str, code: int = 1) -> str:
        """The one line that says why not."""
        try:
            ended = main(["admin", *arguments])
        except SystemExit as exit:  # of argparse
            ended = int(str(exit.code))
        said = self._capsys.readouterr()
        assert (ended, said.out) == (code, "")
        (line,) = said.err.splitlines()
        return line

    def new_account(self, *more: str) -> tuple[str, str]:
        """Its id, and its first key."""
        (first, id), (second, key, *rest) = (line.split() for line in self.run(*ACME, *more))
        assert (first, second, " ".join(rest)) == ("account", "key", "(shown this once)")
        return id, key

    def books(self) -> OpenBooks:
        return open_books(Settings.read(self._environment, for_store=True), BY_ITSELF)


@pytest.fixture(params=["sqlite", "firestore"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    if request.param == "sqlite":
        return {"REVEILLE_STORE": f"sqlite:{tmp_path / 'reveille.db'}"}
    emulator = request.getfixturevalue("emulator")
    return {
        "REVEILLE_STORE": "firestore",
        "GOOGLE_CLOUD_PROJECT": emulator.client().project,
        "FIRESTORE_EMULATOR_HOST": emulator.host,
    }


@pytest.fixture
def admin(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Admin:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Admin(environment, capsys)


@pytest.fixture
def books(admin: Admin) -> Iterator[OpenBooks]:
    books = admin.books()
    yield books
    books.close()


def account_of(books: OpenBooks, id: str) -> Account:
    stored = books.store.get(Account, id)
    assert stored is not None
    return stored.record


def scope_of(books: OpenBooks, key: str) -> Scope | None:
    """None: the key is good for nothing."""
    admitted = authenticate(books, key)
    return admitted.key.record.scope if admitted else None


def id_of(key: str) -> str:
    return f"key_{hash_key(key)}"


# --- accounts -------------------------------------------------------------------------------------------


def test_an_account_is_made_with_its_first_key_on_an_empty_store(admin: Admin, books: OpenBooks) -> None:
    id, key = admin.new_account("--caller", "+13125550100")
    account = account_of(books, id)
    assert (account.name, account.default_country, account.caller) == ("Acme", "US", "+13125550100")
    assert account.allowed_countries == ("US", "CA")
    assert books.store.get(Campaign, direct_queue_id(id)) is not None
    admitted = authenticate(books, key)
    assert admitted is not None
    assert (admitted.account, admitted.key.record.scope) == (account, Scope.ADMIN)


def test_accounts_are_listed_the_oldest_first(admin: Admin) -> None:
    ids = [admin.new_account()[0] for _ in range(3)]
    lines = admin.run("accounts")
    assert [line.split()[0] for line in lines] == ids
    assert lines[0].endswith("  main  US,CA  Acme")


def test_where_there_is_no_account_none_is_listed_and_no_key_is_made(admin: Admin) -> None:
    assert admin.run("accounts") == []
    assert "There is no account yet" in admin.fail("new-key")
    assert "There is no account yet" in admin.fail("keys")


def test_an_account_may_call_everywhere(admin: Admin, books: OpenBooks) -> None:
    id = admin.run("new-account", "Acme", "--country", "DE", "--may-call", "*")[0].split()[1]
    assert account_of(books, id).may_call("JP")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("Acme", "--country", "XX", "--may-call", "US"), "--country"),
        (("Acme", "--country", "us", "--may-call", "US"), "--country"),
        (("Acme", "--country", "US", "--may-call", "US,Canada"), "--may-call"),
        (("Acme", "--country", "US", "--may-call", ""), "--may-call"),
        (("Acme", "--country", "US", "--may-call", "US,*"), "--may-call"),
        (("Acme", "--country", "US", "--may-call", "US", "--caller", "3125550100"), "--caller"),
        ((" ", "--country", "US", "--may-call", "US"), "NAME"),
    ],
)
def test_what_cannot_be_an_account_is_said_in_one_line(
    admin: Admin, arguments: tuple[str, ...], named: str
) -> None:
    assert admin.fail("new-account", *arguments).startswith(f"{named}: ")
    assert admin.run("accounts") == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("new-account", "Acme", "--country", "US"),
        ("new-account", "--country", "US", "--may-call", "US"),
        ("new-key", "--scope", "root"),
        ("revoke-key",),
        ("limits", "acc_1", "--weight", "0"),
        ("limits", "acc_1", "--weight", "nan"),
        ("limits", "acc_1", "--weight", "none"),
        ("limits", "acc_1", "--calls-in-flight", "0"),
        ("limits", "acc_1", "--calls-in-flight", "-1"),
        ("limits", "acc_1", "--caller-calls-in-flight", "many"),
    ],
)
def test_arguments_that_cannot_be_used_are_said_in_one_line(admin: Admin, arguments: tuple[str, ...]) -> None:
    assert "see --help" in admin.fail(*arguments, code=2)


# --- keys -----------------------------------------------------------------------------------------------


def test_a_new_key_is_the_first_accounts_and_an_admins_unless_said_otherwise(
    admin: Admin, books: OpenBooks
) -> None:
    first, second = admin.new_account()[0], admin.new_account()[0]
    (plain,) = admin.run("new-key")
    (other,) = admin.run("new-key", "--account", second, "--scope", "read", "--label", "a dashboard")
    assert (scope_of(books, plain), scope_of(books, other)) == (Scope.ADMIN, Scope.READ)
    assert id_of(plain) in "".join(admin.run("keys"))
    of_second = admin.run("keys", "--account", second)
    assert [line.split()[0] for line in of_second][1:] == [id_of(other)]
    assert of_second[1].endswith(f"  read     ...{other[-4:]}  valid    a dashboard")
    assert first != second


def test_a_revoked_key_is_good_for_nothing_also_the_last_one(admin: Admin, books: OpenBooks) -> None:
    key = admin.new_account()[1]
    for _ in range(2):
        assert admin.run("revoke-key", id_of(key)) == ["revoked"]
    assert scope_of(books, key) is None
    assert " revoked " in admin.run("keys")[0]


def test_a_rotated_key_has_its_label_and_scope_and_the_old_one_ends_in_the_same_commit(
    admin: Admin, books: OpenBooks
) -> None:
    admin.new_account()
    (old,) = admin.run("new-key", "--scope", "operate", "--label", "importer")
    (new,) = admin.run("rotate-key", id_of(old))
    assert (scope_of(books, old), scope_of(books, new)) == (None, Scope.OPERATE)
    one, other = (books.store.get(ApiKey, hash_key(key)) for key in (old, new))
    assert one is not None
    assert other is not None
    assert (one.record.label, other.record.label) == ("importer", "importer")


def test_a_key_is_not_rotated_twice(admin: Admin) -> None:
    key = admin.new_account()[1]
    admin.run("rotate-key", id_of(key))
    assert "is revoked" in admin.fail("rotate-key", id_of(key))
    assert len(admin.run("keys")) == 2


@pytest.mark.parametrize("action", ["revoke-key", "rotate-key"])
@pytest.mark.parametrize("id", ["key_x", "x", f"key_{'0' * 64}", "key_a/b"])
def test_what_is_no_key_is_said_in_one_line(admin: Admin, action: str, id: str) -> None:
    assert admin.fail(action, id) == f"There is no key {id}."


@pytest.mark.parametrize("label", ["", " ", "x" * 101])
def test_a_label_has_what_the_api_lets_it_have(admin: Admin, label: str) -> None:
    admin.new_account()
    assert admin.fail("new-key", "--label", label).startswith("--label: ")


# --- limits ---------------------------------------------------------------------------------------------


def test_limits_are_shown_changed_and_taken_away(admin: Admin, books: OpenBooks) -> None:
    id = admin.new_account()[0]
    shown = admin.run("limits", id)
    assert [line.split("  ")[-1].strip() for line in shown] == ["the default of the system", "no limit", "1"]
    both = ("--calls-in-flight", "7", "--caller-calls-in-flight", "3")
    assert [line.split()[-1] for line in admin.run("limits", id, *both, "--weight", "2.5")] == [
        "7",
        "3",
        "2.5",
    ]
    account = account_of(books, id)
    assert (account.calls_in_flight_max, account.caller_calls_in_flight_max, account.weight) == (7, 3, 2.5)
    admin.run("limits", id, "--calls-in-flight", "none")
    account = account_of(books, id)
    assert (account.calls_in_flight_max, account.caller_calls_in_flight_max, account.weight) == (None, 3, 2.5)


def asleep(books: OpenBooks, id: str) -> None:
    """The lane and a campaign with a call sleep until another day."""
    until = books.clock.now().replace(year=2199)
    campaign = Campaign(
        "cmp_1",
        id,
        DEFAULT_LANE,
        books.clock.now(),
        CampaignSettings("Spring"),
        status=Status.RUNNING,
        next_due_at=until,
    )
    books.store.commit([Create(campaign), Merge(Wake, DEFAULT_LANE, {"at": until})])


def wake_ats(books: OpenBooks) -> list[object]:
    wake, campaign = books.store.get(Wake, DEFAULT_LANE), books.store.get(Campaign, "cmp_1")
    assert wake is not None
    assert campaign is not None
    return [wake.record.at, campaign.record.next_due_at]


def test_other_limits_wake_what_sleeps_by_the_old_ones(admin: Admin, books: OpenBooks) -> None:
    id = admin.new_account()[0]
    asleep(books, id)
    admin.run("limits", id)
    assert AWAKE not in wake_ats(books)
    admin.run("limits", id, "--calls-in-flight", "7")
    assert wake_ats(books) == [AWAKE, AWAKE]


@pytest.mark.parametrize("id", ["acc_nobody", "", "acc_a/b", "__x__", "acc_" + "x" * 2000])
def test_what_is_no_account_is_said_in_one_line(admin: Admin, id: str) -> None:
    for arguments in (
        ("limits", id, "--weight", "2"),
        ("new-key", "--account", id),
        ("keys", "--account", id),
    ):
        assert admin.fail(*arguments).startswith("There is no account ")


# --- settings -------------------------------------------------------------------------------------------


def test_it_needs_no_settings_but_the_stores(environment: dict[str, str], admin: Admin) -> None:
    assert set(environment) <= {"REVEILLE_STORE", "GOOGLE_CLOUD_PROJECT", "FIRESTORE_EMULATOR_HOST"}
    admin.new_account()


def test_firestore_alone_will_do_for_it() -> None:
    Settings.read({"REVEILLE_STORE": "firestore", "GOOGLE_CLOUD_PROJECT": "p"}, for_store=True)


def test_a_store_that_cannot_be_opened_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REVEILLE_STORE", "sqlite:/dev/null/no/reveille.db")
    assert Admin({}, capsys).fail("accounts", code=2).startswith("Bad setting: REVEILLE_STORE: ")
    monkeypatch.setenv("REVEILLE_STORE", "firestore")
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    assert Admin({}, capsys).fail("accounts", code=2).startswith("Bad setting: GOOGLE_CLOUD_PROJECT: ")


def test_a_store_that_does_not_answer_is_said_in_one_line(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> OpenBooks:
        raise StoreUnavailable("two\nlines")

    monkeypatch.setattr("service.commands.admin.open_books", down)
    assert admin.fail("accounts").endswith("two lines")


def test_two_lanes_share_the_accounts(
    admin: Admin, books: OpenBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVEILLE_LANES", "east,west")
    lanes = {account_of(books, admin.new_account()[0]).lane for _ in range(20)}
    assert lanes == {"east", "west"}


def test_what_the_command_changes_is_recorded_as_its_own(admin: Admin, books: OpenBooks) -> None:
    account, _ = admin.new_account()
    (key,) = admin.run("new-key", "--account", account, "--label", "mine")
    admin.run("limits", account)  # it only shows them
    admin.run("limits", account, "--weight", "2")
    admin.run("rotate-key", f"key_{hash_key(key)}")
    found = [
        stored.record for stored in books.store.find(account_queries.audit_of_account(account, 100, None))
    ]
    assert [record.operation for record in reversed(found)] == [
        "create_account",
        "create_key",
        "limit_account",
        "rotate_key",
        "rotate_key",
    ]
    assert {record.by for record in found} == {By("admin command")}
    limits = found[2]
    assert (limits.thing, limits.before, limits.after) == (account, '{"weight": 1.0}', '{"weight": 2.0}')
    revoked = next(record for record in found[:2] if record.thing == f"key_{hash_key(key)}")
    assert (revoked.before, revoked.after) == ('{"revoked": false}', '{"revoked": true}')
