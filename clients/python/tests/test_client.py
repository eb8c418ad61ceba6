"""Tests against a live server: STELE_URL, and STELE_SLOW_URL of a server that takes few requests a second."""

import os
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import stele_client
from stele_client import ConflictError, InvalidInputError, NotFoundError, Stele, UnavailableError, UnreachableError

URL = os.environ.get("STELE_URL")


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

    @unittest.skipUnless(os.environ.get("STELE_SLOW_URL"), "STELE_SLOW_URL names no server")
    def test_refusals_for_the_moment_are_repeated(self):
        url = os.environ["STELE_SLOW_URL"]
        hasty = Stele(url, retries=0)
        with self.assertRaises(UnavailableError) as caught:
            for _ in range(50):
                hasty.agents()
        self.assertEqual((429, "too-many-requests"), (caught.exception.status, caught.exception.code))
        self.assertEqual([], Stele(url).agents()["items"])


if __name__ == "__main__":
    unittest.main()
