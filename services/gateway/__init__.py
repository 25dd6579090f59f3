"""The gateway is the web door: pages, the JSON API, sign-in; it asks services and owns no data.

It stamps who asks on every command (`visitors`, `sessions`), turns refusals into statuses and sentences
(`api`), shows pages that only read even while services are away (`pages`), and keeps slow or hostile visitors
from harming the others (`server`). It decides nothing about wishes: whatever takes a rule or a right is asked
of the service that owns it.
"""
