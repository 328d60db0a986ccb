"""The project's own tests: they know nothing of Footfall, and pass with and without it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.test import AsyncClient, TestCase

from project.models import Article, Comment


class SiteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = User.objects.create_user("ada", password="pw")
        Article.objects.create(slug="one", title="One", author=cls.user)

    def test_a_page_asks_the_database_as_often_as_it_must(self):
        with self.assertNumQueries(1):
            response = self.client.get("/articles/")
        self.assertContains(response, "<li>One</li>", html=True)

    def test_a_page_that_asks_for_the_user(self):
        self.client.force_login(self.user)
        with self.assertNumQueries(3):  # session, user, article
            response = self.client.get("/articles/one/")
        self.assertContains(response, "Hello ada")
        self.assertEqual(response.headers["Vary"], "Cookie")

    def test_a_page_that_does_not_ask_for_the_user_is_the_same_for_all(self):
        self.client.force_login(self.user)
        with self.assertNumQueries(1):
            response = self.client.get("/articles/one/plain/")
        self.assertNotIn("Vary", response.headers)
        self.assertEqual(response.content, b"One")

    def test_comments_need_a_login_and_a_text(self):
        self.assertRedirects(
            self.client.post("/articles/one/comments/"), "/login/?next=/articles/one/comments/"
        )
        self.client.force_login(self.user)
        self.assertEqual(self.client.post("/articles/one/comments/").status_code, 200)
        answer = self.client.post("/articles/one/comments/", {"text": "well"})
        self.assertRedirects(answer, "/articles/one/")
        self.assertEqual(Comment.objects.get().text, "well")

    def test_logging_in_and_out(self):
        self.assertEqual(self.client.post("/login/", {"username": "ada"}).status_code, 200)
        answer = self.client.post("/login/", {"username": "ada", "password": "pw"})
        self.assertRedirects(answer, "/articles/")
        self.assertRedirects(self.client.post("/logout/"), "/articles/")

    def test_what_is_not_there(self):
        self.assertEqual(self.client.get("/articles/two/").status_code, 404)
        self.assertEqual(self.client.get("/nowhere/").status_code, 404)

    def test_streams_and_files_come_whole(self):
        self.assertEqual(self.client.get("/export/").getvalue(), b"0\n1\n2\n3\n4\n")
        response = self.client.get("/source/")
        self.assertIn("file_to_stream", response.__dict__)
        self.assertIn(b"FileResponse", response.getvalue())

    def test_errors_reach_the_test_and_the_visitor(self):
        for path in ("/fail/", "/fail-later/"):
            with self.assertRaisesMessage(LookupError, "a secret"):
                self.client.get(path)
        self.client.raise_request_exception = False
        self.assertEqual(self.client.get("/fail/").status_code, 500)

    async def test_asynchronous_views(self):
        client = AsyncClient()
        response = await client.get("/words/apple/")
        self.assertEqual(response.json(), {"word": "apple", "n_articles": 1})
        response = await client.get("/feed/")
        self.assertEqual(b"".join([part async for part in response]), b"0\n1\n2\n3\n4\n")
        with self.assertRaises(LookupError):
            await client.get("/fail-later/")
