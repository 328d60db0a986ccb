from __future__ import annotations


def for_readers(request):
    return request.user.username == "reader"
