"""Tests against live servers: STELE_URL, STELE_SLOW_URL (takes few requests a second), STELE_UNREADY_URL (not ready).

What a server does seldom, such as to fall silent, is played by a socket that sends the same bytes.
"""

import contextlib
import os
import pathlib
import re
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import stele_client
from stele_client import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    Stele,
    UnavailableError,
    UnreachableError,
)

URL = os.environ.get("STELE_URL")

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nretry: 1000\n\n"


def change(number):
    data = f'{{"number": {number}, "at": "2026-05-08T13:56:00Z", "kind": "note.created", "ref": "n"}}'
    return f"id: {number}\nevent: note.created\ndata: {data}\n\n".encode()


def problem(status, code):
    document = f'{{"type": "urn:stele:{code}", "title": "t", "status": {status}, "detail": "d", "request": ""}}'
    return f"event: problem\ndata: {document}\n\n".encode()


@contextlib.contextmanager
def played(*answers):
    """Yields the address of a server and the list of its requests; an answer of None is silence until the client goes."""
    requests = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def serve():
            for pieces in answers:
                with server.accept()[0] as client:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += client.recv(65536)
                    requests.append(request.decode())
                    for piece in pieces:
                        if piece is None:
                            while client.recv(65536):
                                pass
                        else:
                            client.sendall(piece)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", requests
        thread.join(10)
        if thread.is_alive():
            raise AssertionError("the client made fewer requests, or did not close its connection")


def numbers_after(request):
    return int(re.search(r"Last-Event-ID: (\d+)", request).group(1))


@unittest.skipUnless(URL, "STELE_URL names no server")
class ClientTest(unittest.TestCase):
    def setUp(self):
        self.stele = Stele(URL)
        self.agent = self.stele.agent("python client")

    def tearDown(self):
        try:
            self.agent.delete()
        except NotFoundError:
            pass

    def test_messages_are_stored_recalled_edited_and_erased(self):
        message = self.agent.remember(session="s", user="ana", content="I moved to Lisbon")
        both = self.agent.remember_all(
            [{"session": "s", "content": "Fine", "role": "assistant"}, {"session": "s", "content": "In May"}]
        )
        self.assertEqual(["Fine", "In May"], [stored["content"] for stored in both])
        hits = self.agent.recall(query="Lisbon", limit=3, filter={"user": "ana"})["hits"]
        self.assertEqual(message["id"], hits[0]["id"])
        self.assertIn("Lisbon", self.agent.context(topic="Lisbon", max_tokens=200)["text"])
        self.agent.edit_message(message["id"], "I moved to Porto")
        self.assertEqual("I moved to Lisbon", self.agent.message(message["id"])["history"][0]["content"])
        self.assertEqual(3, len(self.agent.messages("s")["items"]))
        self.assertEqual(["s"], [session["id"] for session in self.agent.sessions(user="ana")["items"]])
        self.assertEqual(1, self.agent.delete_message(message["id"], preview=True)["messages"])
        self.assertEqual(1, self.agent.delete_message(message["id"])["messages"])
        self.agent.delete_session("s")
        self.assertEqual(0, self.agent.stats()["messages"])
        self.assertIn(self.agent.name, self.stele.agents()["items"])

    def test_notes_users_graph_documents_and_files(self):
        note = self.agent.add_note(content="Ana keeps bees", user="ana", tags=["hobby"])
        self.assertEqual("REINFORCED", self.agent.merge_note(content="ana keeps bees", user="ana", tags=["bees"])["outcome"])
        self.assertEqual(1, len(self.agent.notes(tag="bees", superseded=False)["items"]))
        self.agent.update_note(note["id"], {"importance": 0.9}, version=2)
        with self.assertRaises(ConflictError) as caught:
            self.agent.update_note(note["id"], {"importance": 0.1}, version=2)
        self.assertEqual(("version-conflict", 412), (caught.exception.code, caught.exception.status))
        self.assertEqual(2, len(self.agent.note(note["id"])["history"]))
        self.agent.delete_note(note["id"])
        self.agent.update_user("ana", {"trust": 0.7})
        self.assertEqual(0.7, self.agent.user("ana")["trust"])
        self.agent.erase_user("ana")
        self.agent.connect(entities=[{"name": "Ana", "type": "person"}])
        self.assertEqual([["Ana"]], self.agent.query_graph(query="MATCH (n) RETURN n.name")["rows"])
        self.agent.add_document(collection="c", text="Bees dance to tell the way.", title="Bees")
        self.assertEqual(1, len(self.agent.search_documents(collection="c", query="dance")["hits"]))
        result = self.agent.memory_tool({"command": "create", "path": "/memories/a", "file_text": "x"}, user="ana")
        self.assertEqual({"content": "File created successfully at: /memories/a", "is_error": False}, result)

    def test_streams_yield_events_as_they_arrive(self):
        events = list(self.agent.chat_stream(message="My dog is called Rex.", user="ana", session="c"))
        self.assertEqual("message", events[0].name)
        self.assertEqual("done", events[-1].name)
        text = "".join(event.data["text"] for event in events if event.name == "delta")
        self.assertEqual(text, events[-1].data["answer"]["content"])
        self.assertEqual(text, self.agent.messages("c")["items"][-1]["content"])
        first = self.agent.changes(limit=1)["items"][0]
        follower = self.agent.follow(after=first["number"])
        seen = next(follower)
        self.assertGreater(seen["number"], first["number"])
        timer = threading.Timer(0.2, lambda: self.agent.remember(session="later", content="x"))
        timer.start()
        kinds = []
        while "later" not in kinds:
            change = next(follower)
            kinds.append("later" if change["kind"] == "message.created" and self.agent.message(change["ref"])["session"] == "later" else "")
        follower.close()
        timer.join()

    def test_failures_say_what_and_why(self):
        with self.assertRaises(NotFoundError) as caught:
            self.agent.note("x")
        self.assertEqual("not-found", caught.exception.code)
        self.assertTrue(caught.exception.request)
        with self.assertRaises(InvalidInputError) as caught:
            self.agent.recall(query="")
        self.assertIn("blank", caught.exception.detail)
        with self.assertRaises(InvalidInputError):
            self.agent.recall(query="x", limits=3)
        with self.assertRaises(InvalidInputError):
            list(self.agent.chat_stream(message=""))
        with self.assertRaises(ValueError):
            Stele("127.0.0.1:7077")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = Stele(f"http://127.0.0.1:{free.getsockname()[1]}", retries=1)
            with self.assertRaises(UnreachableError) as caught:
                nobody.ready()
        self.assertIn("Is one running?", caught.exception.detail)
        self.assertEqual(0, caught.exception.status)

    def test_lost_connections_of_repeatable_requests_are_repeated(self):
        with socket.socket() as proxy:
            proxy.bind(("127.0.0.1", 0))
            proxy.listen()
            attempts = []

            def serve():
                # The first connection is lost after the request; the others lead to the server.
                while len(attempts) < 3:
                    client, _ = proxy.accept()
                    with client:
                        request = client.recv(65536)
                        while b"\r\n\r\n" not in request or not request.endswith(b"}"):
                            request += client.recv(65536)
                        attempts.append(request)
                        host, port = URL.removeprefix("http://").split(":")
                        with socket.create_connection((host, int(port))) as server:
                            server.sendall(request.replace(b"Host: ", b"Connection: close\r\nHost: ", 1))
                            answer = b"".join(iter(lambda: server.recv(65536), b""))
                        if len(attempts) != 1:
                            client.sendall(answer)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            lossy = Stele(f"http://127.0.0.1:{proxy.getsockname()[1]}").agent(self.agent.name)
            lossy.remember(session="s", content="once")
            self.assertEqual(2, len(attempts))
            self.assertEqual(1, self.agent.stats()["messages"])
            lossy.remember(session="s", content="twice")
            thread.join(5)

    def test_feed_ends_with_the_error_of_the_server(self):
        self.agent.remember(session="s", content="x")
        follower = self.agent.follow()
        next(follower)
        self.agent.delete()
        with self.assertRaises(NotFoundError) as caught:
            for _ in follower:
                pass
        self.assertEqual((404, "not-found"), (caught.exception.status, caught.exception.code))

    def test_feed_goes_on_after_problems_that_pass_and_ignores_other_events(self):
        unknown = b'event: weather\ndata: {"number": 99}\n\nevent: text\ndata: "x"\n\n'
        with played(
            [EVENTS, change(4), unknown, problem(503, "agent-busy")],
            [EVENTS, change(5), problem(429, "too-many-requests")],
            [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"],
            [EVENTS, change(6), problem(500, "storage-failed")],
            [EVENTS, change(7), problem(403, "agent-out-of-reach")],
        ) as (url, requests):
            seen = []
            with self.assertRaises(NotAllowedError):
                for found in Stele(url).agent("kira").follow(after=3):
                    seen.append(found["number"])
        self.assertEqual([4, 5, 6, 7], seen)
        self.assertEqual([3, 4, 5, 5, 6], [numbers_after(request) for request in requests])

    def test_feed_gives_up_after_its_retries_which_heartbeats_renew(self):
        lost = [EVENTS, problem(503, "agent-busy")]
        alive = [EVENTS, b": still here\n\n", problem(503, "agent-busy")]
        with played(lost, alive, lost) as (url, requests):
            with self.assertRaises(UnavailableError):
                next(Stele(url, retries=1).agent("kira").follow())
        self.assertEqual(3, len(requests))

    def test_silent_stream_is_a_lost_connection(self):
        with played([EVENTS, change(1), None], [EVENTS, change(2)]) as (url, requests):
            follower = Stele(url, max_silence=0.2).agent("kira").follow()
            self.assertEqual([1, 2], [next(follower)["number"], next(follower)["number"]])
            follower.close()
        self.assertEqual([0, 1], [numbers_after(request) for request in requests])
        with played([EVENTS, b'event: delta\ndata: {"text": "a"}\n\n', None]) as (url, requests):
            reply = Stele(url, max_silence=0.2).agent("kira").chat_stream(message="x")
            self.assertEqual("a", next(reply).data["text"])
            with self.assertRaises(UnreachableError) as caught:
                next(reply)
        self.assertEqual("connection-lost", caught.exception.code)

    def test_stream_that_breaks_off_is_a_lost_connection(self):
        head = EVENTS.replace(b"Connection: close", b"Transfer-Encoding: chunked").split(b"retry")[0]
        event = b'event: delta\ndata: {"text": "a"}\n\n'
        for rest in (b"", b"40\r\nevent: "):
            with played([head, b"%x\r\n%s\r\n" % (len(event), event), rest]) as (url, _):
                reply = Stele(url).agent("kira").chat_stream(message="x")
                self.assertEqual("a", next(reply).data["text"])
                with self.assertRaises(UnreachableError) as caught:
                    next(reply)
            self.assertEqual("connection-lost", caught.exception.code)

    def test_timeout_covers_the_whole_answer(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        for silent in ([None], [head[:20], None], [head, b'{"items": ', None]):
            with played(silent) as (url, _):
                with self.assertRaises(UnreachableError) as caught:
                    Stele(url, timeout=0.3, retries=0).agents()
            self.assertEqual("timeout", caught.exception.code)
        with played([None]) as (url, _):
            with self.assertRaises(UnreachableError) as caught:
                list(Stele(url, timeout=0.3).agent("kira").chat_stream(message="x"))
        self.assertEqual("timeout", caught.exception.code)
        stop = threading.Event()
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()

            def drip():
                with server.accept()[0] as client, contextlib.suppress(OSError):
                    client.sendall(head)
                    while not stop.wait(0.01):
                        client.sendall(b" ")

            thread = threading.Thread(target=drip, daemon=True)
            thread.start()
            with self.assertRaises(UnreachableError) as caught:
                Stele(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=0.3, retries=0).agents()
            self.assertEqual("timeout", caught.exception.code)
            stop.set()
            thread.join(5)

    def test_answers_of_others_are_named_and_not_repeated(self):
        with played([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<>"]) as (url, requests):
            with self.assertRaises(UnreachableError) as caught:
                Stele(url).agents()
        self.assertEqual("unreadable", caught.exception.code)
        self.assertEqual(1, len(requests))

    def test_writes_without_a_key_are_not_repeated_after_a_lost_connection(self):
        for call in (
            lambda agent: agent.add_document(collection="c", text="x"),
            lambda agent: agent.chat(message="x"),
            lambda agent: list(agent.chat_stream(message="x")),
            lambda agent: agent.update_user("ana", {"trust": 0.5}),
        ):
            with played([b""]) as (url, requests):
                with self.assertRaises(UnreachableError):
                    call(Stele(url).agent("kira"))
            self.assertEqual(1, len(requests))

    @unittest.skipUnless(os.environ.get("STELE_UNREADY_URL"), "STELE_UNREADY_URL names no server")
    def test_readiness_is_an_answer(self):
        self.assertTrue(self.stele.ready()["ready"])
        state = Stele(os.environ["STELE_UNREADY_URL"], retries=0).ready()
        self.assertEqual((False, "unreachable"), (state["ready"], state["store"]))
        refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
        with played([refusal]) as (url, _):
            with self.assertRaises(UnavailableError):
                Stele(url, retries=0).ready()

    @unittest.skipUnless(os.environ.get("STELE_SLOW_URL"), "STELE_SLOW_URL names no server")
    def test_refusals_for_the_moment_are_repeated(self):
        url = os.environ["STELE_SLOW_URL"]
        hasty = Stele(url, retries=0)
        with self.assertRaises(UnavailableError) as caught:
            for _ in range(50):
                hasty.agents()
        self.assertEqual((429, "too-many-requests"), (caught.exception.status, caught.exception.code))
        self.assertGreater(caught.exception.retry_after, 0)
        self.assertEqual([], Stele(url).agents()["items"])
        with self.assertRaises(UnavailableError):
            for _ in range(50):
                hasty.agents()
        agent = Stele(url).agent("python client")
        self.assertEqual("done", list(agent.chat_stream(message="x", user="ana"))[-1].name)
        agent.delete()


if __name__ == "__main__":
    unittest.main()
