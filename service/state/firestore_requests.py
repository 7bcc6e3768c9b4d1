"""What the Store asks of Firestore, as its messages: cloud.google.com/firestore/docs/reference/rpc."""

from collections.abc import Sequence
from typing import Any

from google.cloud.firestore_v1.types import firestore, query

from service.domain.documents import encode, plain
from service.ports import Create, Merge, Query, Record, Update, Write
from service.state.firestore_rules import check_map_keys, order_of
from service.state.firestore_values import put_fields, put_nanoseconds, value_of

_StructuredQuery: Any = query.StructuredQuery.pb()
_Filter: Any = query.StructuredQuery.Filter.pb()
_OPERATORS = {
    "==": "EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "in": "IN",
}


class Requests:
    """Those to one `database`: projects/PROJECT/databases/(default)."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._documents = f"{database}/documents"

    def name_of(self, kind: type[Record], id: str) -> str:
        return f"{self._documents}/{kind.COLLECTION}/{id}"

    def get(self, names: Sequence[str]) -> Any:
        request = firestore.BatchGetDocumentsRequest
        return request.wrap(request.pb()(database=self._database, documents=names))

    def find(self, asked: Query[Any]) -> Any:
        structured = _filtered(asked)
        direction = "ASCENDING"
        for name in order_of(asked):
            direction = "DESCENDING" if name.startswith("-") else "ASCENDING"
            structured.order_by.add(field={"field_path": name.removeprefix("-")}, direction=direction)
        structured.order_by.add(field={"field_path": "__name__"}, direction=direction)
        if asked.after is not None:
            *values, id = asked.after
            structured.start_at.values.extend(value_of(plain(value)) for value in values)
            structured.start_at.values.add(reference_value=self.name_of(asked.kind, id))
        if asked.limit is not None:
            structured.limit.value = asked.limit
        request = firestore.RunQueryRequest
        return request.wrap(request.pb()(parent=self._documents, structured_query=structured))

    def aggregate(self, asked: Query[Any], summed: str | None) -> Any:
        """`entries` is the number of records, `summed` the sum of that field, if one is named."""
        aggregated: list[dict[str, Any]] = [{"count": {}, "alias": "entries"}]
        if summed is not None:
            aggregated.append({"sum": {"field": {"field_path": summed}}, "alias": "summed"})
        request = firestore.RunAggregationQueryRequest
        structured = {"structured_query": _filtered(asked), "aggregations": aggregated}
        return request.wrap(request.pb()(parent=self._documents, structured_aggregation_query=structured))

    def commit(self, writes: Sequence[Write], mark: dict[str, str]) -> Any:
        """`mark`: fields that each document gets besides its own."""
        request = firestore.CommitRequest
        sent = request.pb()(database=self._database)
        for each in writes:
            self._add(sent.writes.add(), each, mark)
        return request.wrap(sent)

    def _add(self, sent: Any, write: Write, mark: dict[str, str]) -> None:
        if isinstance(write, Merge):
            fields = {name: plain(value) for name, value in write.fields.items()}
            document, kind, id = {**fields, "id": write.id, **mark}, write.kind, write.id
        else:
            document, kind, id = {**encode(write.record), **mark}, type(write.record), write.record.id
        check_map_keys(document)
        sent.update.name = self.name_of(kind, id)
        put_fields(sent.update.fields, document)
        if isinstance(write, Create):
            sent.current_document.exists = False
            return
        sent.update_mask.field_paths.extend(document)  # named: a map replaces the map before it
        if isinstance(write, Update):
            put_nanoseconds(sent.current_document.update_time, write.version)


def _filtered(asked: Query[Any]) -> Any:
    structured = _StructuredQuery(from_=[{"collection_id": asked.kind.COLLECTION}])
    filters = [_filter(*condition) for condition in asked.where]
    if len(filters) == 1:
        structured.where.CopyFrom(filters[0])
    elif filters:
        structured.where.CopyFrom(_Filter(composite_filter={"op": "AND", "filters": filters}))
    return structured


def _filter(name: str, operator: str, value: Any) -> Any:
    field, op = {"field_path": name}, _OPERATORS[operator]
    return _Filter(field_filter={"field": field, "op": op, "value": value_of(plain(value))})
