"""The gateway is the web door: pages, the JSON API, sign-in; it asks services and owns no data."""
