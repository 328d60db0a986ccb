"""`path("analytics/", include("footfall_client.django.urls"))`."""

from __future__ import annotations

from django.urls import path

from footfall_client.django.views import dashboard

app_name = "footfall"
urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("<slug:source>/", dashboard, name="source"),
    path("<slug:source>/<str:name>/", dashboard, name="named"),
]
