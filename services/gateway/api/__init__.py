"""The JSON API: one table of routes, and what turns a request into a command or query and back."""
