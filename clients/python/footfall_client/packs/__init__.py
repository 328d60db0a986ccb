"""Ready-made names of events for kinds of applications: use them, or copy and change them.

Each pack has `rules(…)`, for the setting `rules` of a middleware, and `EVENTS`, what the names
mean. Paths are those that such applications usually have; arguments move them.
"""
