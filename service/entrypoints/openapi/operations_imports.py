"""Imports: what can be asked of them."""

from service.contacts.contact_file import ROWS_MAX
from service.domain.imports import PARTS_MAX
from service.entrypoints.body_limits import BODY_BYTES_MAX
from service.entrypoints.openapi.answer import Page
from service.entrypoints.openapi.answers_imports import ImportOut, ImportPreview
from service.entrypoints.openapi.operation import CSV, PAGING, PHONE_EXAMPLE, File, Operation
from service.entrypoints.openapi.table_file import COLUMNS, table_file

OF_CAMPAIGN = "/api/campaigns/{campaign_id}"
ONE = "/api/imports/{import_id}"
TAG = "imports"
LARGEST = f"{ROWS_MAX:,} rows and {BODY_BYTES_MAX // 1024**2} MiB"
CONTACTS = f"phone,name,day\n{PHONE_EXAMPLE},Ada,Monday\n+13125550143,Grace,Tuesday\n"
FILE = table_file(
    CONTACTS,
    [
        {"phone": PHONE_EXAMPLE, "name": "Ada", "variables": {"day": "Monday"}},
        {"phone": "+13125550143", "name": "Grace", "variables": {"day": "Tuesday"}},
    ],
)

OPERATIONS = (
    Operation(
        "POST",
        f"{OF_CAMPAIGN}/contacts",
        "add_contacts",
        TAG,
        "Adds contacts from a file: CSV, XLSX or JSON.",
        {201: ImportOut},
        FILE,
        query=(COLUMNS,),
        makes="import_id",
        notes="A whole import in one request. Each of its rows is counted as created, as a duplicate of what "
        "the campaign has, or as rejected. Importing a file again adds nothing. "
        f"A file has at most {LARGEST}.",
    ),
    Operation(
        "POST",
        f"{OF_CAMPAIGN}/contacts/preview",
        "preview_contacts",
        TAG,
        "What an import of this file would do. Nothing is stored.",
        {200: ImportPreview},
        FILE,
        query=(COLUMNS,),
        notes="Where no column is known to hold the numbers, all rows are rejected, with one error "
        "`no_phone_column`, and the columns are shown: say which it is in `columns`. An import, and JSON, "
        "is refused (422).",
    ),
    Operation(
        "POST",
        f"{OF_CAMPAIGN}/imports",
        "begin_import",
        TAG,
        "Begins an import whose rows are sent part by part.",
        {201: ImportOut},
        makes="import_id",
    ),
    Operation(
        "GET",
        f"{OF_CAMPAIGN}/imports",
        "list_imports",
        TAG,
        "The newest first.",
        {200: Page[ImportOut]},
        query=PAGING,
    ),
    Operation(
        "PUT",
        f"{ONE}/parts/{{number}}",
        "add_part",
        TAG,
        "Adds the contacts of one part. Sent again it goes on where it stopped.",
        {200: ImportOut},
        FILE,
        query=(COLUMNS,),
        notes="Each part is a file with a header of its own, and is known by its number, from 1 to 999. "
        f"Another file under that number is refused. An import has at most {PARTS_MAX} parts, and each of "
        f"them {LARGEST}.",
    ),
    Operation(
        "GET",
        ONE,
        "get_import",
        TAG,
        "How far it is, also while its requests are under way.",
        {200: ImportOut},
        tagged=True,
    ),
    Operation(
        "GET",
        f"{ONE}/errors",
        "list_import_errors",
        TAG,
        "All rows that were rejected, as one file.",
        {200: File.of(CSV)},
    ),
)
