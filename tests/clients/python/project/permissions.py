from __future__ import annotations


def for_readers(request):
    return request.user.username == "reader"


def own_articles(request):
    return {"field": "properties.author", "operator": "is", "value": request.user.username}
