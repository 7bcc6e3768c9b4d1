"""Which column of a contact file holds what, found by the header's names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.contacts.contact_file import shown
from service.contacts.export_file import RESULT_COLUMNS, VARIABLE_PREFIX
from service.domain.errors import Detail, Invalid

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
    "first_name": ("first name",),
    "last_name": ("last name",),
    "timezone": ("timezone", "tz"),
    "country": ("country", "country code"),
    "not_before": ("not before", "call after", "callback at"),
    "external_id": ("external id", "id", "reference", "crm id"),
}  # fmt: skip


NO_PHONE_COLUMN = "no_phone_column"
FIRST_AND_LAST = ("first_name", "last_name")
VARIABLE = "variable"
IGNORE = "ignore"
ROLES = (*ALIASES, VARIABLE, IGNORE)


class NoPhoneColumn(Invalid):
    """No column is known to hold the numbers. `roles`: what each column of the header is taken for."""

    roles: tuple[str, ...] = ()


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


def find_columns(
    header: Sequence[str],
    chosen: Mapping[str, str] | None = None,
    variables: Collection[int] = (),
) -> Columns:
    """The columns by their names; Invalid when they cannot be told. A column without a name is left out.
    `chosen`: roles by columns' names, where the names would not tell. `variables`: those whose names tell
    nothing, as the caller has said what they are.

    A file with all result columns is an export: those are left out, and `var_x` is the variable x."""
    whole = tuple(name.strip() for name in header)
    telling = tuple("" if i in variables else name for i, name in enumerate(whole))
    names, exported = _parted(telling) if _is_export(telling) else (telling, {})
    by_choice = _chosen(whole, chosen or {})
    found = known_columns(["" if i in by_choice else name for i, name in enumerate(names)])
    names = tuple(whole[i] if i in variables else name for i, name in enumerate(names))
    _refuse_repeats((_key(name), name) for name in names if name)
    if "timezone" in exported:  # a contact's own zone is a variable as well: see import_contacts.py
        found.setdefault("timezone", exported["timezone"])
    found = _with_choice(found, by_choice)
    if "phone" not in found:
        raise _no_phone_column(names, found, by_choice)
    name = (found["name"],) if "name" in found else _first_and_last(found)
    used = {index for role, index in found.items() if role not in FIRST_AND_LAST} | set(name)
    used |= {index for index, role in by_choice.items() if role == IGNORE}
    named = (*enumerate(names), *((i, name) for name, i in exported.items()))
    left = tuple((i, text) for i, text in named if text and i not in used)
    _refuse_repeats((name, name) for _, name in left)
    _refuse_too_much(left)
    return Columns(
        header=whole,
        phone=found["phone"],
        name=name,
        timezone=found.get("timezone"),
        country=found.get("country"),
        not_before=found.get("not_before"),
        external_id=found.get("external_id"),
        variables=left,
    )


def _no_phone_column(
    names: Sequence[str], found: Mapping[str, int], by_choice: Mapping[int, str]
) -> NoPhoneColumn:
    message = f"No column is called phone. {_found(tuple(names))}"
    lacking = NoPhoneColumn(f"phone: {message}", Detail("phone", NO_PHONE_COLUMN, message))
    known = {index: role for role, index in found.items()} | dict(by_choice)
    lacking.roles = tuple(known.get(i, VARIABLE if name else IGNORE) for i, name in enumerate(names))
    return lacking


def roles_of(columns: Columns) -> list[str]:
    """What each column of the header is taken for."""
    roles = dict.fromkeys(range(len(columns.header)), IGNORE)
    roles |= {index: VARIABLE for index, _ in columns.variables}
    roles |= dict(zip(columns.name, ("name",) if len(columns.name) == 1 else FIRST_AND_LAST, strict=False))
    for role in ("phone", "timezone", "country", "not_before", "external_id"):
        index = getattr(columns, role)
        if index is not None:
            roles[index] = role
    return list(roles.values())


def _chosen(header: Sequence[str], chosen: Mapping[str, str]) -> dict[int, str]:
    """Roles by index."""
    by_index: dict[int, str] = {}
    for name, role in chosen.items():
        field = f"columns.{shown(name)}"
        if name.strip() not in header:
            raise Invalid.field(field, f"There is no such column. {_found(tuple(header))}", "no_such_column")
        if role not in ROLES:
            raise Invalid.field(field, f"must be one of {', '.join(ROLES)}", "unknown_role")
        if role in ALIASES and role in by_index.values():
            raise Invalid.field(field, f"Another column is chosen as {role}.", "duplicate_role")
        by_index[header.index(name.strip())] = role
    return by_index


def _with_choice(found: dict[str, int], by_choice: dict[int, str]) -> dict[str, int]:
    chosen = {role: index for index, role in by_choice.items() if role in ALIASES}
    taken_over = {"name"} if set(FIRST_AND_LAST) & set(chosen) else set()
    return {role: index for role, index in found.items() if role not in taken_over} | chosen


def known_columns(header: Sequence[str], aliases: Mapping[str, tuple[str, ...]] = ALIASES) -> dict[str, int]:
    """The columns that mean something to us, by what they mean: indexes into the header."""
    positions = {_key(name): index for index, name in reversed(list(enumerate(header)))}
    return {
        role: positions[key]
        for role, names in aliases.items()
        if (key := next((k for k in map(_key, names) if k in positions), None)) is not None
    }


def _is_export(header: Sequence[str]) -> bool:
    """All of them: a list with a `state` and a `cost` of its own keeps those."""
    return set(map(_key, RESULT_COLUMNS)) <= set(map(_key, header))


def _parted(header: Sequence[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    """An export's header without the names of results and variables; and the variables' columns."""
    results = set(map(_key, RESULT_COLUMNS))
    variables = [(i, name) for i, name in enumerate(header) if _is_variable(name)]
    _refuse_repeats((name, name) for _, name in variables)
    names = tuple("" if _key(name) in results or _is_variable(name) else name for name in header)
    return names, {name.removeprefix(VARIABLE_PREFIX): i for i, name in variables}


def _is_variable(name: str) -> bool:
    return name.startswith(VARIABLE_PREFIX) and name != VARIABLE_PREFIX


def _first_and_last(found: dict[str, int]) -> tuple[int, ...]:
    return tuple(found[part] for part in FIRST_AND_LAST if part in found)


def _key(name: str) -> str:
    """Any case, and spaces, - and _ alike: "Phone-Number" is "phone_number" is "PhoneNumber"."""
    return "".join(c for c in name.casefold() if not c.isspace() and c not in "-_")


def _refuse_repeats(keys_and_names: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for key, name in keys_and_names:
        if key in seen:
            raise Invalid.field(shown(name), "Two columns have this name. Rename one.", "duplicate_column")
        seen.add(key)


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
