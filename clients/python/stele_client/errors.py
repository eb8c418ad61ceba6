"""Errors of the client. Each has the problem document of the server, if the server answered."""

from __future__ import annotations

import json
from typing import Any, Optional


class SteleError(Exception):
    """A failed request.

    Attributes:
        status: HTTP status; 0 if there was no answer.
        code: Code of the error, such as ``not-found``; the errors reference of Stele lists all codes.
        detail: What happened, and what to do.
        request: Id under which the server's log has the request, if there is one.
        retry_after: Seconds that the server asks to wait before the request is repeated; 0 if it does not ask.
    """

    def __init__(
        self, status: int, code: str, detail: str, request: Optional[str] = None, retry_after: float = 0.0
    ) -> None:
        super().__init__(f"{detail} ({code}, HTTP {status})" if status else f"{detail} ({code})")
        self.status = status
        self.code = code
        self.detail = detail
        self.request = request
        self.retry_after = retry_after


class InvalidInputError(SteleError):
    """The request is invalid; correct it."""


class NotAllowedError(SteleError):
    """The API key is missing or wrong, or may not do this."""


class NotFoundError(SteleError):
    """The agent or the item does not exist."""


class ConflictError(SteleError):
    """An id is in use for something else, another version is current, or a limit was reached."""


class UnavailableError(SteleError):
    """The server is busy or has failed, and the retries of the client did not help."""


class UnreachableError(SteleError):
    """No server answered, or the connection was lost."""


def of_answer(status: int, body: bytes, retry_after: float = 0.0) -> SteleError:
    """Returns the error of an answer that is no success."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None  # an answer of something between client and server, such as a proxy
    return _of(status, problem, body[:200].decode("utf-8", "replace"), retry_after)


def of_problem(problem: Any) -> SteleError:
    """Returns the error of a problem document that arrived after the status, in an event of a stream."""
    status = problem.get("status") if isinstance(problem, dict) else None
    return _of(status if isinstance(status, int) else 500, problem, "The server failed and did not say why.", 0.0)


def _of(status: int, problem: Any, text: str, retry_after: float) -> SteleError:
    code, detail, request = f"http-{status}", text, None
    if isinstance(problem, dict) and isinstance(problem.get("type"), str):
        code = problem["type"].rsplit(":", 1)[-1]
        detail = str(problem.get("detail"))
        request = problem.get("request") or None
    if status in (401, 403):
        kind: type[SteleError] = NotAllowedError
    elif status == 404:
        kind = NotFoundError
    elif status in (409, 412, 413):
        kind = ConflictError
    elif status < 500 and status != 429:
        kind = InvalidInputError
    else:
        kind = UnavailableError
    return kind(status, code, detail, request, retry_after)
