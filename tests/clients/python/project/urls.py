from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from project import views

urlpatterns = [
    path("articles/", views.articles, name="articles"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("articles/<slug:slug>/plain/", views.plain, name="plain"),
    path("articles/<slug:slug>/comments/", views.comment, name="comment"),
    path("words/<str:word>/", views.lookup, name="word"),
    path("export/", views.export, name="export"),
    path("feed/", views.feed, name="feed"),
    path("source/", views.source, name="source"),
    path("fail/", views.fail, name="fail"),
    path("fail-later/", views.fail_later, name="fail_later"),
    path("health", views.health),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
if hasattr(settings, "FOOTFALL"):
    urlpatterns.append(path("analytics/", include("footfall_client.django.urls")))
