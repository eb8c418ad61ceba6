"""The client: one class for the server, one for an agent."""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
import uuid
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, Optional, Unpack
from urllib.parse import quote, urlencode, urlsplit

from . import errors, types

_IDEMPOTENT_POSTS = (
    "/v1/agents/{agent}/messages",
    "/v1/agents/{agent}/notes",
    "/v1/agents/{agent}/graph",
)
"""Routes that accept an ``Idempotency-Key``; the client sends one, so that a repeated request writes once."""

_READING_POSTS = ("/recall", "/context", "/graph/query", "/documents/search")

_MAX_DELAY_SECONDS = 30.0


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
        timeout: Maximum seconds to wait for the connection, and for each piece of an answer.
        retries: Maximum number of repetitions of a request that was refused for the moment, or whose connection was
            lost although it may be repeated.
    """

    def __init__(
        self, url: str = "http://127.0.0.1:7077", *, key: Optional[str] = None, timeout: float = 30.0, retries: int = 3
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"The address {url!r} is none of a server; use one such as http://127.0.0.1:7077.")
        self._parts = parts
        self._key = key
        self._timeout = timeout
        self._retries = retries

    def agent(self, name: str) -> Agent:
        """Returns the memory of an agent, whether or not it exists; its first write creates it."""
        return Agent(self, name)

    def agents(self, *, limit: int = 100, after: Optional[str] = None) -> types.NamePage:
        """Lists the names of the agents."""
        return self.request("GET", "/v1/agents", query={"limit": limit, "after": after})

    def ready(self) -> types.Readiness:
        """Returns whether the server takes requests."""
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
        repeatable = method in ("GET", "PUT", "DELETE") or template.endswith(_READING_POSTS)
        if method == "POST" and template in _IDEMPOTENT_POSTS:
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
            repeatable = True
        attempt = 0
        while True:
            try:
                status, received, content = self._exchange(method, template, path, query, body, sent)
            except errors.UnreachableError:
                if not repeatable or attempt == self._retries:
                    raise
                delay = 0.1 * 2**attempt
            else:
                if status < 300:
                    return json.loads(content) if content else None
                # The server answers 429 and 503 before it does anything.
                if status not in (429, 503) or attempt == self._retries:
                    raise errors.of_answer(status, content)
                delay = _seconds(received.get("retry-after")) or 0.1 * 2**attempt
            time.sleep(min(delay, _MAX_DELAY_SECONDS) * random.uniform(1.0, 1.25))
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

        Closing the iterator closes the connection, which ends the work at the server.

        Raises:
            SteleError: if the request fails, or the connection is lost.
        """
        connection = self._connect()
        try:
            response = self._send(
                connection, method, template, path, query, body, {"Accept": "text/event-stream", **headers}
            )
            if response.status >= 300:
                raise errors.of_answer(response.status, self._guarded(response.read))
            yield from _events(iter(lambda: self._guarded(response.readline), b""))
        finally:
            connection.close()

    def _exchange(
        self,
        method: str,
        template: str,
        path: Mapping[str, str],
        query: Mapping[str, Any],
        body: Any,
        headers: Mapping[str, str],
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self._connect()
        try:
            response = self._send(connection, method, template, path, query, body, headers)
            content = self._guarded(response.read)
            return response.status, {name.lower(): value for name, value in response.getheaders()}, content
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=self._timeout)

    def _send(
        self,
        connection: http.client.HTTPConnection,
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

        def exchange() -> http.client.HTTPResponse:
            connection.request(method, target, content, sent)
            return connection.getresponse()

        return self._guarded(exchange)

    def _guarded(self, call: Any) -> Any:
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
        """Yields changes after a number as they happen, without end. Reconnects, and misses nothing."""
        last, failures = after, 0
        while True:
            try:
                events = self._stele.stream(
                    "GET", "/v1/agents/{agent}/changes", {"agent": self.name}, headers={"Last-Event-ID": str(last)}
                )
                for event in events:
                    failures = 0
                    last = event.data["number"]
                    yield event.data
            except (errors.UnreachableError, errors.UnavailableError):
                failures += 1
                if failures > self._stele._retries:
                    raise
                time.sleep(0.1 * 2**failures)

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


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seconds(header: Optional[str]) -> float:
    try:
        return max(0.0, float(header or 0))
    except ValueError:
        return 0.0


def _events(lines: Iterable[bytes]) -> Iterator[Event]:
    """Parses server-sent events."""
    name = "message"
    id: Optional[str] = None
    data: list[str] = []
    for raw in lines:
        line = raw.decode("utf-8").rstrip("\r\n")
        if line == "":
            if data:
                yield Event(name, json.loads("\n".join(data)), id)
            name, id, data = "message", None, []
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "id":
                id = value
            elif field == "data":
                data.append(value)
