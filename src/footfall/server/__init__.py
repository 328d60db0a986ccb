"""The server: API, pages, intake over HTTP."""
