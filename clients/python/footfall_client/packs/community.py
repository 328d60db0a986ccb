"""A content community: articles, communities and groups, comments, logins."""

from __future__ import annotations

from footfall_client.naming import Rule

EVENTS = {
    "article.view": "somebody read an article",
    "article.create": "an article was made",
    "article.edit": "an article was changed",
    "article.publish": "an article became public",
    "article.status": "an article got another status, such as draft or archived",
    "community.view": "somebody looked at a community",
    "community.join": "somebody became a member",
    "community.leave": "a member left",
    "group.view": "somebody looked at a group",
    "group.join": "somebody became a member of a group",
    "group.leave": "a member left a group",
    "comment.post": "a comment was written",
    "comment.delete": "a comment was taken away",
    "login": "somebody logged in",
    "logout": "somebody logged out",
}

DONE = "201 202 204 3xx"
"""Answers to a form that was taken; one with faults is shown again, with 200."""


def rules(
    articles: str = "/articles",
    communities: str = "/communities",
    groups: str = "/groups",
    login: str = "/login",
    logout: str = "/logout",
    *,
    slash: str = "/",
    done: str = DONE,
) -> list[Rule]:
    """Rules for paths such as `/articles/<article>/edit/`; `slash=""` for those without the last.

    `done` says with which status a change counts: add 200 for an API that answers so.
    """
    return [
        *_articles(articles, slash, done),
        *_members("community", communities, slash, done),
        *_members("group", groups, slash, done),
        Rule("POST", login + slash, "login", status=done),
        Rule("GET POST", logout + slash, "logout", status=f"200 {done}"),
    ]


def _articles(at: str, slash: str, done: str) -> list[Rule]:
    one = f"{at}/<article>"
    return [
        Rule("POST", f"{at}/new{slash}", "article.create", status=done),
        Rule("POST", f"{at}{slash}", "article.create", status=done),
        Rule("POST", f"{one}/edit{slash}", "article.edit", status=done),
        Rule("PUT PATCH", f"{one}{slash}", "article.edit", status=f"200 {done}"),
        Rule("POST", f"{one}/publish{slash}", "article.publish", status=done),
        Rule("POST", f"{one}/status/<to>{slash}", "article.status", status=done),
        Rule("POST", f"{one}/status{slash}", "article.status", status=done),
        Rule("POST", f"{one}/comments{slash}", "comment.post", {"about": "article"}, status=done),
        Rule("POST", f"{one}/comments/<comment>/delete{slash}", "comment.delete", status=done),
        Rule("DELETE", f"{one}/comments/<comment>{slash}", "comment.delete", status=f"200 {done}"),
        # Forms are looked at as well, and are no articles.
        Rule("GET", f"{at}/new{slash}", "request"),
        Rule("GET", f"{one}{slash}", "article.view"),
    ]


def _members(kind: str, at: str, slash: str, done: str) -> list[Rule]:
    one = f"{at}/<{kind}>"
    return [
        Rule("POST", f"{one}/join{slash}", f"{kind}.join", status=done),
        Rule("POST", f"{one}/leave{slash}", f"{kind}.leave", status=done),
        Rule("GET", f"{one}{slash}", f"{kind}.view"),
    ]
