from __future__ import annotations

import asyncio
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from footfall_client import capture, named
from project.models import Article, Comment


def articles(request):
    return render(request, "articles.html", {"articles": Article.objects.order_by("slug")})


def article(request, slug):
    return render(request, "article.html", {"article": get_object_or_404(Article, slug=slug)})


def plain(request, slug):
    """Asks nobody who the visitor is."""
    return HttpResponse(get_object_or_404(Article, slug=slug).title)


@require_POST
@login_required
def comment(request, slug):
    found = get_object_or_404(Article, slug=slug)
    text = request.POST.get("text", "")
    if not text:
        return HttpResponse("Say something.")
    Comment.objects.create(article=found, author=request.user, text=text)
    capture("comment.length", properties={"length": len(text)})
    return redirect("article", slug=slug)


@named("word.lookup", "word")
async def lookup(request, word):
    await asyncio.sleep(0)
    capture("looked.up", properties={"word": word})
    return JsonResponse({"word": word, "n_articles": await Article.objects.acount()})


def export(request):
    return StreamingHttpResponse((f"{n}\n" for n in range(5)), content_type="text/plain")


async def feed(request):
    async def parts():
        for n in range(5):
            await asyncio.sleep(0)
            yield f"{n}\n"

    return StreamingHttpResponse(parts(), content_type="text/plain")


def source(request):
    return FileResponse(Path(__file__).open("rb"), content_type="text/plain")


def fail(request):
    raise LookupError("a secret of the request")


async def fail_later(request):
    await asyncio.sleep(0)
    raise LookupError("a secret of the request")


def health(request):
    return HttpResponse("ok")
