"""Fields of class P3: clear in memory or a sealed token on the wire, never clear on the wire (specification §4.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Generic, Literal, NoReturn, Self, TypeAlias, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
HIDDEN = "***"
TOKEN_FIELDS = frozenset({"v", "alg", "kid", "nonce", "ct"})
BASE64URL = r"^[A-Za-z0-9_-]+$"


class ClearTextLeak(Exception):
    """密封字段不得以明文写出。 A sealed field must never be written in clear; seal the event first."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class StillSealed(Exception):
    """字段仍处于密封状态。 The field is still sealed; open the event first."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Token(BaseModel):
    """A sealed value as it travels and rests; `nonce` and `ct` are base64url without padding."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    v: Literal[1]
    alg: Literal["A256GCM", "SM4GCM"]
    kid: str = Field(min_length=1)
    nonce: str = Field(pattern=BASE64URL)
    ct: str = Field(pattern=BASE64URL)


class Clear(Generic[T]):
    """A value that must be sealed before it is written. Prints as ***; no serialiser takes it."""

    __slots__ = ("value",)
    value: T

    def __init__(self, value: T) -> None:
        object.__setattr__(self, "value", value)

    @override
    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(name)

    @override
    def __repr__(self) -> str:
        return HIDDEN

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clear) and bool(self.value == other.value)

    @override
    def __hash__(self) -> int:
        return hash((Clear, self.value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    @override
    def __reduce__(self) -> NoReturn:
        raise ClearTextLeak


class SealedField:
    """Tells pydantic how to read and write a `Sealed[T]` field."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's signature
        clear = handler.generate_schema(_inside(source))
        write = core_schema.plain_serializer_function_ser_schema(_write)
        return core_schema.no_info_wrap_validator_function(_read, clear, serialization=write)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        token = handler.resolve_ref_schema(handler(Token.__pydantic_core_schema__))
        return {**token, "x-clear": handler(schema["schema"] if schema["type"] == "function-wrap" else schema)}


Sealed: TypeAlias = Annotated[Clear[T] | Token, SealedField()]


def opened(field: Clear[T] | Token) -> T:
    """The value of a sealed field of an opened event; StillSealed if nobody opened it."""
    if isinstance(field, Token):
        raise StillSealed
    return field.value


@cache
def sealed_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Dotted paths of all sealed fields by wire name, in order of declaration, nested models included."""
    paths: list[str] = []
    for name, info in model.model_fields.items():
        wire = info.alias or name
        if any(isinstance(mark, SealedField) for mark in info.metadata) or _is_sealed(info.annotation):
            paths.append(wire)
        else:
            paths.extend(f"{wire}.{path}" for nested in _models(info.annotation) for path in sealed_fields(nested))
    return tuple(paths)


@cache
def _holding(model: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields that are sealed or hold a model with sealed fields."""
    holding = {path.partition(".")[0] for path in sealed_fields(model)}
    return tuple(name for name, info in model.model_fields.items() if (info.alias or name) in holding)


def sealed_values(model: BaseModel) -> Iterator[Clear[Any] | Token]:
    """All sealed values that are set, nested models included."""
    for name in _holding(type(model)):
        value = getattr(model, name)
        if isinstance(value, (Clear, Token)):
            yield value
        elif isinstance(value, BaseModel):
            yield from sealed_values(value)


def with_sealed(model: M, change: Callable[[str, Clear[Any] | Token], Clear[Any] | Token]) -> M:
    """The model with each sealed value that is set replaced by `change(path, value)`, and validated anew."""
    return _with_sealed(model, change, "")


def _with_sealed(model: M, change: Callable[[str, Clear[Any] | Token], Clear[Any] | Token], above: str) -> M:
    if not sealed_fields(type(model)):
        return model
    fields = dict(model)
    for name in _holding(type(model)):
        value = fields[name]
        path = above + (type(model).model_fields[name].alias or name)
        if isinstance(value, (Clear, Token)):
            fields[name] = change(path, value)
        elif isinstance(value, BaseModel):
            fields[name] = _with_sealed(value, change, path + ".")
    return type(model).model_validate(fields)


def _inside(source: Any) -> Any:  # noqa: ANN401 - a type form
    clear = get_args(source)[0]
    return get_args(clear)[0]


def _read(value: object, validate: core_schema.ValidatorFunctionWrapHandler) -> Clear[Any] | Token:
    if isinstance(value, Token):
        return value
    if isinstance(value, Clear):
        return Clear(validate(value.value))
    if isinstance(value, dict) and set(value) == TOKEN_FIELDS:
        return Token.model_validate(value)
    return Clear(validate(value))


def _write(value: object) -> dict[str, Any]:
    if not isinstance(value, Token):
        raise ClearTextLeak
    return value.model_dump()


def _is_sealed(annotation: Any) -> bool:  # noqa: ANN401 - a type form
    if get_origin(annotation) is Annotated:
        return any(isinstance(mark, SealedField) for mark in annotation.__metadata__)
    return any(_is_sealed(part) for part in _parts(annotation))


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:  # noqa: ANN401 - a type form
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(model for part in _parts(annotation) for model in _models(part))


def _parts(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type form
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
