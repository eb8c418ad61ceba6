"""Client of the HTTP interface of Stele, durable memory for AI agents."""

from .client import Agent, Event, Stele
from .errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    SteleError,
    UnavailableError,
    UnreachableError,
)

__all__ = [
    "Agent",
    "ConflictError",
    "Event",
    "InvalidInputError",
    "NotAllowedError",
    "NotFoundError",
    "Stele",
    "SteleError",
    "UnavailableError",
    "UnreachableError",
]
