"""The client: one class for the server, one for an agent."""

from __future__ import annotations

import http.client
import io
import json
import random
import socket
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Callable, Generator, Iterable, Iterator, Mapping, Optional, TypeVar, Unpack
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from . import errors, types

_IDEMPOTENT_POSTS = (
    "/v1/agents/{agent}/messages",
    "/v1/agents/{agent}/notes",
    "/v1/agents/{agent}/graph",
)
"""Routes that accept an ``Idempotency-Key``; the client sends one, so that a repeated request writes once."""

_READING_POSTS = ("/recall", "/context", "/graph/query", "/documents/search")

_ANSWERS = {("GET", "/ready"): (503,)}
"""Statuses of routes that are answers although they are those of refusals elsewhere."""

_REFUSALS = (429, 503)
"""Statuses with which the server refuses a request before it does anything."""

_LOST_CONNECTIONS = ("timeout", "unreachable", "connection-lost")
"""Codes of requests that may have reached the server, and of which no whole answer arrived."""

_MAX_DELAY_SECONDS = 30.0

_RECONNECT_DELAY_SECONDS = 1.0
"""Time before the connection after one that the server has ended, as the server asks for in its feeds."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Event:
    """A server-sent event.

    Attributes:
        name: Name of the event.
        data: Its data, parsed as JSON.
        id: Its id, if it has one.
    """

    name: str
    data: Any
    id: Optional[str] = None


class Stele:
    """Access to a server. Holds no connection; any number of threads may share it.

    Args:
        url: Address of the server, without a path.
        key: API key, if the server requires one.
        timeout: Maximum seconds to wait for the connection and for a whole answer, of a stream for its begin. Every
            repetition of a request has this time.
        max_silence: Maximum seconds without a sign of life after which the connection of a stream counts as lost. The
            server sends heartbeats at least every 16 seconds.
        retries: Maximum number of repetitions of a request that was refused for the moment, or whose connection was
            lost although it may be repeated.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:7077",
        *,
        key: Optional[str] = None,
        timeout: float = 30.0,
        max_silence: float = 60.0,
        retries: int = 3,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"The address {url!r} is none of a server; use one such as http://127.0.0.1:7077.")
        self._parts = parts
        self._key = key
        self._timeout = timeout
        self._max_silence = max_silence
        self._retries = retries

    def agent(self, name: str) -> Agent:
        """Returns the memory of an agent, whether or not it exists; its first write creates it."""
        return Agent(self, name)

    def agents(self, *, limit: int = 100, after: Optional[str] = None) -> types.NamePage:
        """Lists the names of the agents."""
        return self.request("GET", "/v1/agents", query={"limit": limit, "after": after})

    def ready(self) -> types.Readiness:
        """Returns whether the server takes requests, and if it does not, why."""
        return self.request("GET", "/ready")

    def request(
        self,
        method: str,
        template: str,
        path: Mapping[str, str] = {},
        *,
        query: Mapping[str, Any] = {},
        body: Any = None,
        headers: Mapping[str, str] = {},
    ) -> Any:
        """Sends any request and returns the parsed answer; None if it has no body.

        Args:
            method: HTTP method.
            template: Path with parameters in braces, as the OpenAPI document has it.
            path: Values of the parameters.
            query: Parameters of the query; those that are None are left out.
            body: JSON value, or None for no body.
            headers: Further headers.

        Raises:
            SteleError: if the request fails.
        """
        sent = dict(headers)
        repeatable = _is_repeatable(method, template)
        if method == "POST" and template in _IDEMPOTENT_POSTS:
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
            repeatable = True
        answers = _ANSWERS.get((method, template), ())

        def exchange() -> Any:
            with _Connection(self._parts, self._timeout) as connection:
                response = self._send(connection, method, template, path, query, body, sent)
                content = self._guarded(response.read)
                if response.status < 300 or response.status in answers and _is_json(response):
                    return self._parse(content) if content else None
                raise errors.of_answer(response.status, content, _seconds(response.getheader("Retry-After")))

        return self._repeat(repeatable, self._retries, exchange)

    def _repeat(self, repeatable: bool, retries: int, exchange: Callable[[], _T]) -> _T:
        """Performs an exchange, again if the server refuses it for the moment, because the server has done nothing then.

        Args:
            repeatable: Whether the exchange is also repeated after the connection was lost.
            retries: Maximum number of repetitions.
            exchange: Function that performs it.
        """
        attempt = 0
        while True:
            try:
                return exchange()
            except errors.SteleError as error:
                again = error.status in _REFUSALS or repeatable and error.code in _LOST_CONNECTIONS
                if not again or attempt >= retries:
                    raise
                delay = _delay(attempt, error)
            time.sleep(delay)
            attempt += 1

    def stream(
        self,
        method: str,
        template: str,
        path: Mapping[str, str] = {},
        *,
        query: Mapping[str, Any] = {},
        body: Any = None,
        headers: Mapping[str, str] = {},
    ) -> Iterator[Event]:
        """Sends a request and yields the server-sent events of the answer as they arrive.

        The request is repeated as others until the stream begins, and never after that. Closing the iterator closes the
        connection, which ends the work at the server.

        Raises:
            SteleError: if the request fails, or the connection is lost.
        """
        with closing(self._follow(method, template, path, query, body, headers, self._retries)) as events:
            for event in events:
                if event is not None:
                    yield event

    def _follow(
        self,
        method: str,
        template: str,
        path: Mapping[str, str],
        query: Mapping[str, Any],
        body: Any,
        headers: Mapping[str, str],
        retries: int,
    ) -> Generator[Optional[Event], None, None]:
        """Yields the events of a stream, and None for each heartbeat."""
        sent = {"Accept": "text/event-stream", **headers}

        def begin() -> tuple[_Connection, http.client.HTTPResponse]:
            connection = _Connection(self._parts, self._timeout)
            try:
                response = self._send(connection, method, template, path, query, body, sent)
                if response.status >= 300:
                    content = self._guarded(response.read)
                    raise errors.of_answer(response.status, content, _seconds(response.getheader("Retry-After")))
                return connection, response
            except BaseException:
                connection.close()
                raise

        connection, response = self._repeat(_is_repeatable(method, template), retries, begin)
        with connection:
            connection.bound_silence(self._max_silence)
            yield from _events(self._lines(response), self._parse)

    def _lines(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        rest = b""
        while piece := self._piece(response):
            *lines, rest = (rest + piece).split(b"\n")
            yield from lines

    def _piece(self, response: http.client.HTTPResponse) -> bytes:
        """Reads what has arrived. ``readline`` of the response is not used: to it a lost connection is a normal end."""
        try:
            return response.read1(65536)
        except socket.timeout as error:
            raise errors.UnreachableError(
                0,
                "connection-lost",
                f"The stream of the server at {self._parts.netloc} was silent for {self._max_silence} s; "
                "the connection is lost.",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise errors.UnreachableError(
                0,
                "connection-lost",
                f"The stream of the server at {self._parts.netloc} ended early: {error or type(error).__name__}.",
            ) from error

    def _parse(self, content: str | bytes) -> Any:
        try:
            return json.loads(content)
        except ValueError as error:
            raise errors.UnreachableError(
                0, "unreadable", f"What answers at {self._parts.netloc} is no server of Stele: {error}"
            ) from error

    def _send(
        self,
        connection: _Connection,
        method: str,
        template: str,
        path: Mapping[str, str],
        query: Mapping[str, Any],
        body: Any,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        target = template
        for name, value in path.items():
            target = target.replace("{" + name + "}", quote(value, safe=""))
        given = {name: _text(value) for name, value in query.items() if value is not None}
        if given:
            target += "?" + urlencode(given, quote_via=quote)
        sent = {"Accept": "application/json", **headers}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if self._key:
            sent["Authorization"] = "Bearer " + self._key

        return self._guarded(lambda: connection.send(method, target, content, sent))

    def _guarded(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except socket.timeout as error:
            raise errors.UnreachableError(
                0, "timeout", f"The server at {self._parts.netloc} did not answer within {self._timeout} s."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise errors.UnreachableError(
                0,
                "unreachable",
                f"No answer of a server at {self._parts.netloc}: {error or type(error).__name__}. Is one running?",
            ) from error


class Agent:
    """The memory of one agent. The fields of each method are those of the route in the REST reference."""

    def __init__(self, stele: Stele, name: str) -> None:
        self._stele = stele
        self.name = name

    # ---- messages and sessions

    def remember(self, **message: Unpack[types.Message]) -> types.StoredMessage:
        """Stores a message."""
        return self._request("POST", "/v1/agents/{agent}/messages", body=message)

    def remember_all(self, messages: Iterable[types.Message]) -> list[types.StoredMessage]:
        """Stores messages, all or none."""
        return self._request("POST", "/v1/agents/{agent}/messages", body=list(messages))

    def message(self, id: str) -> types.MessageWithHistory:
        """Reads a message with its earlier texts."""
        return self._request("GET", "/v1/agents/{agent}/messages/{id}", id=id)

    def edit_message(self, id: str, content: str) -> types.StoredMessage:
        """Replaces the text of a message."""
        return self._request("PATCH", "/v1/agents/{agent}/messages/{id}", id=id, body={"content": content})

    def delete_message(self, id: str, *, preview: bool = False) -> types.Erased:
        """Erases a message and what was derived from it, or previews that."""
        return self._request("DELETE", "/v1/agents/{agent}/messages/{id}", id=id, query={"preview": preview or None})

    def sessions(
        self, *, user: Optional[str] = None, limit: int = 20, after: Optional[str] = None
    ) -> types.SessionPage:
        """Lists sessions, the latest first."""
        return self._request("GET", "/v1/agents/{agent}/sessions", query={"user": user, "limit": limit, "after": after})

    def messages(
        self, session: str, *, limit: int = 20, before: Optional[str] = None, archived: bool = False
    ) -> types.MessagePage:
        """Lists the messages of a session back in time."""
        return self._request(
            "GET",
            "/v1/agents/{agent}/sessions/{session}/messages",
            session=session,
            query={"limit": limit, "before": before, "archived": archived or None},
        )

    def delete_session(self, session: str, *, preview: bool = False) -> types.Erased:
        """Erases a session with its messages, or previews that."""
        return self._request(
            "DELETE", "/v1/agents/{agent}/sessions/{session}", session=session, query={"preview": preview or None}
        )

    # ---- recall

    def recall(self, **query: Unpack[types.Recall]) -> types.RecallResult:
        """Ranks messages, notes and facts for a query."""
        return self._request("POST", "/v1/agents/{agent}/recall", body=query)

    def context(self, **query: Unpack[types.Context]) -> types.PromptContext:
        """Builds the context of a prompt about a topic."""
        return self._request("POST", "/v1/agents/{agent}/context", body=query)

    # ---- notes

    def add_note(self, **note: Unpack[types.Note]) -> types.RememberedNote:
        """Creates a note."""
        return self._request("POST", "/v1/agents/{agent}/notes", body=note)

    def merge_note(self, **note: Unpack[types.Note]) -> types.RememberedNote:
        """Creates a note, or adds to the one that says the same."""
        return self._request("POST", "/v1/agents/{agent}/notes", body=note, query={"merge": True})

    def notes(self, **filter: Any) -> types.NotePage:
        """Lists notes by the query parameters of the route, the newest first."""
        return self._request("GET", "/v1/agents/{agent}/notes", query=filter)

    def note(self, id: str) -> types.NoteWithHistory:
        """Reads a note with its earlier versions."""
        return self._request("GET", "/v1/agents/{agent}/notes/{id}", id=id)

    def update_note(self, id: str, patch: types.NotePatch, *, version: Optional[int] = None) -> types.StoredNote:
        """Changes a note by a merge patch; only the given version, if one is given."""
        return self._request(
            "PATCH",
            "/v1/agents/{agent}/notes/{id}",
            id=id,
            body=dict(patch),
            headers={} if version is None else {"If-Match": f'"{version}"'},
        )

    def delete_note(self, id: str, *, preview: bool = False) -> types.Erased:
        """Erases a note and what was derived from it, or previews that."""
        return self._request("DELETE", "/v1/agents/{agent}/notes/{id}", id=id, query={"preview": preview or None})

    # ---- users

    def user(self, user: str, *, as_of: Optional[str] = None) -> types.UserContext:
        """Reads what the agent keeps of a user."""
        return self._request("GET", "/v1/agents/{agent}/users/{user}", user=user, query={"as_of": as_of})

    def update_user(self, user: str, patch: types.UserPatch) -> types.UserContext:
        """Changes the context of a user by a merge patch."""
        return self._request("PATCH", "/v1/agents/{agent}/users/{user}", user=user, body=dict(patch))

    def erase_user(self, user: str, *, preview: bool = False) -> types.Erased:
        """Erases a user with everything about the user, or previews that."""
        return self._request(
            "DELETE", "/v1/agents/{agent}/users/{user}", user=user, query={"preview": preview or None}
        )

    # ---- graph and documents

    def connect(self, **graph: Unpack[types.Graph]) -> types.Connected:
        """Stores entities and relations, all or none."""
        return self._request("POST", "/v1/agents/{agent}/graph", body=graph)

    def query_graph(self, **query: Unpack[types.GraphQuery]) -> types.QueryResult:
        """Runs an openCypher query that reads."""
        return self._request("POST", "/v1/agents/{agent}/graph/query", body=query)

    def add_document(self, **document: Unpack[types.Document]) -> types.StoredDocument:
        """Adds or updates a document."""
        return self._request("POST", "/v1/agents/{agent}/documents", body=document)

    def search_documents(self, **search: Unpack[types.Search]) -> types.SearchResult:
        """Searches the passages of a collection."""
        return self._request("POST", "/v1/agents/{agent}/documents/search", body=search)

    # ---- chat, memory tool, changes

    def chat(self, **message: Unpack[types.Chat]) -> types.ChatReply:
        """Sends a message and returns the reply with the sources that it cites."""
        return self._request("POST", "/v1/agents/{agent}/chat", body=message)

    def chat_stream(self, **message: Unpack[types.Chat]) -> Iterator[Event]:
        """Sends a message and yields the events of the reply: message, delta, sources, then done or error."""
        return self._stele.stream("POST", "/v1/agents/{agent}/chat", {"agent": self.name}, body=message)

    def memory_tool(self, input: types.MemoryToolInput, *, user: Optional[str] = None) -> types.MemoryToolResult:
        """Runs a command of the memory tool; the input is that of the model's tool call."""
        return self._request("POST", "/v1/agents/{agent}/memory-tool", body=input, query={"user": user})

    def changes(self, *, after: int = 0, limit: int = 200) -> types.ChangePage:
        """Lists changes after a number."""
        return self._request("GET", "/v1/agents/{agent}/changes", query={"after": after, "limit": limit})

    def follow(self, *, after: int = 0) -> Iterator[types.Change]:
        """Yields changes after a number as they happen, without end.

        Reconnects after a lost connection, and after a problem of the server that passes, and misses nothing.

        Raises:
            SteleError: if the server cannot be reached or is unavailable after all retries, or for any other problem,
                such as the deletion of the agent.
        """
        last = after
        failures = 0  # since the last change or heartbeat
        while True:
            delay = _RECONNECT_DELAY_SECONDS
            try:
                with closing(
                    self._stele._follow(
                        "GET",
                        "/v1/agents/{agent}/changes",
                        {"agent": self.name},
                        {},
                        None,
                        {"Last-Event-ID": str(last)},
                        0,
                    )
                ) as events:
                    for event in events:
                        if event is None:
                            failures = 0
                        elif event.name == "problem":
                            raise errors.of_problem(event.data)  # the server says why it ends the feed
                        elif isinstance(event.data, dict) and event.data.get("kind") == event.name:
                            # The name of the event of a change is the kind of the change; others have no meaning here.
                            failures = 0
                            last = event.data["number"]
                            yield event.data
            except errors.SteleError as error:
                passes = isinstance(error, errors.UnavailableError) or error.code in _LOST_CONNECTIONS
                if not passes or failures >= self._stele._retries:
                    raise
                delay = _delay(failures, error)
                failures += 1
            time.sleep(delay)

    def stats(self) -> types.Statistics:
        """Returns the numbers of what is stored."""
        return self._request("GET", "/v1/agents/{agent}/stats")

    def delete(self) -> None:
        """Erases the agent with everything that belongs to it."""
        self._request("DELETE", "/v1/agents/{agent}")

    def _request(
        self,
        method: str,
        template: str,
        *,
        query: Mapping[str, Any] = {},
        body: Any = None,
        headers: Mapping[str, str] = {},
        **path: str,
    ) -> Any:
        return self._stele.request(
            method, template, {"agent": self.name, **path}, query=query, body=body, headers=headers
        )


class _Connection:
    """A connection for one exchange, whose operations share one limit of time."""

    def __init__(self, parts: SplitResult, timeout: float) -> None:
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._http = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._socket: Optional[_BoundedSocket] = None
        self._deadline = time.monotonic() + timeout

    def send(
        self, method: str, target: str, content: Optional[bytes], headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        """Sends the request and returns the response when its head has arrived."""
        self._http.connect()
        self._socket = _BoundedSocket(self._http.sock, self._deadline)
        self._http.sock = self._socket  # type: ignore[assignment]  # has what the connection calls
        self._http.request(method, target, content, headers)
        return self._http.getresponse()

    def bound_silence(self, seconds: float) -> None:
        """Bounds each wait for data in place of the whole exchange."""
        if self._socket is not None:
            self._socket.bound_silence(seconds)

    def close(self) -> None:
        self._http.close()
        if self._socket is not None:
            self._socket.end()

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class _BoundedSocket:
    """Socket whose operations together take no longer than until a time.

    The timeout of a socket bounds each operation only, so that an answer that arrives in drops would have no bound.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._deadline: Optional[float] = deadline

    def bound_silence(self, seconds: float) -> None:
        self._deadline = None
        self._socket.settimeout(seconds)

    def _limit(self) -> None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout("timed out")
            self._socket.settimeout(left)

    def sendall(self, data: Any) -> None:
        self._limit()
        self._socket.sendall(data)

    def recv_into(self, buffer: Any) -> int:
        self._limit()
        return self._socket.recv_into(buffer)

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_SocketReader(self))

    def close(self) -> None:
        """Does nothing, because ``http.client`` calls it while the body is still read."""

    def end(self) -> None:
        self._socket.close()


class _SocketReader(io.RawIOBase):
    """Raw input of a socket, which the connection closes."""

    def __init__(self, sock: _BoundedSocket) -> None:
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._socket.recv_into(buffer)


def _is_repeatable(method: str, template: str) -> bool:
    return method in ("GET", "PUT", "DELETE") or template.endswith(_READING_POSTS)


def _is_json(response: http.client.HTTPResponse) -> bool:
    """Returns whether an answer is a JSON value of its route, and no problem document or page of a proxy."""
    return (response.getheader("Content-Type") or "").startswith("application/json")


def _delay(attempt: int, error: errors.SteleError) -> float:
    """Returns the seconds that a failed request asks to wait, or else a time that grows with each attempt."""
    seconds = error.retry_after or 0.1 * 2 ** min(attempt, 20)
    return min(seconds, _MAX_DELAY_SECONDS) * random.uniform(1.0, 1.25)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seconds(header: Optional[str]) -> float:
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0


def _events(lines: Iterable[bytes], parse: Callable[[str], Any]) -> Iterator[Optional[Event]]:
    """Parses server-sent events. Yields None for each comment, which is a heartbeat."""
    name = "message"
    id: Optional[str] = None
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8", "replace").removesuffix("\r")
        if line == "":
            if data:
                yield Event(name, parse("\n".join(data)), id)
            name, id, data = "message", None, []
        elif line.startswith(":"):
            yield None
        else:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "id":
                id = value
            elif field == "data":
                data.append(value)
