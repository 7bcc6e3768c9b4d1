"""What answers are made of: lists, errors, money."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Phone = Annotated[str, Field(description="E.164", examples=["+13125550142"])]


class Answer(BaseModel):
    """Nothing is answered that is not described."""

    model_config = ConfigDict(extra="forbid")


class Page(Answer, Generic[T]):
    data: list[T]
    next_cursor: str | None = Field(description="For `?cursor=` of the next page; null: there is none.")


class ErrorDetail(Answer):
    field: str
    code: str
    message: str


class ErrorBody(Answer):
    code: str = Field(description="Stable.", examples=["invalid"])
    message: str = Field(description="Can be shown to a person.")
    details: list[ErrorDetail]
    request_id: str


class Error(Answer):
    error: ErrorBody


class NotKeptBody(Answer):
    kept: bool
    status: int
    message: str


class NotKept(Answer):
    """Of a request that is repeated with its `Idempotency-Key`, where the answer had a secret."""

    answer: NotKeptBody


class Money(Answer):
    amount: int = Field(description="In minor units, such as cents.")
    currency: str = Field(description="ISO 4217", examples=["USD"])
