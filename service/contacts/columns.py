"""Which column of a contact file holds what, found by the header's names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.contacts.contact_file import shown
from service.domain.errors import Invalid

VARIABLES_MAX = 100
COLUMN_NAME_CHARACTERS_MAX = 100
NAMED_COLUMNS_MAX = 20  # in a message

# Of several that fit, the one that stands first here; the others become variables.
ALIASES = {
    "phone": (
        "phone", "number", "telephone", "tel", "mobile", "cell", "phone number", "to", "msisdn",
        "recipient phone number",
    ),
    "name": ("name", "full name", "contact", "customer", "customer name", "recipient"),
    "first name": ("first name",),
    "last name": ("last name",),
    "timezone": ("timezone", "tz"),
    "country": ("country", "country code"),
    "not_before": ("not before", "call after", "callback at"),
    "external_id": ("external id", "id", "reference", "crm id"),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    header: tuple[str, ...]
    phone: int
    name: tuple[int, ...]  # several are joined: first name, last name
    timezone: int | None
    country: int | None
    not_before: int | None
    external_id: int | None
    variables: tuple[tuple[int, str], ...]


def find_columns(header: Sequence[str]) -> Columns:
    """The columns by their names; Invalid when they cannot be told. A column without a name is left out."""
    names = tuple(name.strip() for name in header)
    _refuse_repeated_names(names)
    found = known_columns(names)
    if "phone" not in found:
        raise Invalid.field("phone", f"No column is called phone. {_found(names)}", "no_phone_column")
    name = (found["name"],) if "name" in found else _first_and_last(found)
    used = {index for role, index in found.items() if role not in ("first name", "last name")} | set(name)
    variables = tuple((i, text) for i, text in enumerate(names) if text and i not in used)
    _refuse_too_much(variables)
    return Columns(
        header=names,
        phone=found["phone"],
        name=name,
        timezone=found.get("timezone"),
        country=found.get("country"),
        not_before=found.get("not_before"),
        external_id=found.get("external_id"),
        variables=variables,
    )


def known_columns(header: Sequence[str], aliases: Mapping[str, tuple[str, ...]] = ALIASES) -> dict[str, int]:
    """The columns that mean something to us, by what they mean: indexes into the header."""
    positions = {_key(name): index for index, name in reversed(list(enumerate(header)))}
    return {
        role: positions[key]
        for role, names in aliases.items()
        if (key := next((k for k in map(_key, names) if k in positions), None)) is not None
    }


def _first_and_last(found: dict[str, int]) -> tuple[int, ...]:
    return tuple(found[part] for part in ("first name", "last name") if part in found)


def _key(name: str) -> str:
    """Any case, and spaces, - and _ alike: "Phone-Number" is "phone_number" is "PhoneNumber"."""
    return "".join(c for c in name.casefold() if not c.isspace() and c not in "-_")


def _refuse_repeated_names(names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in filter(None, names):
        if _key(name) in seen:
            raise Invalid.field(shown(name), "Two columns have this name. Rename one.", "duplicate_column")
        seen.add(_key(name))


def _refuse_too_much(variables: tuple[tuple[int, str], ...]) -> None:
    if len(variables) > VARIABLES_MAX:
        raise Invalid.field("file", f"At most {VARIABLES_MAX} columns can be variables.", "too_many_columns")
    for _, name in variables:
        if len(name) > COLUMN_NAME_CHARACTERS_MAX:
            message = f"A column's name can have {COLUMN_NAME_CHARACTERS_MAX} characters."
            raise Invalid.field(shown(name), message, "column_name_too_long")
        if name.startswith("__") and name.endswith("__"):
            message = "A column's name cannot begin and end with two underscores."
            raise Invalid.field(shown(name), message, "column_name_reserved")


def _found(names: tuple[str, ...]) -> str:
    named = [shown(name) for name in names if name]
    more = ", …" if len(named) > NAMED_COLUMNS_MAX else ""
    return f"Found: {', '.join(named[:NAMED_COLUMNS_MAX])}{more}."
